#include "tenon/render/general_text.h"

#include <gtest/gtest.h>

#include <bit>

namespace tenon {
namespace {

using Examples = std::vector<std::string>;

std::string text_for(long n) {
  const std::string size = std::to_string(n);
  return "void f(const tenon_arguments* arguments, long thread) {\n"
         "  // " +
         size +
         " rows\n"
         "  for (long i0 = 0; i0 < " +
         size + "; ++i0) b1[i0] = b0[i0 * 64 + 1] / " + size +
         "u;\n"
         "}\n";
}

TEST(GeneralText, ReadsWhatDiffersFromTheArguments) {
  const auto general = GeneralText::of(Examples{text_for(37), text_for(100)});
  ASSERT_TRUE(general);
  EXPECT_EQ(general->text(),
            "void f(const tenon_arguments* arguments, long thread) {\n"
            "  const long number0 = arguments->scalars[0];\n"
            "  \n"
            "  for (long i0 = 0; i0 < number0; ++i0) b1[i0] = b0[i0 * 64 + 1] / (unsigned int)number0;\n"
            "}\n");
}

TEST(GeneralText, FindsTheNumbersOfAnotherExample) {
  const auto general = GeneralText::of(Examples{text_for(37), text_for(100)});
  EXPECT_EQ(general->numbers_of(text_for(5)), (std::vector<std::int64_t>{5}));
  EXPECT_EQ(general->numbers_of(text_for(1L << 40)), (std::vector<std::int64_t>{1L << 40}));
}

TEST(GeneralText, FitsNoTextOfAnotherForm) {
  const auto general = GeneralText::of(Examples{text_for(37), text_for(100)});
  std::string other = text_for(5);
  other.replace(other.find(" + 1"), 4, " - 1");
  EXPECT_FALSE(general->numbers_of(other));
  other = text_for(5);
  other.replace(other.find("64"), 2, "65");  // a number in which the examples agree
  EXPECT_FALSE(general->numbers_of(other));
  other = text_for(5);
  other.replace(other.find("5u"), 2, "5UL");
  EXPECT_FALSE(general->numbers_of(other));
}

TEST(GeneralText, FitsNoTextInWhichEqualNumbersPart) {
  const auto general = GeneralText::of(Examples{text_for(37), text_for(100)});
  std::string other = text_for(5);
  other.replace(other.find("5u"), 2, "6u");
  EXPECT_FALSE(general->numbers_of(other));
}

TEST(GeneralText, KeepsNumbersApartThatPartInOneExample) {
  const auto text = [](int a, int b) {
    return "void f(const tenon_arguments* arguments) {\n  g(" + std::to_string(a) + ", " + std::to_string(b) +
           ");\n}\n";
  };
  EXPECT_EQ(GeneralText::of(Examples{text(1, 1), text(2, 2)})->numbers_of(text(3, 3))->size(), 1u);
  const auto general = GeneralText::of(Examples{text(1, 1), text(2, 2), text(2, 3)});
  EXPECT_EQ(general->numbers_of(text(7, 9)), (std::vector<std::int64_t>{7, 9}));
}

TEST(GeneralText, PassesFloatsByTheirBits) {
  const auto text = [](const std::string& f32, const std::string& f64) {
    return "void f(const tenon_arguments* arguments) {\n  b0[0] = " + f32 + " * " + f64 + ";\n}\n";
  };
  const auto general = GeneralText::of(Examples{text("0x1.8p-3f", "3.0"), text("2.0f", "0x1.1p+5")});
  ASSERT_TRUE(general);
  EXPECT_NE(general->text().find("tn_from_bits_f32((unsigned int)number0) * tn_from_bits_f64((unsigned long)number1)"),
            std::string::npos);
  EXPECT_EQ(general->numbers_of(text("0x1.8p-3f", "3.0")),
            (std::vector<std::int64_t>{std::bit_cast<std::int32_t>(0x1.8p-3f), std::bit_cast<std::int64_t>(3.0)}));
}

TEST(GeneralText, LeavesNamesAlone) {
  const std::string one = "void f_1(const tenon_arguments* arguments) {\n  t1 = x2_3;\n}\n";
  std::string other = one;
  other.replace(other.find("t1"), 2, "t2");
  EXPECT_FALSE(GeneralText::of(Examples{one, other}));
}

TEST(GeneralText, ANumberThatCWantsToBeAConstantStaysOne) {
  const auto text = [](const std::string& size) {
    return "void f(const tenon_arguments* arguments) {\n  _Alignas(64) float l0[" + size + "];\n}\n";
  };
  EXPECT_FALSE(GeneralText::of(Examples{text("8"), text("16")}));
}

TEST(GeneralText, AFunctionWithoutTheArgumentsHasNoNumbers) {
  const auto text = [](const std::string& size) {
    return "static long rows(long tile) {\n  return tile * " + size + ";\n}\n";
  };
  EXPECT_FALSE(GeneralText::of(Examples{text("8"), text("16")}));
  const auto line = [](const std::string& size) {
    return "static long rows(long tile) { return tile * " + size + "; }\n";
  };
  EXPECT_FALSE(GeneralText::of(Examples{line("8"), line("16")}));
}

TEST(GeneralText, MarkedNumbersVaryEachOnItsOwn) {
  const auto text = [](const std::string& a, const std::string& b) {
    return "void f(const tenon_arguments* arguments) {\n  g(@" + a + ", @" + b + ");\n}\n";
  };
  const auto general = GeneralText::of(Examples{text("1", "1"), text("1", "1")});
  ASSERT_TRUE(general);
  EXPECT_EQ(general->numbers_of(text("4", "5")), (std::vector<std::int64_t>{4, 5}));
  EXPECT_EQ(without_marks(text("4", "5")), "void f(const tenon_arguments* arguments) {\n  g(4, 5);\n}\n");
}

}  // namespace
}  // namespace tenon

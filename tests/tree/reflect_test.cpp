#include "tenon/tree/reflect.h"

#include <gtest/gtest.h>

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tenon/tensor/tensor.h"

namespace tenon {
namespace {

struct Nothing {};
struct Two {
  int a, b;
};
enum class Colour { red };
struct Plain {
  Two two;
  int count;
  float grid[2][3];
  std::array<Two, 2> pairs;
  bool flag;
  double rate;
  Colour colour;
  Two twos[2];
  Nothing nothing;
};
struct Library {
  std::optional<int> maybe;
  std::optional<std::vector<Two>> list;
  std::variant<int, std::string> either;
  std::function<void()> call;
  std::string text;
  std::vector<std::string> words;
  std::unique_ptr<int> owned;
  std::map<std::string, int> table;
  std::tuple<int, double> tuple;
  std::pair<int, int> pair;
  std::any any;
};
struct Tensors {
  Tensor<float, "batch", 3> weight;
  Array array;
  std::vector<Array> many;
  Tensor<float> scale{};
  int count = 3;
};
struct OneTensor {
  Tensor<float> only;
};
struct OneVector {
  std::vector<OneVector*> only;
};
struct OneOptional {
  std::optional<OneTensor> only;
};
struct OneAny {
  std::any only;
};

using Names = std::vector<std::string>;

template <class T>
Names names() {
  return Names(field_names<T>.begin(), field_names<T>.end());
}

TEST(Reflect, NamesTheFieldsOfAStruct) {
  EXPECT_EQ(names<Two>(), (Names{"a", "b"}));
  EXPECT_EQ(names<Plain>(), (Names{"two", "count", "grid", "pairs", "flag", "rate", "colour", "twos", "nothing"}));
  EXPECT_EQ(names<Library>(),
            (Names{"maybe", "list", "either", "call", "text", "words", "owned", "table", "tuple", "pair", "any"}));
  EXPECT_EQ(names<Tensors>(), (Names{"weight", "array", "many", "scale", "count"}));
}

TEST(Reflect, NamesAreKnownAtCompileTime) {
  static_assert(field_names<Two>[1] == "b");
  static_assert(field_names<Tensors>[0] == "weight");
}

TEST(Reflect, CountsTheFieldsOfAStructOfOneField) {
  static_assert(field_count<OneTensor>() == 1 && field_count<OneVector>() == 1 && field_count<OneOptional>() == 1 &&
                field_count<OneAny>() == 1);
  static_assert(field_count<Nothing>() == 0 && field_names<Nothing>.empty());
  EXPECT_EQ(names<OneOptional>(), Names{"only"});
}

TEST(Reflect, NamesTheFieldsOfALocalStruct) {
  struct Local {
    OneTensor first_;
    int second2[4];
  };
  EXPECT_EQ(names<Local>(), (Names{"first_", "second2"}));
}

template <class T>
struct Generic {
  T value;
  struct Inside {
    T value_inside;
    T other;
  } inside;
};

TEST(Reflect, NamesTheFieldsOfTemplates) {
  EXPECT_EQ((names<Generic<Tensor<float, "batch", 4>>>()), (Names{"value", "inside"}));
  EXPECT_EQ((names<Generic<std::map<std::string, int>>::Inside>()), (Names{"value_inside", "other"}));
}

struct Most {
  int f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16;
  std::string f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31;
  float f32[40];
};

// A struct of each number of fields: what is counted is written out case by case.
#define FIELDS_1 int f1;
#define FIELDS_2 FIELDS_1 int f2;
#define FIELDS_3 FIELDS_2 int f3;
#define FIELDS_4 FIELDS_3 int f4;
#define FIELDS_5 FIELDS_4 int f5;
#define FIELDS_6 FIELDS_5 int f6;
#define FIELDS_7 FIELDS_6 int f7;
#define FIELDS_8 FIELDS_7 int f8;
#define FIELDS_9 FIELDS_8 int f9;
#define FIELDS_10 FIELDS_9 int f10;
#define FIELDS_11 FIELDS_10 int f11;
#define FIELDS_12 FIELDS_11 int f12;
#define FIELDS_13 FIELDS_12 int f13;
#define FIELDS_14 FIELDS_13 int f14;
#define FIELDS_15 FIELDS_14 int f15;
#define FIELDS_16 FIELDS_15 int f16;
#define FIELDS_17 FIELDS_16 int f17;
#define FIELDS_18 FIELDS_17 int f18;
#define FIELDS_19 FIELDS_18 int f19;
#define FIELDS_20 FIELDS_19 int f20;
#define FIELDS_21 FIELDS_20 int f21;
#define FIELDS_22 FIELDS_21 int f22;
#define FIELDS_23 FIELDS_22 int f23;
#define FIELDS_24 FIELDS_23 int f24;
#define FIELDS_25 FIELDS_24 int f25;
#define FIELDS_26 FIELDS_25 int f26;
#define FIELDS_27 FIELDS_26 int f27;
#define FIELDS_28 FIELDS_27 int f28;
#define FIELDS_29 FIELDS_28 int f29;
#define FIELDS_30 FIELDS_29 int f30;
#define FIELDS_31 FIELDS_30 int f31;
#define FIELDS_32 FIELDS_31 int f32;
template <int count>
struct Of;
#define OF(count)    \
  template <>        \
  struct Of<count> { \
    FIELDS_##count   \
  };
// clang-format off
OF(1) OF(2) OF(3) OF(4) OF(5) OF(6) OF(7) OF(8) OF(9) OF(10) OF(11) OF(12) OF(13) OF(14) OF(15) OF(16)
OF(17) OF(18) OF(19) OF(20) OF(21) OF(22) OF(23) OF(24) OF(25) OF(26) OF(27) OF(28) OF(29) OF(30) OF(31) OF(32)
    // clang-format on

    template <int... less_one>
    void expect_every_count(std::integer_sequence<int, less_one...>) {
  static_assert(((field_count<Of<less_one + 1>>() == less_one + 1) && ...));
  const auto check = []<int count>(std::integral_constant<int, count>) {
    EXPECT_EQ(field_names<Of<count>>.back(), "f" + std::to_string(count));
    Of<count> object{};
    std::get<count - 1>(tie_fields(object)) = count;
    EXPECT_EQ(std::get<count - 1>(tie_fields(std::as_const(object))), count);
  };
  (check(std::integral_constant<int, less_one + 1>()), ...);
}

TEST(Reflect, CountsEveryNumberOfFields) { expect_every_count(std::make_integer_sequence<int, max_fields>()); }

TEST(Reflect, GoesUpTo32Fields) {
  static_assert(field_count<Most>() == 32);
  Names expected;
  for (int i = 1; i <= 32; ++i) expected.push_back("f" + std::to_string(i));
  EXPECT_EQ(names<Most>(), expected);
}

TEST(Reflect, TiesTheFieldsThemselves) {
  Most most{};
  std::get<31>(tie_fields(most))[39] = 1;
  std::get<16>(tie_fields(most)) = "x";
  EXPECT_EQ(most.f32[39], 1);
  EXPECT_EQ(most.f17, "x");
  static_assert(std::is_same_v<decltype(tie_fields(std::declval<const Two&>())), std::tuple<const int&, const int&>>);
}

struct Derived : Two {
  int c;
};
struct DerivedFromNothing : Nothing {
  int c;
};
struct WithReference {
  int& reference;
};
struct WithConstReference {
  const int& reference;
};
struct WithConst {
  const int number;
};
class WithPrivate {
 public:
  int a;

 private:
  [[maybe_unused]] int b_;
};
struct WithConstructor {
  WithConstructor() {}
  int a = 0;
};
struct TooMany {
  Most most;
  int f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17;
  int f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31, f32, f33;
};

TEST(Reflect, KnowsWhatItCannotLookInto) {
  using detail::reflection, detail::Reflection;
  static_assert(is_reflectable<Plain> && is_reflectable<Library> && is_reflectable<Tensors> && is_reflectable<OneAny>);
  static_assert(reflection<Derived> == Reflection::base_class);
  static_assert(reflection<DerivedFromNothing> == Reflection::base_class);
  static_assert(reflection<WithReference> == Reflection::unmade_field);
  static_assert(reflection<WithConstReference> == Reflection::unmade_field);
  static_assert(reflection<WithConst> == Reflection::fixed_field);
  static_assert(reflection<WithPrivate> == Reflection::no_aggregate);
  static_assert(reflection<WithConstructor> == Reflection::no_aggregate);
  static_assert(reflection<TooMany> == Reflection::too_many_fields);
  static_assert(!is_reflectable<int> && !is_reflectable<std::string> && !is_reflectable<Array>);
}

}  // namespace
}  // namespace tenon

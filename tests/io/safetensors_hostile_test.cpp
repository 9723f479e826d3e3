// Files that lie, are cut short, or were changed at random: each is refused with a reason, and nothing is read out of
// bounds (which the sanitizers' builds of this test see).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "tests/fuzz/safetensors_target.h"
#include "tests/io/safetensors_bytes.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

struct Case {
  std::string_view name;
  std::string bytes;
  std::string_view message;
};

// A file with the one tensor that `entry` describes, and four bytes of data.
std::string with_entry(const std::string& entry) { return safetensors_bytes(R"({"a":)" + entry + "}", "0123"); }
std::string with_header(const std::string& header) { return safetensors_bytes(header, "0123"); }
// Fields of a tensor "a" in a file of `data` bytes.
std::string with_layout(std::string_view dtype, std::string_view shape, std::string_view offsets,
                        std::size_t data = 4) {
  return safetensors_bytes(
      fmt::format(R"({{"a":{{"dtype":"{}","shape":{},"data_offsets":{}}}}})", dtype, shape, offsets),
      std::string(data, '0'));
}
// Two tensors of four bytes with these offsets in eight bytes of data.
std::string with_two(std::string_view first, std::string_view second, std::size_t data = 8) {
  return safetensors_bytes(fmt::format(R"({{"a":{{"dtype":"F32","shape":[1],"data_offsets":{}}},)"
                                       R"("b":{{"dtype":"F32","shape":[1],"data_offsets":{}}}}})",
                                       first, second),
                           std::string(data, '0'));
}
std::string with_length(std::uint64_t length, std::string_view rest) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes.append(rest);
}

const std::string good = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";

std::vector<Case> hostile_files() {
  const std::string nested = std::string(100'000, '[');
  return {
      {"empty file", "", "it has 0 bytes"},
      {"length cut short", "\x01\x02\x03", "it has 3 bytes"},
      {"no header", with_length(0, ""), "does not start with {"},
      {"header beyond the end", with_length(100, "{}"), "claims 100 bytes, and 2 are there"},
      {"header beyond the end by one", with_length(3, "{}"), "claims 3 bytes"},
      {"header above the bound", with_length(100'000'001, "{}"), "at most 100000000"},
      {"length of 2^64 - 1", with_length(~std::uint64_t{0}, "{}"), "claims 18446744073709551615"},
      {"length of 2^63", with_length(std::uint64_t{1} << 63, "{}"), "claims 9223372036854775808"},
      {"length that wraps around", with_length(~std::uint64_t{0} - 7, "{}        "), "at most 100000000"},
      {"space before the header", with_header(R"( {"a":)" + good + "}"), "does not start with {"},
      {"byte order mark", with_header("\xef\xbb\xbf{\"a\":" + good + "}"), "does not start with {"},
      {"a list", with_header("[]"), "does not start with {"},
      {"unfinished", with_header("{"), "not JSON"},
      {"unfinished tensor", with_header(R"({"a":{"dtype":"F32")"), "not JSON"},
      {"trailing comma", with_header(R"({"a":)" + good + ",}"), "not JSON"},
      {"text behind the header", with_header(R"({"a":)" + good + "} x"), "not JSON"},
      {"second object", with_header(R"({"a":)" + good + "}{}"), "not JSON"},
      {"zero behind the header", with_header(R"({"a":)" + good + "}" + std::string(1, '\0') + "x"), "a zero byte"},
      {"zeros as padding", with_header(R"({"a":)" + good + "}" + std::string(3, '\0')), "a zero byte"},
      {"zero in a name", with_header(std::string("{\"a\0\":", 6) + good + "}"), "a zero byte"},
      {"comment", with_header(R"({/**/"a":)" + good + "}"), "not JSON"},
      {"single quotes", with_header("{'a':" + good + "}"), "not JSON"},
      {"name not UTF-8", with_header("{\"\xff\":" + good + "}"), "not JSON"},
      {"name with an overlong encoding", with_header("{\"\xc0\x80\":" + good + "}"), "not JSON"},
      {"name with half a surrogate pair", with_header(R"({"\ud800":)" + good + "}"), "not JSON"},
      {"name with a raw newline", with_header("{\"a\n\":" + good + "}"), "not JSON"},
      {"tensor is null", with_entry("null"), "found null where an object belongs"},
      {"tensor is true", with_entry("true"), "found true or false where an object belongs"},
      {"tensor is a number", with_entry("4"), "found 4 where an object belongs"},
      {"tensor is a text", with_entry(R"("F32")"), "found the text 'F32' where an object belongs"},
      {"tensor is a list", with_entry("[1]"), "found a list where an object belongs"},
      {"tensor twice", with_header(R"({"a":)" + good + R"(,"a":)" + good + "}"), "tensor 'a' is there twice"},
      {"tensor twice, once escaped", with_header(R"({"a":)" + good + R"(,"\u0061":)" + good + "}"),
       "tensor 'a' is there twice"},
      {"no fields", with_entry("{}"), "tensor 'a' has no dtype"},
      {"no shape", with_entry(R"({"dtype":"F32","data_offsets":[0,4]})"), "tensor 'a' has no shape"},
      {"no offsets", with_entry(R"({"dtype":"F32","shape":[1]})"), "tensor 'a' has no data_offsets"},
      {"no dtype", with_entry(R"({"shape":[1],"data_offsets":[0,4]})"), "tensor 'a' has no dtype"},
      {"unknown field", with_entry(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1})"), "unknown key 'x'"},
      {"field twice", with_entry(R"({"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})"),
       "tensor 'a' has dtype twice"},
      {"offsets twice", with_entry(R"({"data_offsets":[0,4],"dtype":"F32","shape":[1],"data_offsets":[0,4]})"),
       "tensor 'a' has data_offsets twice"},
      {"unknown dtype", with_layout("F33", "[1]", "[0,4]"), "unknown dtype 'F33'"},
      {"dtype in lower case", with_layout("f32", "[1]", "[0,4]"), "unknown dtype 'f32'"},
      {"dtype is a number", with_entry(R"({"dtype":32,"shape":[1],"data_offsets":[0,4]})"),
       "dtype: found 32 where a text belongs"},
      {"shape is a number", with_layout("F32", "1", "[0,4]"), "shape: found 1 where a list belongs"},
      {"shape is an object", with_layout("F32", "{}", "[0,4]"), "shape: found an object where a list belongs"},
      {"size is a fraction", with_layout("F32", "[1.0]", "[0,4]"), "shape: found 1.0 where a whole number"},
      {"size is negative", with_layout("F32", "[-1]", "[0,4]"), "shape: found -1 where a whole number"},
      {"size is a text", with_layout("F32", R"(["1"])", "[0,4]"), "shape: found the text '1'"},
      {"size is a list", with_layout("F32", "[[1]]", "[0,4]"), "shape: found a list"},
      {"size is 2^64", with_layout("F32", "[18446744073709551616]", "[0,4]"), "shape: found 18446744073709551616"},
      {"size is 2^63", with_layout("F32", "[9223372036854775808]", "[0,4]"), "does not fit in 63 bits"},
      {"product wraps to one element", with_layout("F32", "[4294967296,4294967296,1]", "[0,4]"), "no size in bytes"},
      {"bytes wrap to four", with_layout("F32", "[4611686018427387905]", "[0,4]"), "no size in bytes"},
      {"a zero behind an overflow", with_layout("F32", "[9223372036854775807,4,0]", "[0,0]", 0), "no size in bytes"},
      {"an empty tensor of endless rows", with_layout("F32", "[0,9223372036854775807]", "[0,0]", 0),
       "no size in bytes"},
      {"half a byte", with_layout("F4", "[3]", "[0,2]", 2), "no size in bytes"},
      {"nine axes", with_layout("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), "more than 8 axes"},
      {"shape too small", with_layout("F32", "[]", "[0,8]", 8), "takes 4 bytes, and data_offsets give it 8"},
      {"shape too large", with_layout("F32", "[2]", "[0,4]"), "takes 8 bytes, and data_offsets give it 4"},
      {"offsets are a text", with_layout("F32", "[1]", R"("0,4")"), "data_offsets: found the text"},
      {"one offset", with_layout("F32", "[1]", "[4]"), "data_offsets has 1 numbers, not two"},
      {"no offset", with_layout("F32", "[1]", "[]"), "data_offsets has 0 numbers, not two"},
      {"three offsets", with_layout("F32", "[1]", "[0,4,4]"), "data_offsets has more than two"},
      {"negative offset", with_layout("F32", "[1]", "[-4,0]"), "data_offsets: found -4"},
      {"offset as an exponent", with_layout("F32", "[1]", "[0,4e0]"), "data_offsets: found 4e0"},
      {"offsets backwards", with_layout("F32", "[1]", "[4,0]"), "end at 0 and start at 4"},
      {"offset beyond the end", with_layout("F32", "[2]", "[0,8]"), "end at 8, and there are only 4"},
      {"offset of 2^64 - 1", with_layout("F32", "[1]", "[18446744073709551612,18446744073709551615]"),
       "end at 18446744073709551615"},
      {"offsets that wrap around", with_layout("F32", "[1]", "[18446744073709551612,0]"), "end at 0 and start at"},
      {"bytes behind the last tensor", with_layout("F32", "[1]", "[0,4]", 5), "5 bytes follow the header"},
      {"bytes and no tensor", safetensors_bytes("{}", "x"), "tensors own only 0"},
      {"bytes before the first tensor", with_layout("F32", "[1]", "[4,8]", 8), "nothing owns those from 0 on"},
      {"hole", with_two("[0,4]", "[5,9]", 9), "'b': its bytes start at 5, and nothing owns those from 4 on"},
      {"overlap", with_two("[0,4]", "[3,7]", 7), "'b': its bytes start at 3, inside those of another"},
      {"one inside the other", with_two("[0,4]", "[0,4]", 4), "'b': its bytes start at 0, inside those of another"},
      {"metadata is a list", with_header(R"({"__metadata__":[],"a":)" + good + "}"), "found a list"},
      {"metadata is null", with_header(R"({"__metadata__":null,"a":)" + good + "}"), "__metadata__: found null"},
      {"metadata of numbers", with_header(R"({"__metadata__":{"x":1},"a":)" + good + "}"),
       "__metadata__, 'x': found 1 where a text belongs"},
      {"metadata of objects", with_header(R"({"__metadata__":{"x":{}},"a":)" + good + "}"), "found an object"},
      {"metadata twice", with_header(R"({"__metadata__":{},"__metadata__":{},"a":)" + good + "}"),
       "__metadata__ is there twice"},
      {"metadata key twice", with_header(R"({"__metadata__":{"x":"","x":""},"a":)" + good + "}"),
       "__metadata__ holds 'x' twice"},
      {"deep lists", with_header(R"({"a":)" + nested), "found a list"},
      {"deep lists in a shape", with_layout("F32", nested, "[0,4]"), "found a list"},
  };
}

TEST(SafetensorsHostile, EachFileIsRefusedWithItsReason) {
  const std::vector<Case> cases = hostile_files();
  EXPECT_GE(cases.size(), 80u);
  for (const Case& file : cases) {
    SCOPED_TRACE(file.name);
    expect_error<FormatError>([&] { opened(file.bytes); }, {"input: no safetensors file: ", file.message});
  }
}

// The table above would mean little if its files were wrong in another way too.
TEST(SafetensorsHostile, WhatTheFilesAreMadeFromIsAccepted) {
  for (const std::string& bytes :
       {with_entry(good), with_header(R"({"a":)" + good + "}  \n"), with_layout("F32", "[1]", "[0,4]"),
        with_two("[0,4]", "[4,8]"), with_two("[4,8]", "[0,4]"), with_layout("F4", "[2,2]", "[0,2]", 2),
        with_layout("F32", "[0,1000000000000]", "[0,0]", 0), with_layout("F32", "[1,1,1,1,1,1,1,1]", "[0,4]"),
        with_header(R"({"__metadata__":{},"":)" + good + "}"),
        with_header(R"({"a":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}})"), safetensors_bytes("{}", "")})
    EXPECT_TRUE(read_whole_safetensors(std::as_bytes(std::span(bytes)))) << bytes;
}

TEST(SafetensorsHostile, NamesInMessagesAreCutAndPrintable) {
  const std::string bytes = with_header("{\"" + std::string(5000, 'n') + "\\u001b[31m\":null}");
  try {
    opened(bytes);
    ADD_FAILURE() << "no error";
  } catch (const FormatError& error) {
    EXPECT_LT(std::string(error.what()).size(), 300u);
    EXPECT_EQ(std::string(error.what()).find('\x1b'), std::string::npos);
  }
}

TEST(SafetensorsHostile, AFileCutAtAnyByteIsRefused) {
  const std::string whole = reference_file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of its own, so that reading past its end is seen.
    const std::string part = whole.substr(0, size);
    EXPECT_FALSE(read_whole_safetensors(std::as_bytes(std::span(part)))) << size;
  }
  EXPECT_TRUE(read_whole_safetensors(std::as_bytes(std::span(whole))));
}

TEST(SafetensorsHostile, AnyByteMoreIsRefused) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string longer = reference_file() + static_cast<char>(byte);
    EXPECT_FALSE(read_whole_safetensors(std::as_bytes(std::span(longer)))) << byte;
  }
}

// Changes one or two places of the header: a bit, a byte, a few bytes gone or doubled, a number or a sign from the
// format's own words. Three times out of four the length is made to fit, so that the parser gets to see the rest.
std::string mutated(const std::string& file, std::mt19937_64& random) {
  static constexpr std::string_view words[] = {"0",
                                               "1",
                                               "4",
                                               "8",
                                               "18446744073709551615",
                                               "9223372036854775808",
                                               "-1",
                                               "1e9",
                                               ",",
                                               "{",
                                               "}",
                                               "[",
                                               "]",
                                               "\"",
                                               ":",
                                               "\\",
                                               "null",
                                               "\"F16\"",
                                               "\"U8\"",
                                               "\"F4\"",
                                               "\"BOOL\"",
                                               "\"shape\":",
                                               "\"__metadata__\":{"};
  const auto below = [&](std::size_t bound) { return random() % bound; };
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  std::string header = file.substr(8, length);
  const std::string data = file.substr(8 + length);
  for (std::size_t changes = 1 + below(2); changes > 0 && !header.empty(); --changes) {
    const std::size_t place = below(header.size());
    const std::string_view word = words[below(std::size(words))];
    switch (below(6)) {
      case 0: header[place] = static_cast<char>(header[place] ^ 1 << below(8)); break;
      case 1: header[place] = static_cast<char>(below(256)); break;
      case 2: header.erase(place, 1 + below(8)); break;
      case 3: header.insert(place, header.substr(below(header.size()), 1 + below(16))); break;
      case 4: header.replace(place, word.size(), word); break;
      default: header.insert(place, word); break;
    }
  }
  std::string bytes = safetensors_bytes(header, data);
  switch (below(8)) {
    case 0: bytes[below(8)] = static_cast<char>(below(256)); break;
    case 1: bytes.resize(below(bytes.size() + 1)); break;
    default: break;
  }
  return bytes;
}

TEST(SafetensorsHostile, RandomMutationsAreReadOrRefused) {
  const char* chosen_seed = std::getenv("TENON_FUZZ_SEED");
  const std::uint64_t seed = chosen_seed ? std::strtoull(chosen_seed, nullptr, 10) : 1;
  std::mt19937_64 random(seed);
  const std::string files[] = {
      reference_file(), with_two("[0,4]", "[4,8]"),
      safetensors_bytes(R"({"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},)"
                        R"("__metadata__":{"k":"v"},"q":{"dtype":"F4","shape":[2,4],"data_offsets":[4,8]}})",
                        "01234567")};
  int read = 0, refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = mutated(files[static_cast<std::size_t>(i) % std::size(files)], random);
    SCOPED_TRACE(fmt::format("mutation {} of seed {}", i, seed));
    (read_whole_safetensors(std::as_bytes(std::span(bytes))) ? read : refused)++;
    if (HasFailure()) return;
  }
  // Both ways were taken often enough to mean something.
  EXPECT_GT(read, 200);
  EXPECT_GT(refused, 10'000);
}

TEST(SafetensorsHostile, FlippedBitsOfTheWholeFileAreReadOrRefused) {
  const std::string whole = reference_file();
  int refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
    refused += !read_whole_safetensors(std::as_bytes(std::span(bytes)));
  }
  EXPECT_GT(refused, 2000);
}

}  // namespace
}  // namespace tenon::testing

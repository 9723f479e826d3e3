#include "tenon/data/sha256.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "tenon/runtime/files.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

std::string sum_of(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

// NIST, "Examples with intermediate values", SHA-256, and the short messages of its validation suite.
TEST(Sha256, HasThePublishedValues) {
  EXPECT_EQ(sum_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sum_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sum_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(
      sum_of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnop"
             "qrstnopqrstu"),
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(sum_of("\xd3"), "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
  EXPECT_EQ(sum_of(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PartsOfAnySizeMakeTheSameSum) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  for (const std::size_t part : {1, 7, 63, 64, 65, 127, 128, 500}) {
    Sha256 hash;
    for (std::size_t i = 0; i < text.size(); i += part)
      hash.add(std::as_bytes(std::span(text).subspan(i, std::min(part, text.size() - i))));
    std::string digits;
    for (const std::uint8_t byte : hash.finish()) digits += fmt::format("{:02x}", byte);
    EXPECT_EQ(digits, sum_of(text)) << part;
  }
}

// Where padding takes a block of its own: 55 bytes are the most that leave room for the length.
TEST(Sha256, EveryLengthAroundABlockIsPadded) {
  EXPECT_EQ(sum_of(std::string(55, 'a')), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  EXPECT_EQ(sum_of(std::string(56, 'a')), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
  EXPECT_EQ(sum_of(std::string(64, 'a')), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

TEST(Sha256, OfAFileIsThatOfItsContents) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/a", contents(200'000, 'x');
  ASSERT_TRUE(write_file(path, contents));
  EXPECT_EQ(sha256_of_file(path), sum_of(contents));
  expect_error<FileError>([&] { sha256_of_file(folder.path() + "/none"); }, {"/none", "No such file"});
  expect_error<FileError>([&] { sha256_of_file(folder.path()); }, {"Is a directory"});
}

}  // namespace
}  // namespace tenon::testing

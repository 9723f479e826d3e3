// .npz files: archives that NumPy and Python wrote, zip64, and what is written back.
#include "tenon/io/npz.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "tenon/array/elementwise.h"
#include "tenon/io/crc32.h"
#include "tenon/io/inflate.h"
#include "tenon/io/zip.h"
#include "tests/io/files.h"
#include "tests/io/npy_bytes.h"
#include "tests/support/errors.h"
#include "tests/support/hex.h"

namespace tenon::testing {
namespace {

using Npz = FolderTest;

NpzFile opened(const std::string& file) { return NpzFile(std::as_bytes(std::span(file)), "input"); }

// What NumPy 2.4.6 writes, by b = io.BytesIO(); numpy.savez(b, ...); print(b.getvalue().hex()):
//   numpy.savez(b, x=numpy.array([1, -2], 'int32'), y=numpy.array(True))
const std::string stored_by_numpy = from_hex(
    "504b0304140000000000000021000676a4e1880000008800000005001400782e6e7079010010008800000000000000880000"
    "0000000000934e554d5059010076007b276465736372273a20273c6934272c2027666f727472616e5f6f72646572273a2046"
    "616c73652c20277368617065273a2028322c292c207d20202020202020202020202020202020202020202020202020202020"
    "20202020202020202020202020202020202020202020202020202020202020200a01000000feffffff504b03041400000000"
    "0000002100822df8d3810000008100000005001400792e6e70790100100081000000000000008100000000000000934e554d"
    "5059010076007b276465736372273a20277c6231272c2027666f727472616e5f6f72646572273a2046616c73652c20277368"
    "617065273a2028292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "20202020202020202020202020202020202020202020200a01504b01021403140000000000000021000676a4e18800000088"
    "000000050000000000000000000000800100000000782e6e7079504b0102140314000000000000002100822df8d381000000"
    "810000000500000000000000000000008001bf000000792e6e7079504b0506000000000200020066000000770100000000");
//   numpy.savez_compressed(b, z=numpy.zeros(1000, 'float32'), h=numpy.array([1, -2.5, 6e-8], 'float16'))
const std::string compressed_by_numpy = from_hex(
    "504b030414000000080000002100a5c0944e6300000020100000050014007a2e6e7079010010002010000000000000630000"
    "00000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc"
    "294e058a17672416a402f91a860606063a9a3a0ab50ae4022e8651300a46c1281805a360148c8251300a46c1281805a36014"
    "0c380000504b030414000000080000002100384587f74a0000008600000005001400682e6e70790100100086000000000000"
    "004a000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a4aea3a09e965f54529498179f5f94920a"
    "12774bcc294e058a17672416a402f91ac63a9a3a0ab50a14002e061b86838c0c00504b0102140314000000080000002100a5"
    "c0944e63000000201000000500000000000000000000008001000000007a2e6e7079504b0102140314000000080000002100"
    "384587f74a0000008600000005000000000000000000000080019a000000682e6e7079504b05060000000002000200660000"
    "001b0100000000");

TEST_F(Npz, ReadsWhatNumPyStored) {
  const NpzFile file = opened(stored_by_numpy);
  EXPECT_EQ(file.names(), (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(file.contains("y"));
  EXPECT_FALSE(file.contains("y.npy"));
  EXPECT_EQ(file.array("x").to_vector<std::int32_t>(), (std::vector<std::int32_t>{1, -2}));
  EXPECT_EQ(file.array("y").item<bool>(), true);
}

TEST_F(Npz, ReadsWhatNumPyCompressed) {
  const NpzFile file = opened(compressed_by_numpy);
  EXPECT_EQ(file.names(), (std::vector<std::string>{"z", "h"}));
  if (!can_inflate()) {
    expect_error<FileError>([&] { file.array("z"); }, {"cannot inflate", "zlib1g-dev", "numpy.savez"});
    return;
  }
  EXPECT_EQ(file.array("z").to_vector<float>(), std::vector<float>(1000, 0));
  EXPECT_EQ(astype(file.array("h"), DType::f32).to_vector<float>(), (std::vector<float>{1, -2.5, 0x1p-24f}));
}

TEST_F(Npz, ArraysComeBackInTheirOrder) {
  save_npz(path("a.npz"), {{"zebra", Array::from({1.5f, 2.5f}, {2})},
                           {"", Array(std::int64_t{-3})},
                           {"layer/größe.npy", Array::from({true, false}, {1, 2})},
                           {"empty", Array::from(std::vector<double>(), {0, 4})}});
  const std::vector<NamedArray> arrays = load_npz(path("a.npz"));
  ASSERT_EQ(arrays.size(), 4u);
  EXPECT_EQ(arrays[0].name, "zebra");
  EXPECT_EQ(arrays[0].array.to_vector<float>(), (std::vector<float>{1.5, 2.5}));
  EXPECT_EQ(arrays[1].name, "");
  EXPECT_EQ(arrays[1].array.item<std::int64_t>(), -3);
  EXPECT_EQ(arrays[2].name, "layer/größe.npy");
  EXPECT_EQ(arrays[2].array.to_vector<bool>(), (std::vector<bool>{true, false}));
  EXPECT_EQ(arrays[3].array.shape(), (Shape{0, 4}));
  EXPECT_EQ(names_in(folder()), std::vector<std::string>{"a.npz"});
}

TEST_F(Npz, TheSameArraysMakeTheSameBytes) {
  const std::vector<NamedArray> arrays{{"a", Array(1.0f)}, {"b", Array::from({1, 2}, {2})}};
  save_npz(path("1"), arrays);
  save_npz(path("2"), arrays);
  EXPECT_EQ(read_bytes(path("1")), read_bytes(path("2")));
  save_npz(path("3"), std::vector<NamedArray>());
  EXPECT_TRUE(load_npz(path("3")).empty());
}

TEST_F(Npz, LoadsAsATypedTensor) {
  save_npz(path("a"), {{"x", Array::from({1.0f, 2.0f, 3.0f}, {1, 3})}});
  const NpzFile file(path("a"));
  const Tensor<float, "batch", 3> x = file.tensor<float, "batch", 3>("x");
  EXPECT_EQ(x.to_vector(), (std::vector<float>{1, 2, 3}));
  expect_error<ShapeError>([&] { file.tensor<float, "batch", 4>("x"); }, {path("a"), "array 'x'", "is 3, not 4"});
  expect_error<DTypeError>([&] { file.tensor<double, 1, 3>("x"); }, {path("a"), "array 'x'", "float32"});
}

TEST_F(Npz, NamesThatAreNotThereAreErrorsWithTheNearest) {
  expect_error<FileError>([&] { opened(compressed_by_numpy).array("zz"); }, {"no array 'zz'", "nearest name is 'z'"});
}

TEST_F(Npz, NamesThatCannotBeWrittenAreErrors) {
  const auto save = [&](const std::string& first, const std::string& second) {
    save_npz(path("a"), {{first, Array(1.0f)}, {second, Array(1.0f)}});
  };
  expect_error<ValueError>([&] { save("x", "x"); }, {"two arrays are called 'x'"});
  expect_error<ValueError>([&] { save("x", std::string("y\0z", 3)); }, {"zero byte"});
  expect_error<ValueError>([&] { save("x", std::string(65532, 'y')); }, {"65536 bytes", "at most 65535"});
  expect_error<ValueError>([&] { save_npz(path("a"), {{"x", Array()}}); }, {"'x' has no value"});
  EXPECT_TRUE(names_in(folder()).empty());
}

const std::string npy = npy_with("'<f4'", "False", "(2,)", numbers(1.5f, 2.5f));

TEST_F(Npz, DataDescriptorsArePassedOver) {
  RawEntry entry = stored_entry("a.npy", npy);
  const auto size = static_cast<std::uint32_t>(npy.size());
  for (const std::string& descriptor :
       {numbers(std::uint32_t{0x08074b50}, entry.crc, size, size), numbers(entry.crc, size, size)}) {
    entry.descriptor = descriptor;
    const std::string file = raw_zip({entry, stored_entry("b.npy", npy)}).file;
    EXPECT_EQ(opened(file).array("a").to_vector<float>(), (std::vector<float>{1.5, 2.5}));
    EXPECT_EQ(opened(file).array("b").to_vector<float>(), (std::vector<float>{1.5, 2.5}));
  }
}

TEST_F(Npz, CommentsAndOtherExtraFieldsArePassedOver) {
  RawEntry entry = stored_entry("a.npy", npy);
  entry.extra = numbers(std::uint16_t{0x5455}, std::uint16_t{5}) + "12345";
  RawZip zip = raw_zip({entry});
  std::string file = zip.with(zip.end + 20, std::uint16_t{7}) + "PK\5\6abc";
  EXPECT_EQ(opened(file).array("a").to_vector<float>(), (std::vector<float>{1.5, 2.5}));
}

TEST_F(Npz, ArraysThatAreNotAskedForMayBeAnything) {
  const std::string file = raw_zip({stored_entry("readme.txt", "hello"), stored_entry("a.npy", npy)}).file;
  EXPECT_EQ(opened(file).names(), (std::vector<std::string>{"readme.txt", "a"}));
  EXPECT_EQ(opened(file).array("a").to_vector<float>(), (std::vector<float>{1.5, 2.5}));
  expect_error<FormatError>([&] { opened(file).array("readme.txt"); }, {"array 'readme.txt'", "no .npy file"});
}

TEST_F(Npz, WideNumbersComeBack) {
  // From sizes of 100 bytes on, all of them are; the first offset, 0, is not.
  for (const std::uint64_t zip64_from : {std::uint64_t{1}, std::uint64_t{50}, std::uint64_t{100}, std::uint64_t{500}}) {
    ZipWriter zip(path("wide"), zip64_from);
    for (int i = 0; i < 3; ++i)
      zip.add(fmt::format("{}.npy", i), std::as_bytes(std::span(npy)).first(20),
              std::as_bytes(std::span(npy)).subspan(20));
    zip.commit();
    const NpzFile file(path("wide"));
    EXPECT_EQ(file.names(), (std::vector<std::string>{"0", "1", "2"}));
    for (const std::string& name : file.names())
      EXPECT_EQ(file.array(name).to_vector<float>(), (std::vector<float>{1.5, 2.5})) << zip64_from;
  }
}

TEST_F(Npz, MoreEntriesThanSixteenBitsCount) {
  ZipWriter zip(path("many"));
  for (int i = 0; i < 70'000; ++i) zip.add(fmt::format("{}.npy", i), std::as_bytes(std::span(npy)), {});
  zip.commit();
  const NpzFile file(path("many"));
  EXPECT_EQ(file.names().size(), 70'000u);
  EXPECT_EQ(file.array("69999").to_vector<float>(), (std::vector<float>{1.5, 2.5}));
}

TEST(Crc32, HasItsCheckValueAndGoesOnFromPieces) {
  // "123456789" -> cbf43926 is the check value of every description of this checksum.
  const std::string digits = "123456789";
  EXPECT_EQ(crc32(std::as_bytes(std::span(digits))), 0xcbf43926u);
  EXPECT_EQ(crc32({}), 0u);
  std::mt19937_64 random(1);
  std::string text(1000, '\0');
  for (char& c : text) c = static_cast<char>(random());
  const auto bytes = std::as_bytes(std::span(text));
  for (std::size_t cut = 0; cut <= 40; ++cut)
    EXPECT_EQ(crc32(bytes.subspan(cut), crc32(bytes.first(cut))), crc32(bytes)) << cut;
}

}  // namespace
}  // namespace tenon::testing

#include "tenon/io/safetensors.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>

#include "tenon/array/ops.h"
#include "tenon/io/safetensors_header.h"
#include "tests/io/files.h"
#include "tests/io/safetensors_bytes.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

class Safetensors : public FolderTest {
 protected:
  // Written and read again.
  SafetensorsFile round_trip(std::span<const NamedArray> arrays, const SafetensorsMetadata& metadata = {}) const {
    write_safetensors(path("a.safetensors"), arrays, metadata);
    return SafetensorsFile(path("a.safetensors"));
  }
};

std::vector<std::byte> bytes_of(const Array& array) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(array.elements()) * size_of(array.dtype()));
  array.copy_to(bytes.data());
  return bytes;
}

void expect_same(const Array& found, const Array& expected, const std::string& name) {
  EXPECT_EQ(found.dtype(), expected.dtype()) << name;
  EXPECT_EQ(found.shape(), expected.shape()) << name;
  EXPECT_EQ(bytes_of(found), bytes_of(expected)) << name;
}

TEST_F(Safetensors, WritesTheBytesThatTheReferenceImplementationWrites) {
  write_safetensors(path("a"), reference_arrays(), reference_metadata());
  EXPECT_EQ(read_bytes(path("a")), reference_file());
}

TEST_F(Safetensors, ReadsWhatTheReferenceImplementationWrote) {
  const std::string bytes = reference_file();
  const SafetensorsFile file = opened(bytes);
  EXPECT_EQ(file.names(), (std::vector<std::string>{"steps", "layer.bias", "empty", "layer.weight", "key", "ids",
                                                    "b\"q\\é\n", "image", "mask"}));
  EXPECT_EQ(file.metadata(), reference_metadata());
  for (const NamedArray& named : reference_arrays()) expect_same(file.array(named.name), named.array, named.name);
}

TEST_F(Safetensors, EveryDtypeAndShapeComesBackBitForBit) {
  Rng rng(3);
  std::vector<NamedArray> arrays;
  for (int i = 0; i < dtype_count; ++i) {
    const auto dtype = static_cast<DType>(i);
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 0, 2}, Shape{5, 7}, Shape{1, 2, 1, 3, 1, 2, 1, 2}})
      arrays.push_back({fmt::format("{} {}", name(dtype), to_string(shape)),
                        astype(rng.randint(0, dtype == DType::boolean ? 2 : 200, shape), dtype)});
  }
  const SafetensorsFile file = round_trip(arrays);
  EXPECT_EQ(file.names().size(), arrays.size());
  for (const NamedArray& named : arrays) {
    expect_same(file.array(named.name), named.array, named.name);
    const auto info = file.info(named.name);
    EXPECT_EQ(info.dtype, safetensors_type_of(named.array.dtype()).name);
    EXPECT_EQ(info.array_dtype, named.array.dtype());
    EXPECT_EQ(info.shape, named.array.shape());
    EXPECT_EQ(info.bytes.size(), bytes_of(named.array).size());
  }
}

TEST_F(Safetensors, FloatsKeepTheirBits) {
  // Signed zeros, subnormals, infinities, NaNs with payloads.
  const std::vector<std::uint32_t> bits = {0x80000000, 1, 0x807fffff, 0x7f800000, 0xff800000, 0x7fc00001, 0xffbfffff};
  const Array array = Array::from_memory(DType::f32, {7}, bits.data());
  const std::vector<NamedArray> arrays = {{"a", array}};
  std::vector<std::uint32_t> found(7);
  round_trip(arrays).array("a").copy_to(found.data());
  EXPECT_EQ(found, bits);
}

TEST_F(Safetensors, ComputesWhatHasNoValueYet) {
  const Array x = Array::from({1.0f, 2.0f}, {2});
  const std::vector<NamedArray> arrays = {{"sum", sum(x * 3)}, {"flipped", transpose(reshape(x, {2, 1}))}};
  const SafetensorsFile file = round_trip(arrays);
  EXPECT_EQ(file.array("sum").item<float>(), 9.0f);
  EXPECT_EQ(file.array("flipped").shape(), (Shape{1, 2}));
}

TEST_F(Safetensors, MayHoldNothing) {
  const SafetensorsFile file = round_trip({});
  EXPECT_TRUE(file.names().empty());
  EXPECT_TRUE(file.metadata().empty());
  EXPECT_EQ(read_bytes(path("a.safetensors")), safetensors_bytes("{}      ", ""));
}

TEST_F(Safetensors, TheSameArraysMakeTheSameBytesInWhateverOrder) {
  std::vector<NamedArray> arrays = reference_arrays();
  write_safetensors(path("a"), arrays);
  std::reverse(arrays.begin(), arrays.end());
  write_safetensors(path("b"), arrays);
  EXPECT_EQ(read_bytes(path("a")), read_bytes(path("b")));
}

TEST_F(Safetensors, TheHeaderKeepsTensorsAligned) {
  const std::vector<NamedArray> arrays = {
      {"a", Array(true)}, {"b", Array(1.0)}, {"c", Array(1.0f)}, {"d", Array(std::int64_t{1})}};
  const SafetensorsFile file = round_trip(arrays);
  for (const std::string& name : file.names()) {
    const auto info = file.info(name);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(info.bytes.data()) % size_of(*info.array_dtype), 0u) << name;
  }
}

TEST_F(Safetensors, SixteenBitFloatsAreReadAsTheyAre) {
  const std::string bytes = safetensors_bytes(
      R"({"h":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}})",
      from_hex("003c00c0010000fc"
               "803f40c0"));
  const SafetensorsFile file = opened(bytes);
  EXPECT_EQ(file.info("h").dtype, "F16");
  EXPECT_EQ(file.info("h").array_dtype, DType::f16);
  EXPECT_EQ(astype(file.array("h"), DType::f32).to_vector<float>(), (std::vector<float>{1, -2, 0x1p-24f, -INFINITY}));
  EXPECT_EQ(file.array("h").shape(), (Shape{2, 2}));
  EXPECT_EQ(file.array("b").dtype(), DType::bf16);
  EXPECT_EQ(astype(file.array("b"), DType::f32).to_vector<float>(), (std::vector<float>{1, -3}));
}

TEST_F(Safetensors, ReadsTensorsAtAnyAlignment) {
  const std::string header =
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F64","shape":[1],"data_offsets":[1,9]},)"
      R"("c":{"dtype":"F16","shape":[1],"data_offsets":[9,11]}})";
  for (std::size_t padding = 0; padding < 8; ++padding) {
    const std::string bytes = safetensors_bytes(header + std::string(padding, ' '), from_hex("07000000000000f83f003c"));
    const SafetensorsFile file = opened(bytes);
    EXPECT_EQ(file.array("b").item<double>(), 1.5);
    EXPECT_EQ(file.array("c").item<Float16>(), 1.0f);
  }
}

// Every type that the format has, those that Arrays have not among them.
TEST_F(Safetensors, OpensEveryTypeAndRefusesForeignOnesOnlyWhenTheyAreAskedFor) {
  int foreign = 0;
  for (const SafetensorsType& type : safetensors_types()) {
    const int size = type.bits;  // of 8 elements
    const std::string bytes =
        safetensors_bytes(fmt::format(R"({{"a":{{"dtype":"{}","shape":[8],"data_offsets":[0,{}]}}}})", type.name, size),
                          std::string(static_cast<std::size_t>(size), '\0'));
    const SafetensorsFile file = opened(bytes);
    EXPECT_EQ(file.info("a").dtype, type.name);
    EXPECT_EQ(file.info("a").bytes.size(), static_cast<std::size_t>(size));
    if (type.dtype) {
      EXPECT_EQ(file.array("a").dtype(), *type.dtype);
    } else {
      ++foreign;
      expect_error<DTypeError>([&] { file.array("a"); }, {"input", "'a'", type.name});
    }
  }
  EXPECT_EQ(safetensors_types().size(), 22u);
  EXPECT_EQ(foreign, 11);
}

TEST_F(Safetensors, ABoolIsZeroOrOne) {
  const std::string bytes =
      safetensors_bytes(R"({"a":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}})", from_hex("010002"));
  const SafetensorsFile file = opened(bytes);
  expect_error<FormatError>([&] { file.array("a"); }, {"'a'", "element 2", "is 2"});
}

TEST_F(Safetensors, ANameThatIsMissingComesWithTheNearest) {
  const std::string bytes = reference_file();
  const SafetensorsFile file = opened(bytes);
  EXPECT_TRUE(file.contains("layer.weight"));
  EXPECT_FALSE(file.contains("layer.wieght"));
  expect_error<FileError>([&] { file.info("layer.wieght"); }, {"input", "'layer.wieght'", "'layer.weight'"});
  expect_error<FileError>([&] { file.array("nothing of the kind"); }, {"it has 9"});
}

TEST_F(Safetensors, SaysWhatMayNotBeWritten) {
  const Array x(1.0f);
  const auto writing = [&](const std::vector<NamedArray>& arrays, const SafetensorsMetadata& metadata = {}) {
    return [this, arrays, metadata] { write_safetensors(path("a"), arrays, metadata); };
  };
  expect_error<ValueError>(writing({{"a", x}, {"b", x}, {"a", x}}), {"two arrays are called 'a'"});
  expect_error<ValueError>(writing({{"a", x}, {"a", Array(1)}}), {"two arrays are called 'a'"});
  expect_error<ValueError>(writing({{"a", Array()}}), {"'a'", "no value"});
  expect_error<ValueError>(writing({{"__metadata__", x}}), {"__metadata__"});
  expect_error<ValueError>(writing({{"\xff", x}}), {"tensor name", "UTF-8"});
  expect_error<ValueError>(writing({}, {{"\xc0\x80", ""}}), {"metadata key", "UTF-8"});
  expect_error<ValueError>(writing({}, {{"a", "\xed\xa0\x80"}}), {"metadata", "UTF-8"});
  EXPECT_TRUE(names_in(folder()).empty());
}

TEST_F(Safetensors, ADiskThatIsFullLeavesTheOldFile) {
  write_safetensors(path("a"), reference_arrays());
  const std::string before = read_bytes(path("a"));
  // A limit on the size of files fails in the same call as a full disk.
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100'000, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::vector<NamedArray> large = {{"a", zeros({100'000})}};
  expect_error<FileError>([&] { write_safetensors(path("a"), large); }, {path("a"), "File too large"});
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(read_bytes(path("a")), before);
  EXPECT_EQ(names_in(folder()), std::vector<std::string>{"a"});
}

TEST_F(Safetensors, AFileThatIsMissingIsNoFormatError) {
  try {
    SafetensorsFile file(path("none"));
    ADD_FAILURE() << "no error";
  } catch (const FormatError& error) {
    ADD_FAILURE() << error.what();
  } catch (const FileError& error) {
    EXPECT_NE(std::string(error.what()).find(path("none")), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace tenon::testing

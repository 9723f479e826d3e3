// .npy files: bytes that NumPy wrote, types, orders, versions, and what is written back.
#include "tenon/io/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "tenon/array/ops.h"
#include "tests/io/files.h"
#include "tests/io/npy_bytes.h"
#include "tests/support/errors.h"
#include "tests/support/hex.h"

namespace tenon::testing {
namespace {

using Npy = FolderTest;

constexpr float infinity = std::numeric_limits<float>::infinity();

Array read(const std::string& file) { return read_npy(std::as_bytes(std::span(file)), "input"); }

// What NumPy 2.4.6 writes, by
//   b = io.BytesIO(); numpy.lib.format.write_array(b, array, version); print(b.getvalue().hex())
// for numpy.array([[1.5, -2, 0], [3, 1e-40, inf]], 'float32'), version None,
const std::string floats_of_numpy = from_hex(
    "934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c"
    "20277368617065273a2028322c2033292c207d20202020202020202020202020202020202020202020202020202020202020"
    "2020202020202020202020202020202020202020202020202020200a0000c03f000000c00000000000004040c21601000000"
    "807f");
// and for numpy.asfortranarray(numpy.arange(6).reshape(2, 3)).astype('>i8'), version (2, 0).
const std::string fortran_of_numpy = from_hex(
    "934e554d50590200740000007b276465736372273a20273e6938272c2027666f727472616e5f6f72646572273a2054727565"
    "2c20277368617065273a2028322c2033292c207d202020202020202020202020202020202020202020202020202020202020"
    "2020202020202020202020202020202020202020202020202020200a00000000000000000000000000000003000000000000"
    "0001000000000000000400000000000000020000000000000005");

TEST_F(Npy, ReadsWhatNumPyWrote) {
  const Array floats = read(floats_of_numpy);
  EXPECT_EQ(floats.dtype(), DType::f32);
  EXPECT_EQ(floats.shape(), (Shape{2, 3}));
  EXPECT_EQ(floats.to_vector<float>(), (std::vector<float>{1.5f, -2, 0, 3, 1e-40f, infinity}));

  const Array integers = read(fortran_of_numpy);
  EXPECT_EQ(integers.shape(), (Shape{2, 3}));
  EXPECT_EQ(integers.to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
}

TEST_F(Npy, WritesTheBytesOfNumPy) {
  save_npy(path("a.npy"), Array::from({1.5f, -2.0f, 0.0f, 3.0f, 1e-40f, infinity}, {2, 3}));
  EXPECT_EQ(read_bytes(path("a.npy")), floats_of_numpy);
  EXPECT_EQ(names_in(folder()), std::vector<std::string>{"a.npy"});
}

TEST_F(Npy, EveryTypeComesBackAsItWas) {
  const Array arrays[] = {
      Array::from({true, false, true}, {3}),
      Array::from({std::uint8_t{0}, std::uint8_t{255}}, {2, 1}),
      Array::from({-7, std::numeric_limits<std::int32_t>::min()}, {1, 2}),
      Array::from({1u, 4294967295u}, {2}),
      Array::from({std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}, {2}),
      Array::from({0.1f, -0.0f, -infinity}, {3, 1, 1}),
      Array::from({0.1, 5e-324}, {2}),
      Array(2.5),
      Array::from(std::vector<float>(), {2, 0, 3}),
      Array::from(std::vector<float>(24, 1), {1, 2, 1, 3, 1, 4, 1, 1}),
  };
  for (const Array& array : arrays) {
    save_npy(path("a"), array);
    const Array loaded = load_npy(path("a"));
    ASSERT_EQ(loaded.dtype(), array.dtype());
    ASSERT_EQ(loaded.shape(), array.shape());
    const auto bytes = static_cast<std::size_t>(array.elements()) * size_of(array.dtype());
    std::string before(bytes, 'x'), after(bytes, 'y');
    array.copy_to(before.data());
    loaded.copy_to(after.data());
    EXPECT_EQ(before, after) << name(array.dtype()) << to_string(array.shape());
    EXPECT_EQ(read_bytes(path("a")).size() % 64, bytes % 64);  // NumPy maps the data, which starts aligned
  }
}

TEST_F(Npy, WhatIsSavedIsComputedFirst) {
  const Array x = Array::from({1.0f, 2.0f, 3.0f, 4.0f}, {2, 2});
  save_npy(path("a"), permute(x, {1, 0}) * 2);
  EXPECT_EQ(load_npy(path("a")).to_vector<float>(), (std::vector<float>{2, 6, 4, 8}));
}

TEST_F(Npy, BothByteOrdersAreRead) {
  EXPECT_EQ(read(npy_with("'>i4'", "False", "(2,)", from_hex("00000001fffffffe"))).to_vector<std::int32_t>(),
            (std::vector<std::int32_t>{1, -2}));
  EXPECT_EQ(read(npy_with("'>u4'", "False", "(1,)", from_hex("01020304"))).item<std::uint32_t>(), 0x01020304u);
  EXPECT_EQ(read(npy_with("'>f4'", "False", "()", from_hex("3fc00000"))).item<float>(), 1.5f);
  EXPECT_EQ(read(npy_with("'<f8'", "False", "()", from_hex("000000000000f83f"))).item<double>(), 1.5);
  EXPECT_EQ(read(npy_with("'>f8'", "False", "()", from_hex("3ff8000000000000"))).item<double>(), 1.5);
  EXPECT_EQ(read(npy_with("'<u1'", "False", "()", "\x7f")).item<std::uint8_t>(), 0x7f);
  EXPECT_EQ(read(npy_with("'|b1'", "False", "()", "\1")).item<bool>(), true);
}

TEST_F(Npy, ReadsHalves) {
  // 1.5, -65504, the smallest subnormal, infinity
  const auto values = [](const Array& array) {
    EXPECT_EQ(array.dtype(), DType::f16);
    return astype(array, DType::f32).to_vector<float>();
  };
  const std::vector<float> expected{1.5f, -65504.0f, 0x1p-24f, infinity};
  EXPECT_EQ(values(read(npy_with("'<f2'", "False", "(4,)", from_hex("003efffb0100007c")))), expected);
  EXPECT_EQ(values(read(npy_with("'>f2'", "False", "(4,)", from_hex("3e00fbff00017c00")))), expected);
  EXPECT_EQ(values(read(npy_with("'<f2'", "True", "(2, 2)", from_hex("003efffb0100007c")))),
            (std::vector<float>{1.5f, 0x1p-24f, -65504.0f, infinity}));
}

TEST_F(Npy, ColumnMajorIsTurnedForEveryRankAndAcrossTiles) {
  for (const Shape& shape : {Shape{5}, Shape{1, 7}, Shape{7, 1}, Shape{33, 65}, Shape{64, 32}, Shape{2, 3, 4},
                             Shape{35, 1, 33}, Shape{3, 2, 4, 5}, Shape{2, 1, 3, 2, 2, 1, 2, 3}, Shape{3, 0, 2}}) {
    // Each element is its own place in row-major order; the file walks the first axis fastest.
    std::string sizes;
    for (const std::int64_t size : shape) sizes += std::to_string(size) + ",";
    const Dims strides = strides_of(shape);
    std::string data;
    for (std::int64_t place = 0; place < shape.elements(); ++place) {
      std::int64_t rest = place;
      std::int32_t row_major = 0;
      for (int axis = 0; axis < shape.rank(); ++axis) {
        row_major += static_cast<std::int32_t>(rest % shape[axis] * strides[axis]);
        rest /= shape[axis];
      }
      data += numbers(row_major);
    }
    std::vector<std::int32_t> expected(static_cast<std::size_t>(shape.elements()));
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<std::int32_t>(i);
    const Array array = read(npy_with("'<i4'", "True", "(" + sizes + ")", data));
    EXPECT_EQ(array.shape(), shape);
    EXPECT_EQ(array.to_vector<std::int32_t>(), expected) << to_string(shape);
  }
}

TEST_F(Npy, AllVersionsAndSpellingsOfTheHeaderAreRead) {
  const std::string plain = "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", data = numbers(3, 4);
  for (const std::string& file : {npy_bytes(plain, data), npy_bytes_of_version(1 + 1, plain + "   \n", data),
                                  npy_bytes_of_version(3, plain, data),
                                  npy_bytes("{\"shape\":(2,),\"descr\":\"<i4\",\"fortran_order\":True}\n", data),
                                  npy_bytes(" {'fortran_order':False,\n'descr':'<i4'\t,'shape':( 2 , )} ", data),
                                  npy_bytes("{'descr': '<i4', 'fortran_order': False, 'shape': (2L,), }", data)})
    EXPECT_EQ(read(file).to_vector<std::int32_t>(), (std::vector<std::int32_t>{3, 4})) << file;
}

TEST_F(Npy, TypesThatArraysDoNotHaveAreNamedWithAWayOut) {
  const struct {
    std::string_view type, called, advice;
  } rows[] = {
      {"'>u2'", "uint16", "astype('int32')"},
      {"'<u8'", "uint64", "astype('int64')"},
      {"'<f16'", "a long double", "astype('float64')"},
      {"'<c8'", "complex", "a.real and a.imag"},
      {"'<c16'", "complex", "a.real and a.imag"},
      {"'|O'", "Python objects", "never run"},
      {"'<U5'", "text", "numpy.unique"},
      {"'|S3'", "bytes", "view('uint8')"},
      {"'|V2'", "raw bytes", "astype('float32')"},
      {"'<M8[ns]'", "dates", "astype('int64')"},
      {"'<m8[s]'", "spans of time", "astype('int64')"},
      {"[('a', '<f4')]", "records of several fields", "a['field']"},
      {"'<q9'", "of type '<q9'", "save them as one of"},
      {"''", "of type ''", "save them as one of"},
      {"'|f4'", "of type '|f4'", "save them as one of"},
  };
  for (const auto& [type, called, advice] : rows)
    expect_error<DTypeError>([&] { read(npy_with(type, "False", "(1,)", "0123")); },
                             {"input: ", called, advice, "Arrays do not have"});
}

TEST_F(Npy, LoadsAsATypedTensor) {
  save_npy(path("a"), Array::from({1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f}, {2, 3}));
  const Tensor<float, "batch", 3> x = load_npy<float, "batch", 3>(path("a"));
  EXPECT_EQ(x.size<"batch">(), 2);
  using Rows = Tensor<float, "batch", 3>;
  EXPECT_EQ(load_npy<Rows>(path("a")).to_vector(), x.to_vector());
  expect_error<ShapeError>([&] { load_npy<float, "batch", 4>(path("a")); }, {path("a"), "is 3, not 4", "npy_test.cpp"});
  expect_error<DTypeError>([&] { load_npy<double, "batch", 3>(path("a")); }, {path("a"), "elements are float32"});
}

TEST_F(Npy, MissingFilesAndArraysWithoutAValueAreErrors) {
  expect_error<FileError>([&] { load_npy(path("none.npy")); }, {path("none.npy")});
  expect_error<FileError>([&] { save_npy(path("none/a.npy"), Array(1.0f)); }, {path("none/a.npy")});
  expect_error<ValueError>([&] { save_npy(path("a.npy"), Array()); }, {"has no value"});
  EXPECT_TRUE(names_in(folder()).empty());
}

}  // namespace
}  // namespace tenon::testing

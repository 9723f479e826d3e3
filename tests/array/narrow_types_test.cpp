// int8, int16, float16 and bfloat16 on the default device: promotion, rounding, and sums that do not round on the way.
#include <gtest/gtest.h>

#include <cmath>

#include "tenon/array/ops.h"
#include "tests/support/device_values.h"

namespace tenon::testing {
namespace {

constexpr DType half_types[] = {DType::f16, DType::bf16};

TEST(NarrowTypes, PromoteAsTheArrayApiStandardSays) {
  struct Row {
    DType a, b, result;
  };
  const Row rows[] = {
      {DType::u8, DType::i8, DType::i16},         {DType::u8, DType::i16, DType::i16},
      {DType::u32, DType::i8, DType::i64},        {DType::u32, DType::i16, DType::i64},
      {DType::i8, DType::i16, DType::i16},        {DType::i8, DType::i64, DType::i64},
      {DType::u8, DType::u32, DType::u32},        {DType::f16, DType::bf16, DType::f32},
      {DType::f16, DType::f32, DType::f32},       {DType::bf16, DType::f64, DType::f64},
      {DType::i64, DType::f16, DType::f16},       {DType::boolean, DType::i8, DType::i8},
      {DType::boolean, DType::bf16, DType::bf16},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(promote(row.a, row.b), row.result) << name(row.a) << " " << name(row.b);
    EXPECT_EQ(promote(row.b, row.a), row.result) << name(row.b) << " " << name(row.a);
    EXPECT_EQ((zeros({2}, row.a) + zeros({2}, row.b)).dtype(), row.result == DType::boolean ? DType::i64 : row.result);
  }
  EXPECT_EQ((zeros({2}, DType::f16) * 2).dtype(), DType::f16);
  EXPECT_EQ((zeros({2}, DType::bf16) + 0.5).dtype(), DType::bf16);
}

TEST(NarrowTypes, EveryFloat16SurvivesTheDevice) {
  std::vector<Float16> all;
  for (int bits = 0; bits < 0x10000; ++bits) all.push_back(Float16::from_bits(static_cast<std::uint16_t>(bits)));
  const Array x = Array::from(all, {0x10000});
  const std::vector<float> wide = astype(x, DType::f32).to_vector<float>();
  const std::vector<Float16> back = astype(astype(x, DType::f32) + 0, DType::f16).to_vector<Float16>();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (std::isnan(static_cast<float>(all[i]))) {
      ASSERT_TRUE(std::isnan(wide[i]) && std::isnan(static_cast<float>(back[i]))) << i;
    } else {
      ASSERT_EQ(wide[i], static_cast<float>(all[i])) << i;
      ASSERT_EQ(std::signbit(wide[i]), std::signbit(static_cast<float>(all[i]))) << i;
    }
  }
}

// Floats of every magnitude, the middles between neighbours, and their neighbours.
TEST(NarrowTypes, RoundAsTheHostDoes) {
  std::vector<float> values;
  std::vector<double> doubles;
  for (int exponent = -140; exponent <= 127; ++exponent)
    for (const double factor : {1.0, 1 + 0x1p-11, 1 + 0x1p-8, 1 + 3 * 0x1p-11, 1 + 3 * 0x1p-8, 1.9999, 1.3}) {
      const double x = std::ldexp(factor, exponent);
      for (const double y : {x, std::nextafter(x, 0), std::nextafter(x, INFINITY)}) doubles.push_back(y);
      const auto f = static_cast<float>(x);
      for (const float y : {f, std::nextafterf(f, 0), std::nextafterf(f, INFINITY)}) values.push_back(-y);
    }
  const auto size = static_cast<std::int64_t>(values.size());
  const Array x = Array::from(values, {size}), z = Array::from(doubles, {static_cast<std::int64_t>(doubles.size())});
  const auto halves = astype(x, DType::f16).to_vector<Float16>();
  const auto brains = astype(x, DType::bf16).to_vector<BFloat16>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(halves[i].bits, Float16(values[i]).bits) << values[i];
    EXPECT_EQ(brains[i].bits, BFloat16(values[i]).bits) << values[i];
  }
  const auto halves_of_doubles = astype(z, DType::f16).to_vector<Float16>();
  const auto brains_of_doubles = astype(z, DType::bf16).to_vector<BFloat16>();
  for (std::size_t i = 0; i < doubles.size(); ++i) {
    EXPECT_EQ(halves_of_doubles[i].bits, Float16(doubles[i]).bits) << doubles[i];
    EXPECT_EQ(brains_of_doubles[i].bits, BFloat16(doubles[i]).bits) << doubles[i];
  }
}

TEST(NarrowTypes, EachHalfOpRoundsItsResultOnce) {
  SeededRandom random(3);
  std::vector<DeviceCase> cases;
  for (const DType dtype : half_types) {
    const HostTensor a = random_tensor(random.engine, dtype, {7, 33}), b = random_tensor(random.engine, dtype, {7, 33});
    const std::string type(name(dtype));
    cases.push_back({type + " a * b + a",
                     [](std::span<const NodeRef> v) {
                       return build::binary(Scalar::add, build::binary(Scalar::mul, v[0], v[1]), v[0]);
                     },
                     {a, b}});
    cases.push_back(
        {type + " exp", [](std::span<const NodeRef> v) { return build::unary(Scalar::exp, v[0]); }, {a}, {.ulps = 1}});
    cases.push_back(
        {type + " where",
         [](std::span<const NodeRef> v) { return build::where(build::binary(Scalar::lt, v[0], v[1]), v[0], v[1]); },
         {a, b}});
    cases.push_back({type + " pad",
                     [](std::span<const NodeRef> v) {
                       const std::int64_t padding[] = {1, 0, 2, 3};
                       return build::pad(v[0], padding, 1.5);
                     },
                     {a}});
    cases.push_back({type + " sum",
                     [](std::span<const NodeRef> v) { return build::reduce(Scalar::add, v[0], 0b10); },
                     {a},
                     {.ulps = 1, .absolute = 1e-3}});
    cases.push_back(
        {type + " max", [](std::span<const NodeRef> v) { return build::reduce(Scalar::maximum, v[0], 0b01); }, {a}});
    cases.push_back({type + " contract",
                     [](std::span<const NodeRef> v) { return build::contract(v[0], v[1], 0, 1); },
                     {a, b},
                     {.ulps = 1, .absolute = 1e-3}});
  }
  expect_device_agrees(cases);
}

TEST(NarrowTypes, SumsOfHalvesAreAddedInFloat) {
  // In float16 itself the sum would stop at 2048.
  EXPECT_EQ(sum(ones({5000}, DType::f16)).item<Float16>(), 5000.0f);
  EXPECT_EQ(mean(ones({100000}, DType::bf16)).item<BFloat16>(), 1.0f);
  EXPECT_EQ(matmul(ones({1, 4096}, DType::f16), ones({4096, 1}, DType::f16)).item<Float16>(), 4096.0f);
}

TEST(NarrowTypes, GradientsOfHalvesAreHalves) {
  for (const DType dtype : half_types) {
    const Array x = astype(Array::from({0.5f, -1.0f, 2.0f}, {3}), dtype);
    const Array gradient = grad(sum(square(x)), {x})[0];
    EXPECT_EQ(gradient.dtype(), dtype);
    EXPECT_EQ(astype(gradient, DType::f32).to_vector<float>(), (std::vector<float>{1, -2, 4}));
  }
}

TEST(NarrowTypes, IntegersWrapAndSaturateWhereTheyAreCast) {
  const Array bytes = Array::from(std::vector<std::int8_t>{127, -128, 5}, {3});
  EXPECT_EQ((bytes + bytes).to_vector<std::int8_t>(), (std::vector<std::int8_t>{-2, 0, 10}));
  EXPECT_EQ((-bytes).to_vector<std::int8_t>(), (std::vector<std::int8_t>{-127, -128, -5}));
  EXPECT_EQ(abs(bytes).to_vector<std::int8_t>(), (std::vector<std::int8_t>{127, -128, 5}));
  const Array words = Array::from(std::vector<std::int16_t>{32767, -32768, 300}, {3});
  EXPECT_EQ((words * words).to_vector<std::int16_t>(),
            (std::vector<std::int16_t>{1, 0, static_cast<std::int16_t>(90000 - 65536)}));
  EXPECT_EQ(astype(words, DType::i8).to_vector<std::int8_t>(), (std::vector<std::int8_t>{-1, 0, 44}));
  const Array real = Array::from({1e9f, -1e9f, NAN, 127.9f, -128.9f, 3e4f}, {6});
  EXPECT_EQ(astype(real, DType::i8).to_vector<std::int8_t>(), (std::vector<std::int8_t>{127, -128, 0, 127, -128, 127}));
  EXPECT_EQ(astype(real, DType::i16).to_vector<std::int16_t>(),
            (std::vector<std::int16_t>{32767, -32768, 0, 127, -128, 30000}));
  EXPECT_EQ(sum(Array::from(std::vector<std::int8_t>(1000, 100), {1000})).item<std::int64_t>(), 100000);
  EXPECT_EQ(max(words).item<std::int16_t>(), 32767);
  EXPECT_EQ(min(bytes).item<std::int8_t>(), -128);
}

}  // namespace
}  // namespace tenon::testing

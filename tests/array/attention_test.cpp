// Attention against nested loops, and rows that see nothing.
#include "tenon/array/attention.h"

#include <cmath>
#include <limits>

#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::span<const Array>;

constexpr double inf = std::numeric_limits<double>::infinity();

// query [batch, heads, time, dim], key [batch, kv_heads, keys, dim], value [batch, kv_heads, keys, out]; `added` is
// what a mask adds to the score at [batch, head, time, key].
HostTensor reference(const HostTensor& query, const HostTensor& key, const HostTensor& value, double scale,
                     const std::function<double(const Position&)>& added) {
  const std::int64_t batch = query.shape[0], heads = query.shape[1], time = query.shape[2], dim = query.shape[3],
                     shared = heads / key.shape[1], keys = key.shape[2], out = value.shape[3];
  HostTensor result(DType::f64, {batch, heads, time, out});
  std::int64_t next = 0;
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t h = 0; h < heads; ++h)
      for (std::int64_t t = 0; t < time; ++t) {
        std::vector<double> powers;
        double total = 0;
        for (std::int64_t s = 0; s < keys; ++s) {
          double score = 0;
          for (std::int64_t d = 0; d < dim; ++d)
            score += element_at(query, {b, h, t, d}) * element_at(key, {b, h / shared, s, d});
          powers.push_back(std::exp(score * scale + added({b, h, t, s})));
          total += powers.back();
        }
        for (std::int64_t o = 0; o < out; ++o) {
          double mixed = 0;
          for (std::int64_t s = 0; s < keys; ++s)
            mixed += powers[static_cast<std::size_t>(s)] * element_at(value, {b, h / shared, s, o});
          set(result, next++, total == 0 ? 0 : mixed / total);
        }
      }
  return result;
}

struct Operands {
  HostTensor query, key, value;
};

Operands random_operands(SeededRandom& random, std::int64_t heads, std::int64_t kv_heads) {
  return {random_tensor(random.engine, DType::f64, {2, heads, 5, 3}),
          random_tensor(random.engine, DType::f64, {2, kv_heads, 4, 3}),
          random_tensor(random.engine, DType::f64, {2, kv_heads, 4, 6})};
}

double nothing(const Position&) { return 0; }

TEST(Attention, AgreesWithNestedLoops) {
  SeededRandom random(31);
  const Operands own = random_operands(random, 4, 4), grouped = random_operands(random, 6, 2);
  const HostTensor mask = random_tensor(random.engine, DType::boolean, {5, 4});
  const HostTensor added = random_tensor(random.engine, DType::f64, {2, 1, 5, 4});
  const auto attend = [](const Operands& x, const DotProductAttentionOptions& options) {
    return scaled_dot_product_attention(array_of(x.query), array_of(x.key), array_of(x.value), options);
  };
  const auto seen = [&](const Position& at) { return element_at(mask, {at[2], at[3]}) != 0 ? 0 : -inf; };
  const auto before = [](const Position& at) { return at[3] <= at[2] ? 0 : -inf; };
  const Array outputs[] = {
      attend(own, {}),
      attend(grouped, {}),
      attend(own, {.scale = 0.25}),
      attend(grouped, {.causal = true}),
      attend(own, {.mask = array_of(mask)}),
      attend(grouped, {.mask = array_of(added)}),
      attend(grouped, {.mask = array_of(mask), .causal = true}),
  };
  eval(outputs);
  const double root = 1 / std::sqrt(3);
  const auto of = [](const Operands& x, double scale, const std::function<double(const Position&)>& f) {
    return reference(x.query, x.key, x.value, scale, f);
  };
  const HostTensor expected[] = {
      of(own, root, nothing),
      of(grouped, root, nothing),
      of(own, 0.25, nothing),
      of(grouped, root, before),
      of(own, root, seen),
      of(grouped, root, [&](const Position& at) { return element_at(added, {at[0], 0, at[2], at[3]}); }),
      of(grouped, root, [&](const Position& at) { return seen(at) + before(at); }),
  };
  for (std::size_t i = 0; i < std::size(outputs); ++i)
    EXPECT_TRUE(matches(host_value(outputs[i]), expected[i], {.absolute = 1e-13})) << "case " << i;
}

TEST(Attention, TakesOperandsWithoutHeads) {
  Together expect;
  const Array q = zeros({2, 3}, DType::f64), k = counted({2, 3}), v = counted({2, 1});
  expect.elements(scaled_dot_product_attention(q, k, v), {2, 1}, {0.5, 0.5});
  expect.elements(scaled_dot_product_attention(q, k, v, {.causal = true}), {2, 1}, {0, 0.5});
}

TEST(Attention, ARowThatSeesNothingGivesZerosAndPassesNoGradient) {
  Together expect;
  const Array q = ones({1, 2, 3}, DType::f64), k = counted({1, 2, 3}), v = ones({1, 2, 2}, DType::f64);
  const Array mask = Array::from<bool>({true, false, false, false}, {2, 2});
  const Array added = Array::from({0.0, -inf, -inf, -inf}, {2, 2});
  for (const Array& each : {mask, added}) {
    const auto [value, gradients] = value_and_grad(
        [&](const std::vector<Array>& x) {
          return sum(square(scaled_dot_product_attention(x[0], x[1], x[2], {.mask = each})));
        },
        {q, k, v});
    expect.elements(scaled_dot_product_attention(q, k, v, {.mask = each}), {1, 2, 2}, {1, 1, 0, 0});
    expect.elements(gradients[0], {1, 2, 3}, {0, 0, 0, 0, 0, 0});
    expect.elements(gradients[2], {1, 2, 2}, {2, 2, 0, 0});
  }
  expect.elements(scaled_dot_product_attention(q, zeros({1, 0, 3}, DType::f64), zeros({1, 0, 2}, DType::f64)),
                  {1, 2, 2}, {0, 0, 0, 0});
}

TEST(Attention, NaNStaysNaN) {
  const Array q = Array::from({std::nan(""), 1.0}, {2, 1}), k = ones({2, 1}, DType::f64);
  const std::vector<double> y = scaled_dot_product_attention(q, k, k).to_vector<double>();
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_NEAR(y[1], 1, 1e-15);
}

TEST(Attention, GradientsAreThoseOfCentralDifferences) {
  const GradientCase cases[] = {
      {"grouped, causal",
       [](Arrays x) { return scaled_dot_product_attention(x[0], x[1], x[2], {.causal = true}); },
       {{4, 3, 2}, {2, 3, 2}, {2, 3, 1}}},
      {"by the mask",
       [](Arrays x) { return scaled_dot_product_attention(x[0], x[1], x[2], {.mask = x[3]}); },
       {{1, 2, 2}, {1, 3, 2}, {1, 3, 2}, {2, 3}}},
  };
  expect_array_gradients(cases, 32);
}

TEST(Attention, SaysWhatDoesNotFit) {
  const Array q = zeros({2, 4, 5, 3}), k = zeros({2, 2, 7, 3}), v = zeros({2, 2, 7, 3});
  const auto attend = [](const Array& a, const Array& b, const Array& c,
                         const DotProductAttentionOptions& options = {}) {
    scaled_dot_product_attention(a, b, c, options);
  };
  expect_error<ShapeError>([&] { attend(q, zeros({2, 3, 7, 3}), zeros({2, 3, 7, 3})); },
                           {"[2, 4, 5, 3]", "[2, 3, 7, 3]", "multiple"});
  expect_error<ShapeError>([&] { attend(q, zeros({2, 2, 7, 4}), v); }, {"[2, 2, 7, 4]"});
  expect_error<ShapeError>([&] { attend(q, k, zeros({2, 2, 6, 3})); }, {"[2, 2, 6, 3]"});
  expect_error<ShapeError>([&] { attend(q, zeros({1, 2, 7, 3}), zeros({1, 2, 7, 3})); }, {"[1, 2, 7, 3]"});
  expect_error<ShapeError>([&] { attend(zeros({3}), zeros({3}), zeros({3})); }, {"[3]"});
  expect_error<ShapeError>([&] { attend(q, k, v, {.mask = zeros({6, 7})}); },
                           {"scaled_dot_product_attention", "[6, 7]"});
  expect_error<DTypeError>([&] { attend(q, k, v, {.mask = zeros({5, 7}, DType::i32)}); }, {"mask", "int32"});
  expect_error<DTypeError>([&] { attend(astype(q, DType::i32), k, v); }, {"int32", "floating"});
}

}  // namespace
}  // namespace tenon::testing

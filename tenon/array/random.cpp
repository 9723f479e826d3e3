#include "tenon/array/random.h"

#include <array>
#include <cmath>
#include <numbers>

#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/core/scalar.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::fail;

// `blocks` independent arrays of random words, [blocks, shape...]: word i of block b is that of counter b *
// elements + i.
Array random_blocks(std::string_view op, const Array& key, std::int64_t blocks, const Dims& sizes) {
  if (key.dtype() != DType::u32 || !(key.shape() == Shape{2}))
    fail<ShapeError>("{}: the key is {}, it must be uint32 [2]", op, build::describe(key.node()));
  const Shape shape = build::placed_shape(op, sizes);
  const std::int64_t elements = shape.elements();
  if (elements > (std::int64_t{1} << 32) / blocks)
    fail<ShapeError>("{}: {} has more elements than one key can give; draw parts with keys of their own", op,
                     to_string(shape));
  const NodeRef counter = build::reshape(build::iota(DType::u32, blocks * elements), Shape{blocks, elements});
  const auto word = [&](std::int64_t i) {
    const NodeRef single = build::narrow(key.node_ref(), 0, i, 1);  // [1]
    return build::expand(build::reshape(single, Shape{1, 1}), counter->shape);
  };
  const NodeRef operands[] = {word(0), word(1), counter};
  return Array(build::elementwise(Scalar::random_bits, operands));
}

Array block(const Array& blocks, std::int64_t i, const Shape& shape) { return reshape(select(blocks, 0, i), shape); }

// Words as numbers in [0, 1): the nearest multiples of 2^-32 that the type holds. What rounds to 1 becomes
// the largest number below it.
Array unit_interval(const Array& words, DType dtype) {
  const double largest = dtype == DType::f32 ? 1 - 0x1p-24 : 1 - 0x1p-53;
  return minimum(astype(words, dtype) * 0x1p-32, largest);
}

void check_floating(std::string_view op, DType dtype) {
  if (!is_floating(dtype)) fail<DTypeError>("{}: {} is not taken; it must be float32 or float64", op, name(dtype));
}

}  // namespace

Rng::Rng(std::uint64_t seed) : key0_(static_cast<std::uint32_t>(seed)), key1_(static_cast<std::uint32_t>(seed >> 32)) {}

Rng Rng::from_state(const RngState& state) {
  Rng rng(state.key0, state.key1);
  rng.drawn_ = state.drawn;
  return rng;
}

std::uint32_t Rng::next_word() {
  // The counter's high word goes into the key: 2^64 draws.
  const auto low = static_cast<std::uint32_t>(drawn_), high = static_cast<std::uint32_t>(drawn_ >> 32);
  ++drawn_;
  return threefry(key0_, key1_ ^ high, low);
}

Array Rng::next_key(std::source_location where) {
  const std::uint32_t first = next_word();
  const std::array<std::uint32_t, 2> key = {first, next_word()};
  return Array::from(std::span<const std::uint32_t>(key), {2}, where);
}

Rng Rng::split() {
  const std::uint32_t first = next_word();
  return Rng(first, next_word());
}

Array Rng::uniform(const Sizes& shape, double low, double high, DType dtype, std::source_location where) {
  return random_uniform(next_key(where), shape, low, high, dtype, where);
}
Array Rng::normal(const Sizes& shape, double mean, double deviation, DType dtype, std::source_location where) {
  return random_normal(next_key(where), shape, mean, deviation, dtype, where);
}
Array Rng::truncated_normal(const Sizes& shape, const TruncatedNormalOptions& options, DType dtype,
                            std::source_location where) {
  return random_truncated_normal(next_key(where), shape, options, dtype, where);
}
Array Rng::randint(std::int64_t low, std::int64_t high, const Sizes& shape, DType dtype, std::source_location where) {
  return random_integers(next_key(where), low, high, shape, dtype, where);
}

Array random_bits(const Array& key, const Sizes& shape, std::source_location where) {
  const WhereScope scope(where);
  return block(random_blocks("random_bits", key, 1, shape.dims()), 0, shape.dims());
}

Array random_uniform(const Array& key, const Sizes& shape, double low, double high, DType dtype,
                     std::source_location where) {
  const WhereScope scope(where);
  check_floating("uniform", dtype);
  Array unit = unit_interval(block(random_blocks("uniform", key, 1, shape.dims()), 0, shape.dims()), dtype);
  if (low == 0 && high == 1) return unit;
  // Rounding may reach `high`, which does not belong to the interval; `low` may then be the only number in
  // it.
  const Array scaled = unit * (high - low) + low;
  const double below = dtype == DType::f32
                           ? static_cast<double>(std::nextafter(static_cast<float>(high), static_cast<float>(low)))
                           : std::nextafter(high, low);
  return high > low ? minimum(scaled, below) : scaled;
}

// Box and Muller: "A note on the generation of random normal deviates", Ann. Math. Stat. 29 (1958).
Array random_normal(const Array& key, const Sizes& shape, double mean, double deviation, DType dtype,
                    std::source_location where) {
  const WhereScope scope(where);
  check_floating("normal", dtype);
  const Array words = random_blocks("normal", key, 2, shape.dims());                               // [2, elements]
  const Array radius = sqrt(-2.0 * log(1 - unit_interval(block(words, 0, shape.dims()), dtype)));  // 1 - u is never 0
  const Array angle = 2 * std::numbers::pi * unit_interval(block(words, 1, shape.dims()), dtype);
  const Array normal = radius * cos(angle);
  return mean == 0 && deviation == 1 ? normal : normal * deviation + mean;
}

Array random_truncated_normal(const Array& key, const Sizes& shape, const TruncatedNormalOptions& options, DType dtype,
                              std::source_location where) {
  const WhereScope scope(where);
  check_floating("truncated_normal", dtype);
  const auto& [mean, deviation, low, high] = options;
  if (!(low < high) || !(deviation > 0))
    fail<ValueError>("truncated_normal: [{}, {}] with deviation {}; low < high and deviation > 0 are needed", low, high,
                     deviation);
  const double scale = deviation * std::numbers::sqrt2;
  const double from = std::erf((low - mean) / scale), to = std::erf((high - mean) / scale);
  // Numbers near 1 lie 2^-24 (2^-53) apart.
  if (to - from < (dtype == DType::f64 ? 0x1p-39 : 0x1p-10))
    fail<ValueError>(
        "truncated_normal: [{}, {}] has the probability {} about mean {} with deviation {}, too little for "
        "{}; widen it, or move the mean",
        low, high, (to - from) / 2, mean, deviation, name(dtype));
  // erfinv is infinite at -1 and 1, which stand for infinite bounds.
  const double end = dtype == DType::f64 ? 1 - 0x1p-53 : 1 - 0x1p-24;
  const Array u = clip(random_uniform(key, shape, from, to, dtype), -end, end);
  return clip(erfinv(u) * scale + mean, low, high);
}

Array random_integers(const Array& key, std::int64_t low, std::int64_t high, const Sizes& shape, DType dtype,
                      std::source_location where) {
  const WhereScope scope(where);
  if (!is_integer(dtype)) fail<DTypeError>("randint: {} is not taken; it must be an integer type", name(dtype));
  std::int64_t range;
  if (__builtin_sub_overflow(high, low, &range) || range <= 0 || range > (std::int64_t{1} << 32))
    fail<ValueError>("randint: [{}, {}) must hold 1 to 2^32 integers", low, high);
  build::check_value("randint", dtype, static_cast<double>(low));
  build::check_value("randint", dtype, static_cast<double>(high - 1));
  const Array words = block(random_blocks("randint", key, 1, shape.dims()), 0, shape.dims());
  // float64 holds word * range / 2^32 well enough to stay below `range`; the cast truncates.
  const Array offset = astype(floor(astype(words, DType::f64) * (static_cast<double>(range) * 0x1p-32)), DType::i64);
  return astype(offset + low, dtype);
}

}  // namespace tenon

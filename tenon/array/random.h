// Random numbers that depend on a key and a position only: the same on every device and for any number of
// threads.
#pragma once

#include <cstdint>

#include "tenon/array/operand.h"

namespace tenon {

/// Where a stream of random numbers stands, as a checkpoint keeps it.
struct RngState {
  std::uint32_t key0 = 0, key1 = 0;
  std::uint64_t drawn = 0;  // words taken so far
  friend bool operator==(const RngState&, const RngState&) = default;
};

/// A normal law without what lies outside [low, high], which may be infinite; PyTorch's defaults.
struct TruncatedNormalOptions {
  double mean = 0, deviation = 1;
  double low = -2, high = 2;
};

/// A stream of random arrays. Every draw uses a key of its own, made on the host from the seed and the number
/// of draws so far with Threefry (see core/scalar.h). The key is data, not part of the graph, so that drawing
/// again compiles nothing. A function that is compiled once and replayed must be given its keys,
/// `next_key()`, as arguments.
class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  /// `from_state(state())` continues with the very numbers that this stream would give next.
  RngState state() const { return {key0_, key1_, drawn_}; }
  static Rng from_state(const RngState& state);

  /// [2] uint32, never the same twice.
  Array next_key(std::source_location where = std::source_location::current());
  /// A stream that is independent of this one.
  Rng split();

  /// In [low, high); float32 or float64.
  Array uniform(const Sizes& shape, double low = 0, double high = 1, DType dtype = DType::f32,
                std::source_location where = std::source_location::current());
  Array normal(const Sizes& shape, double mean = 0, double deviation = 1, DType dtype = DType::f32,
               std::source_location where = std::source_location::current());
  /// See random_truncated_normal.
  Array truncated_normal(const Sizes& shape, const TruncatedNormalOptions& options = {}, DType dtype = DType::f32,
                         std::source_location where = std::source_location::current());
  /// Integers in [low, high), at most 2^32 different ones; each is drawn with a probability that is off by at
  /// most 2^-32.
  Array randint(std::int64_t low, std::int64_t high, const Sizes& shape, DType dtype = DType::i64,
                std::source_location where = std::source_location::current());

  // By other laws; what they are, distributions.h says.
  Array bernoulli(const Operand& p, const Sizes& shape, std::source_location where = std::source_location::current());
  Array exponential(const Sizes& shape, double rate = 1, DType dtype = DType::f32,
                    std::source_location where = std::source_location::current());
  Array gumbel(const Sizes& shape, DType dtype = DType::f32,
               std::source_location where = std::source_location::current());
  Array categorical(const Array& logits, int axis = -1, std::source_location where = std::source_location::current());
  Array permutation(std::int64_t count, std::source_location where = std::source_location::current());
  Array shuffle(const Array& x, int axis = 0, std::source_location where = std::source_location::current());

 private:
  Rng(std::uint32_t key0, std::uint32_t key1) : key0_(key0), key1_(key1) {}
  std::uint32_t next_word();

  std::uint32_t key0_, key1_;
  std::uint64_t drawn_ = 0;
};

/// The same as functions of a key: [2] uint32.
Array random_bits(const Array& key, const Sizes& shape, std::source_location where = std::source_location::current());
Array random_uniform(const Array& key, const Sizes& shape, double low = 0, double high = 1, DType dtype = DType::f32,
                     std::source_location where = std::source_location::current());
Array random_normal(const Array& key, const Sizes& shape, double mean = 0, double deviation = 1,
                    DType dtype = DType::f32, std::source_location where = std::source_location::current());
/// By the inverse of the distribution, with erfinv. Throws ValueError unless low < high and deviation > 0, and where
/// the normal law has so little between low and high that the type tells less than 2^14 numbers of it apart: float32
/// below a probability of 5e-4, float64 of 1e-12.
Array random_truncated_normal(const Array& key, const Sizes& shape, const TruncatedNormalOptions& options = {},
                              DType dtype = DType::f32, std::source_location where = std::source_location::current());
Array random_integers(const Array& key, std::int64_t low, std::int64_t high, const Sizes& shape,
                      DType dtype = DType::i64, std::source_location where = std::source_location::current());

}  // namespace tenon

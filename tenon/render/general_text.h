// One C text for kernels that differ in numbers only: the numbers become arguments of the kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tenon {

/// Stands in front of a number that varies, even where all examples agree on it, and on its own.
inline constexpr char varying_number_mark = '@';
/// The text as C.
std::string without_marks(std::string text);

/// The text of a kernel, made from examples of it for several sizes. Numbers in which the examples differ (extents,
/// strides, constants such as 1 / size) are read from `arguments->scalars`; everything else is as in the examples.
class GeneralText {
 public:
  /// How a number is written, which decides its type.
  enum class LiteralKind : std::uint8_t { integer, unsigned_32, unsigned_64, float_32, float_64 };

  /// Nothing if the examples differ in more than numbers, or in a number that C wants to be a constant.
  static std::optional<GeneralText> of(std::span<const std::string> examples);

  /// C, without comments.
  const std::string& text() const { return text_; }

  /// What `arguments->scalars` has to hold for this to compute what `example` does; nothing where no numbers make the
  /// one the other.
  std::optional<std::vector<std::int64_t>> numbers_of(const std::string& example) const;

 private:
  GeneralText() = default;

  std::string text_;
  std::vector<std::string> fixed_;      // what stands before each number, and behind the last one
  std::vector<LiteralKind> kinds_;      // of each number
  std::vector<std::string> constants_;  // of each number its text, where all examples agree
  std::vector<int> slots_;              // of each number its place among the scalars, or -1
  std::size_t slot_count_ = 0;
};

}  // namespace tenon

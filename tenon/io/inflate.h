// Deflated bytes, as zip files hold them, in the clear.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace tenon {

/// Whether this build of the library can inflate: zlib was found when it was configured.
bool can_inflate();

/// A deflated stream (RFC 1951, without a header) that is read piece by piece, so that the reader decides how much
/// memory each piece may take.
class Inflater {
 public:
  /// `compressed` must outlive it; `origin` is how errors call it. Throws FileError, which says what to do, when this
  /// build cannot inflate.
  Inflater(std::span<const std::byte> compressed, std::string origin);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Fills `target`. Throws FormatError when the stream is damaged or ends before.
  void read(std::span<std::byte> target);
  /// Throws FormatError unless the stream ends here, with the last of the compressed bytes.
  void expect_end();

  /// No stream makes more bytes of one: 258, deflate's longest match, of two bits.
  static constexpr std::uint64_t greatest_ratio = 1032;

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::string origin_;
};

}  // namespace tenon

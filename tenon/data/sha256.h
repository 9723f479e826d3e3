// SHA-256, as FIPS 180-4 defines it: proves that a file that came over the network is the one that was meant.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tenon {

/// The digest of bytes that come in parts.
class Sha256 {
 public:
  void add(std::span<const std::byte> bytes);
  /// The digest of all that was added; nothing may be added afterwards.
  std::array<std::uint8_t, 32> finish();

 private:
  void add_block(const std::byte* block);

  // The first 32 bits of the fractional parts of the square roots of the first eight primes (section 5.3.3).
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> waiting_{};  // what does not fill a block yet
  std::uint64_t size_ = 0;
};

/// 64 hexadecimal digits, in lower case.
std::string sha256(std::span<const std::byte> bytes);

/// The same of a file's contents. Throws FileError when it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace tenon

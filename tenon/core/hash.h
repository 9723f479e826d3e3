// 64-bit hashing for structural keys. Not cryptographic; hits are always confirmed by comparison
// or are file names whose contents carry their own checksum.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tenon {

__extension__ using Wide = unsigned __int128;

/// Mixes `value` into `seed`: the high and low half of a 128-bit product, as in wyhash.
inline std::uint64_t hash_mix(std::uint64_t seed, std::uint64_t value) {
  const Wide product = static_cast<Wide>(seed ^ 0x9E3779B97F4A7C15u) * (value ^ 0xD1B54A32D192ED03u);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Hash of a byte string.
inline std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0x243F6A8885A308D3u) {
  std::uint64_t hash = hash_mix(seed, bytes.size());
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    hash = hash_mix(hash, word);
    bytes.remove_prefix(8);
  }
  std::uint64_t tail = 0;
  std::memcpy(&tail, bytes.data(), bytes.size());
  return hash_mix(hash, tail);
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014): a number whose bits
/// look random, one for each x.
inline std::uint64_t splitmix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace tenon

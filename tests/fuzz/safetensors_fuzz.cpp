// ./dev fuzz safetensors
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/fuzz/safetensors_target.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenon::testing::read_whole_safetensors(std::as_bytes(std::span(data, size)));
  return 0;
}

// Mutates the header and corrects its length three times out of four: otherwise hardly any input gets past the parser.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::uint64_t length = 0;
  if (size >= 8) std::memcpy(&length, data, 8);
  if (size < 8 || length > size - 8 || seed % 4 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::vector<std::uint8_t> tensors(data + 8 + length, data + size);
  const std::uint64_t mutated = LLVMFuzzerMutate(data + 8, length, max_size - 8);
  std::memcpy(data, &mutated, 8);
  const std::size_t kept = std::min<std::size_t>(tensors.size(), max_size - 8 - mutated);
  std::copy_n(tensors.begin(), kept, data + 8 + mutated);
  return 8 + mutated + kept;
}

// ./dev fuzz npy
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/fuzz/npy_target.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenon::testing::read_whole_npy(std::as_bytes(std::span(data, size)));
  return 0;
}

// Mutates the header's dictionary and corrects its length three times out of four: otherwise hardly any input gets past
// the first bytes. Version 1 only; the others differ in the width of the length.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  constexpr std::size_t start = 10;
  std::size_t length = size < start ? 0 : data[8] + 256u * data[9];
  if (size < start || data[6] != 1 || length > size - start || seed % 4 == 0)
    return LLVMFuzzerMutate(data, size, max_size);
  const std::vector<std::uint8_t> elements(data + start + length, data + size);
  length = LLVMFuzzerMutate(data + start, length, max_size - start);
  data[8] = static_cast<std::uint8_t>(length);
  data[9] = static_cast<std::uint8_t>(length >> 8);
  const std::size_t kept = std::min(elements.size(), max_size - start - length);
  std::copy_n(elements.begin(), kept, data + start + length);
  return start + length + kept;
}

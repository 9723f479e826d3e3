// ./dev fuzz npz
#include <cstdint>
#include <cstring>
#include <vector>

#include "tenon/io/crc32.h"
#include "tenon/io/zip.h"
#include "tests/fuzz/npy_target.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenon::testing::read_whole_npz(std::as_bytes(std::span(data, size)));
  return 0;
}

// Every other time, mutates the bytes of one entry where they are and corrects the checksums: otherwise hardly any
// input gets to the arrays.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::vector<tenon::ZipEntry> entries;
  if (seed % 2 == 0) {
    try {
      entries = tenon::read_zip_directory(std::as_bytes(std::span(data, size)), "input");
    } catch (const tenon::FormatError&) {
    }
  }
  if (entries.empty()) return LLVMFuzzerMutate(data, size, max_size);
  const tenon::ZipEntry& entry = entries[seed / 2 % entries.size()];
  auto* start = data + (reinterpret_cast<const std::uint8_t*>(entry.data.data()) - data);
  LLVMFuzzerMutate(start, entry.data.size(), entry.data.size());
  if (entry.deflated) return size;
  const std::uint32_t crc = tenon::crc32(entry.data);
  for (std::size_t place = 0; place + 4 <= size; ++place)  // in the local header and in the table of contents
    if (std::memcmp(data + place, &entry.crc, 4) == 0) std::memcpy(data + place, &crc, 4);
  return size;
}

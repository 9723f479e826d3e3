// What hostile .npy and .npz files meet: the fuzzers' targets, and those of the seeded mutations in tests/io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "tenon/core/error.h"
#include "tenon/io/inflate.h"
#include "tenon/io/npz.h"

namespace tenon::testing {

/// Runs `read`, and reads the array that it gives; its bytes, or -1 when it was refused for a documented reason. Every
/// error but the documented ones leaves this function.
template <class Read>
std::int64_t bytes_or_refused(Read read) {
  try {
    const Array array = read();
    const auto bytes = static_cast<std::size_t>(array.elements()) * size_of(array.dtype());
    // Read back, so that the sanitizers see every byte used.
    const auto copy = std::make_unique<std::byte[]>(bytes + 1);
    array.copy_to(copy.get());
    return static_cast<std::int64_t>(bytes);
  } catch (const DTypeError&) {
    return -1;
  } catch (const FormatError&) {
    return -1;
  } catch (const FileError&) {
    if (can_inflate()) throw;
    return -1;
  }
}

/// Reads the bytes as a .npy file; false when they are refused.
inline bool read_whole_npy(std::span<const std::byte> bytes) {
  const std::int64_t read = bytes_or_refused([&] { return read_npy(bytes, "input"); });
  // float16 doubles.
  if (read > 2 * static_cast<std::int64_t>(bytes.size())) throw InternalError("the array is larger than its file");
  return read >= 0;
}

/// Opens the bytes as a .npz file and reads all there is in it; false when anything is refused.
inline bool read_whole_npz(std::span<const std::byte> bytes) {
  try {
    const NpzFile file(bytes, "input");
    std::int64_t total = 0;
    bool all = true;
    for (const std::string& name : file.names()) {
      const std::int64_t read = bytes_or_refused([&] { return file.array(name); });
      all = all && read >= 0;
      total += read < 0 ? 0 : read;
    }
    if (total > 2 * static_cast<std::int64_t>(Inflater::greatest_ratio * bytes.size()))
      throw InternalError("the arrays are larger than the promised multiple of their file");
    return all;
  } catch (const FormatError&) {
    return false;
  }
}

}  // namespace tenon::testing

// What a hostile safetensors file meets: the fuzzer's target, and that of the seeded mutations in tests/io.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "tenon/core/error.h"
#include "tenon/io/safetensors.h"

namespace tenon::testing {

/// Reads a tensor into memory; false when it is refused for a documented reason: a type that Arrays do not have, a BOOL
/// that is none.
inline bool read_tensor(const SafetensorsFile& file, const std::string& name) {
  try {
    const Array array = file.array(name);
    // Read back, so that the sanitizers see every byte used.
    const auto bytes = static_cast<std::size_t>(array.elements()) * size_of(array.dtype());
    const auto copy = std::make_unique<std::byte[]>(bytes + 1);
    array.copy_to(copy.get());
    return true;
  } catch (const DTypeError&) {
    return false;
  } catch (const FormatError&) {
    return false;
  }
}

/// Opens the bytes as a file and reads all there is in it; false when they are refused. Every error but the documented
/// ones leaves this function.
inline bool read_whole_safetensors(std::span<const std::byte> bytes) {
  try {
    const SafetensorsFile file(bytes, "input");
    std::size_t total = 0;
    for (const std::string& name : file.names()) {
      total += file.info(name).bytes.size();
      read_tensor(file, name);
    }
    // Tensors lie side by side and fill the file.
    if (total >= bytes.size()) throw InternalError("tensors are larger than their file");
    return true;
  } catch (const FormatError&) {
    return false;
  }
}

}  // namespace tenon::testing

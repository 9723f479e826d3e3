// What a hostile safetensors file meets: the fuzzer's target, and that of the seeded mutations in tests/io.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "tenon/core/error.h"
#include "tenon/io/safetensors.h"

namespace tenon::testing {

/// Opens the bytes as a file and reads all there is in it; false when they are refused. Every error but the documented
/// ones leaves this function.
inline bool read_whole_safetensors(std::span<const std::byte> bytes) {
  try {
    const SafetensorsFile file(bytes, "input");
    std::size_t total = 0;
    for (const std::string& name : file.names()) {
      total += file.info(name).bytes.size();
      try {
        const Array array = file.array(name);
        // Read back, so that the sanitizers see every byte used.
        const auto copy =
            std::make_unique<std::byte[]>(static_cast<std::size_t>(array.elements()) * size_of(array.dtype()) + 1);
        array.copy_to(copy.get());
      } catch (const DTypeError&) {   // a type that Arrays do not have
      } catch (const FormatError&) {  // a BOOL that is none
      }
    }
    // Tensors lie side by side and fill the file.
    if (total >= bytes.size()) throw InternalError("tensors are larger than their file");
    return true;
  } catch (const FormatError&) {
    return false;
  }
}

}  // namespace tenon::testing

// The header of a safetensors file: JSON in, checked entries out, and back.
//
// The format, as https://github.com/huggingface/safetensors states it and its implementation checks it: 8 bytes with
// the length of the header, little-endian; the header, a JSON object
//   {"__metadata__": {"key": "text", ...}, "NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
// that may end in spaces; the tensors' bytes, row-major, little-endian, without gaps, to which the offsets refer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/core/dtype.h"
#include "tenon/core/shape.h"
#include "tenon/io/safetensors.h"

namespace tenon {

/// What the format knows of an element type.
struct SafetensorsType {
  std::string_view name;
  int bits;
  /// The element type of an Array of it; nothing when Arrays have no such type.
  std::optional<DType> dtype;
};

/// All of them, in the order of the reference implementation: by alignment. Writers put the last ones first.
std::span<const SafetensorsType> safetensors_types();

/// The type that arrays of this dtype are written as.
const SafetensorsType& safetensors_type_of(DType dtype);

struct SafetensorsEntry {
  std::string name;
  const SafetensorsType* type = nullptr;
  Shape shape;
  std::uint64_t begin = 0, end = 0;  // in the bytes behind the header
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  SafetensorsMetadata metadata;
};

/// Parses a header and checks everything that it says against the format and against `data_bytes`, the number of
/// bytes behind it. Entries come back in the order of their bytes. Throws FormatError, which starts with `path`.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes, const std::string& path);

/// The JSON of a header, padded with spaces to a multiple of 8 bytes. Entries are written in the order given. Throws
/// ValueError for names and metadata that are not UTF-8, and for a tensor called "__metadata__".
std::string render_safetensors_header(const SafetensorsHeader& header);

}  // namespace tenon

// Safetensors files put together by hand, as the format's description says.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/io/safetensors.h"
#include "tests/support/hex.h"

namespace tenon::testing {

/// A file: the length of the header, the header, the tensors' bytes.
inline std::string safetensors_bytes(std::string_view header, std::string_view data) {
  const std::uint64_t length = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file.append(header).append(data);
}

/// Opened in place; `file` must outlive it.
inline SafetensorsFile opened(const std::string& file) {
  return SafetensorsFile(std::as_bytes(std::span(file)), "input");
}

/// What the Python package safetensors 0.8.0 makes of these, by safetensors.numpy.save:
///   layer.weight float32 [[1.5, -2, 0], [3, 1e-40, inf]], layer.bias float64 [0.1, -0.0], steps int64 -3 of rank 0,
///   ids int32 [[7], [-8]], key uint32 [1, 4294967295], image uint8 [0, 127, 255], mask bool [1, 0, 1],
///   empty float32 [2, 0, 3], b"q\é<newline> uint8 [2], and two entries of metadata,
/// which the package writes in any order and which are sorted here.
inline std::string reference_file() {
  return safetensors_bytes(R"({"__metadata__":{"a \"note\"":"café\t\u0001/","format":"pt"},)"
                           R"("steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                           R"("layer.bias":{"dtype":"F64","shape":[2],"data_offsets":[8,24]},)"
                           R"("empty":{"dtype":"F32","shape":[2,0,3],"data_offsets":[24,24]},)"
                           R"("layer.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[24,48]},)"
                           R"("key":{"dtype":"U32","shape":[2],"data_offsets":[48,56]},)"
                           R"("ids":{"dtype":"I32","shape":[2,1],"data_offsets":[56,64]},)"
                           R"("b\"q\\é\n":{"dtype":"U8","shape":[1],"data_offsets":[64,65]},)"
                           R"("image":{"dtype":"U8","shape":[3],"data_offsets":[65,68]},)"
                           R"("mask":{"dtype":"BOOL","shape":[3],"data_offsets":[68,71]}})",
                           from_hex("fdffffffffffffff"
                                    "9a9999999999b93f0000000000000080"
                                    "0000c03f000000c00000000000004040c21601000000807f"
                                    "01000000ffffffff"
                                    "07000000f8ffffff"
                                    "02"
                                    "007fff"
                                    "010001"));
}

/// The same tensors, in another order.
inline std::vector<NamedArray> reference_arrays() {
  const float infinity = std::numeric_limits<float>::infinity();
  return {{"mask", Array::from({true, false, true}, {3})},
          {"layer.weight", Array::from({1.5f, -2.0f, 0.0f, 3.0f, 1e-40f, infinity}, {2, 3})},
          {"image", Array::from({std::uint8_t{0}, std::uint8_t{127}, std::uint8_t{255}}, {3})},
          {"b\"q\\é\n", Array::from({std::uint8_t{2}}, {1})},
          {"empty", Array::from(std::vector<float>(), {2, 0, 3})},
          {"steps", Array(std::int64_t{-3})},
          {"ids", Array::from({7, -8}, {2, 1})},
          {"key", Array::from({1u, 4294967295u}, {2})},
          {"layer.bias", Array::from({0.1, -0.0}, {2})}};
}
inline SafetensorsMetadata reference_metadata() { return {{"format", "pt"}, {"a \"note\"", "café\t\x01/"}}; }

}  // namespace tenon::testing

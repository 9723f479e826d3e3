// meta.json of a checkpoint.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tenon/array/random.h"

namespace tenon {

struct CheckpointMeta {
  std::uint64_t step = 0;
  RngState random;
  std::uint64_t data_position = 0;
  std::map<std::string, std::string> notes;
  std::uint64_t state_bytes = 0, state_hash = 0;  // of state.safetensors; `hash_bytes`
};

/// JSON with the format's name and version and a hash of all the rest. Throws ValueError for notes that are not UTF-8.
std::string render_checkpoint_meta(const CheckpointMeta& meta);

/// The reverse. Throws FormatError, which starts with `path`, for anything else than what `render_checkpoint_meta`
/// made: no JSON, another format or version, a value that was changed.
CheckpointMeta parse_checkpoint_meta(std::string_view text, const std::string& path);

}  // namespace tenon

// Data sets that examples and tests use: what the files are called, where they come from, and what is in them.
#pragma once

#include <span>
#include <string_view>

namespace tenon {

struct KnownData {
  std::string_view file;     // in a data folder
  std::string_view address;  // where anybody gets it
  std::string_view sha256;
};

std::span<const KnownData> known_data();

/// nullptr when it is none of them.
const KnownData* find_known_data(std::string_view file);

}  // namespace tenon

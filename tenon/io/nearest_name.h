// "did you mean": for errors about names that are not there.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tenon {

/// The candidate that takes the fewest insertions, deletions and replacements of characters to become `name`
/// (Levenshtein's distance), the first of several; empty when there is none within half of the longer name's length.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// A name from a file, for a message: in single quotes, control characters as \xNN, cut after 100 bytes.
std::string quoted_name(std::string_view name);

}  // namespace tenon

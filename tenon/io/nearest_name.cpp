#include "tenon/io/nearest_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace tenon {
namespace {

// Levenshtein's distance, or something larger than `limit` when it is beyond that.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
  std::vector<std::size_t> row(b.size() + 1);  // [i]: from the part of `a` so far to the first i characters of b
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
    if (*std::min_element(row.begin(), row.end()) > limit) return limit + 1;
  }
  return row.back();
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
  std::string_view best;
  auto best_distance = static_cast<std::size_t>(-1);
  for (const std::string& candidate : candidates) {
    const std::size_t limit = std::min(std::max(name.size(), candidate.size()) / 2, best_distance - 1);
    const std::size_t found = distance(name, candidate, limit);
    if (found > limit) continue;
    best = candidate;
    best_distance = found;
    if (found == 0) break;
  }
  return std::string(best);
}

std::string quoted_name(std::string_view name) {
  constexpr std::size_t longest = 100;
  std::string text = "'";
  for (const char c : name.substr(0, longest)) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text + (name.size() > longest ? "...'" : "'");
}

}  // namespace tenon

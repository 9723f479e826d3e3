#include "tenon/tree/walk.h"

#include <algorithm>

namespace tenon::detail {

std::string name_of(const Path* path) {
  if (!path) return {};
  std::string text = name_of(path->parent);
  if (!text.empty()) text += '.';
  if (path->has_name)
    text += path->name;
  else
    text += std::to_string(path->position);
  return text;
}

void sort_keys(std::vector<std::string_view>& keys) { std::sort(keys.begin(), keys.end()); }

}  // namespace tenon::detail

#include "tenon/runtime/shared_object.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstring>

#include "tenon/core/hash.h"

namespace tenon {
namespace {

struct Trailer {
  char magic[8];
  std::uint64_t length;
  std::uint64_t checksum;
};
// The last character is the version of this layout.
constexpr char magic[8] = {'T', 'E', 'N', 'O', 'N', 'S', 'O', '1'};

}  // namespace

std::string with_trailer(std::string_view object) {
  Trailer trailer{};
  std::memcpy(trailer.magic, magic, sizeof magic);
  trailer.length = object.size();
  trailer.checksum = hash_bytes(object);
  std::string contents(object);
  contents.append(reinterpret_cast<const char*>(&trailer), sizeof trailer);
  return contents;
}

bool has_valid_trailer(std::string_view contents) {
  Trailer trailer{};
  if (contents.size() < sizeof trailer) return false;
  const std::string_view object = contents.substr(0, contents.size() - sizeof trailer);
  std::memcpy(&trailer, contents.data() + object.size(), sizeof trailer);
  return std::memcmp(trailer.magic, magic, sizeof magic) == 0 && trailer.length == object.size() &&
         trailer.checksum == hash_bytes(object);
}

KernelFunction load_function(const std::string& path, const std::string& symbol, std::string& error) {
  void* object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!object) {
    const char* reason = dlerror();
    error = reason ? reason : "dlopen failed";
    return nullptr;
  }
  void* function = dlsym(object, symbol.c_str());
  if (!function) {
    error = fmt::format("{} does not define {}", path, symbol);
    dlclose(object);
    return nullptr;
  }
  return reinterpret_cast<KernelFunction>(function);
}

}  // namespace tenon

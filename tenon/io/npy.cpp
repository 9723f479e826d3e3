#include "tenon/io/npy.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "tenon/io/atomic_file.h"
#include "tenon/io/mapped_file.h"
#include "tenon/io/npy_data.h"
#include "tenon/io/npy_header.h"

namespace tenon {

static_assert(std::endian::native == std::endian::little, "what is written says that it is little-endian");

Array load_npy(const std::string& path) {
  const MappedFile file(path);
  return read_npy(file.bytes(), path);
}

Array read_npy(std::span<const std::byte> bytes, const std::string& origin) {
  const auto start = bytes.first(std::min(bytes.size(), npy_prefix_bytes));
  const std::size_t header_bytes = npy_header_bytes(start, bytes.size(), origin);
  const NpyHeader header = parse_npy_header(bytes.first(header_bytes), bytes.size(), origin);
  return array_of_npy(header, bytes.subspan(header_bytes), origin);
}

void save_npy(const std::string& path, const Array& array) {
  std::vector<std::byte> data(static_cast<std::size_t>(array.elements()) * size_of(array.dtype()));
  array.copy_to(data.data());
  AtomicFile file(path);
  file.write(render_npy_header(array.dtype(), array.shape()));
  file.write(data);
  file.commit();
}

}  // namespace tenon

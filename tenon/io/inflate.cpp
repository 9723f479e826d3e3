#include "tenon/io/inflate.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "tenon/core/error.h"

#if TENON_HAS_ZLIB

#include <zlib.h>

namespace tenon {

struct Inflater::Stream {
  z_stream z{};
  std::span<const std::byte> left;  // what zlib was not given yet
  bool ended = false;

  explicit Stream(std::span<const std::byte> compressed) : left(compressed) {
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) throw std::bad_alloc();  // negative: no header
  }
  ~Stream() { inflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Makes up to target.size() bytes, as long as there is progress. False when the stream is damaged.
  bool step(std::span<std::byte>& target) {
    constexpr std::size_t most = std::numeric_limits<uInt>::max();  // that zlib takes at once
    if (z.avail_in == 0) {
      const std::size_t given = std::min(left.size(), most);
      z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(left.data()));
      z.avail_in = static_cast<uInt>(given);
      left = left.subspan(given);
    }
    const auto room = static_cast<uInt>(std::min(target.size(), most));
    z.next_out = reinterpret_cast<Bytef*>(target.data());
    z.avail_out = room;
    const uInt before = z.avail_in;
    const int status = inflate(&z, Z_NO_FLUSH);
    const std::size_t made = room - z.avail_out;
    target = target.subspan(made);
    ended = status == Z_STREAM_END;
    return ended || (status == Z_OK && (made > 0 || z.avail_in < before));
  }
};

bool can_inflate() { return true; }

Inflater::Inflater(std::span<const std::byte> compressed, std::string origin)
    : stream_(std::make_unique<Stream>(compressed)), origin_(std::move(origin)) {}

Inflater::~Inflater() = default;

void Inflater::read(std::span<std::byte> target) {
  while (!target.empty()) {
    if (stream_->ended) throw FormatError(fmt::format("{}: its compressed bytes end before its data", origin_));
    if (!stream_->step(target))
      throw FormatError(fmt::format("{}: its compressed bytes are damaged or cut short", origin_));
  }
}

void Inflater::expect_end() {
  std::byte more{};
  std::span<std::byte> target(&more, 1);
  while (!stream_->ended && !target.empty())
    if (!stream_->step(target))
      throw FormatError(fmt::format("{}: its compressed bytes are damaged or cut short", origin_));
  if (target.empty()) throw FormatError(fmt::format("{}: its compressed bytes hold more than its data", origin_));
  if (!stream_->left.empty() || stream_->z.avail_in > 0)
    throw FormatError(
        fmt::format("{}: {} bytes follow its compressed data", origin_, stream_->left.size() + stream_->z.avail_in));
}

}  // namespace tenon

#else

namespace tenon {

struct Inflater::Stream {};

bool can_inflate() { return false; }

Inflater::Inflater(std::span<const std::byte> /*compressed*/, std::string origin) {
  throw FileError(
      fmt::format("{}: it is compressed, and this build of Tenon cannot inflate; install zlib (on Debian, "
                  "zlib1g-dev) and configure again, or save it with numpy.savez",
                  origin));
}
Inflater::~Inflater() = default;
void Inflater::read(std::span<std::byte> /*target*/) {}
void Inflater::expect_end() {}

}  // namespace tenon

#endif

#include "tenon/runtime/buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

#include "tenon/runtime/device.h"
#include "tenon/runtime/text.h"

namespace tenon {

/// The register: a list through the buffers themselves, so that keeping it allocates nothing.
class LiveBuffers {
 public:
  static void add(Buffer& buffer) {
    LiveBuffers& live = instance();
    const std::lock_guard lock(live.mutex_);
    buffer.previous_ = live.newest_;
    (live.newest_ ? live.newest_->next_ : live.oldest_) = &buffer;
    live.newest_ = &buffer;
    live.bytes_ += buffer.bytes_;
  }

  static void remove(Buffer& buffer) {
    LiveBuffers& live = instance();
    const std::lock_guard lock(live.mutex_);
    (buffer.previous_ ? buffer.previous_->next_ : live.oldest_) = buffer.next_;
    (buffer.next_ ? buffer.next_->previous_ : live.newest_) = buffer.previous_;
    live.bytes_ -= buffer.bytes_;
  }

  static std::vector<LiveBuffer> list() {
    LiveBuffers& live = instance();
    const std::lock_guard lock(live.mutex_);
    std::vector<LiveBuffer> buffers;
    for (const Buffer* buffer = live.oldest_; buffer; buffer = buffer->next_) {
      buffers.push_back({buffer->bytes_, std::string(buffer->origin_.what()), buffer->origin_.where()});
    }
    return buffers;
  }

  static std::size_t bytes() {
    LiveBuffers& live = instance();
    const std::lock_guard lock(live.mutex_);
    return live.bytes_;
  }

 private:
  // Never destroyed: buffers in static variables outlive any order of destruction.
  static LiveBuffers& instance() {
    static LiveBuffers& live = *new LiveBuffers;
    return live;
  }

  std::mutex mutex_;
  Buffer* oldest_ = nullptr;
  Buffer* newest_ = nullptr;
  std::size_t bytes_ = 0;
};

Buffer::Buffer(Device& device, void* data, std::size_t bytes, const Origin& origin)
    : device_(device), data_(data), bytes_(bytes), origin_(origin) {
  LiveBuffers::add(*this);
}

Buffer::~Buffer() {
  LiveBuffers::remove(*this);
  device_.deallocate(data_, bytes_);
}

std::vector<LiveBuffer> live_buffers() { return LiveBuffers::list(); }

std::size_t live_bytes() { return LiveBuffers::bytes(); }

std::string to_string(const std::vector<LiveBuffer>& buffers) {
  struct Total {
    std::size_t bytes = 0;
    int count = 0;
    std::string origin;
  };
  std::map<std::string, Total> by_origin;
  for (const LiveBuffer& buffer : buffers) {
    const std::string origin = fmt::format("{} ({}:{})", buffer.what, buffer.where.file_name(), buffer.where.line());
    Total& total = by_origin[origin];
    total.bytes += buffer.bytes;
    total.count += 1;
    total.origin = origin;
  }
  std::vector<Total> totals;
  for (const auto& [origin, total] : by_origin) totals.push_back(total);
  std::sort(totals.begin(), totals.end(),
            [](const Total& a, const Total& b) { return std::tie(b.bytes, a.origin) < std::tie(a.bytes, b.origin); });
  std::string text;
  for (const Total& total : totals) {
    text += fmt::format("{} in {} buffer{}: {}\n", bytes_as_text(total.bytes), total.count, total.count == 1 ? "" : "s",
                        total.origin);
  }
  return text;
}

}  // namespace tenon

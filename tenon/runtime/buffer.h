// Device memory with an owner count, and the register of everything that is alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/core/reference.h"
#include "tenon/core/storage.h"

namespace tenon {

class Device;

/// What made a buffer, and where in the program.
class Origin {
 public:
  /// `what` is a few words such as "plan output" or "from host"; longer text is cut.
  Origin(std::string_view what, const std::source_location& where = std::source_location::current())
      : length_(static_cast<std::uint8_t>(what.size() < capacity ? what.size() : capacity)), where_(where) {
    std::memcpy(text_, what.data(), length_);
  }
  Origin(const char* what, const std::source_location& where = std::source_location::current())
      : Origin(std::string_view(what), where) {}

  std::string_view what() const { return {text_, length_}; }
  const std::source_location& where() const { return where_; }

 private:
  static constexpr std::size_t capacity = 47;
  char text_[capacity];
  std::uint8_t length_;
  std::source_location where_;
};

/// Memory on one device. Made by Device::allocate, given back when the last Ref goes.
class Buffer final : public Storage {
 public:
  /// For devices: takes over `data`, which returns to `device` in the destructor.
  Buffer(Device& device, void* data, std::size_t bytes, const Origin& origin);

  /// As asked for. On host devices at least 64 more bytes may be read behind them.
  std::size_t bytes() const { return bytes_; }
  /// 64-byte aligned. Host memory on the devices "cpu", "reference" and "null".
  void* data() const { return data_; }
  Device& device() const { return device_; }
  const Origin& origin() const { return origin_; }

 private:
  ~Buffer() override;

  Device& device_;
  void* data_;
  std::size_t bytes_;
  Origin origin_;
  // Neighbours in the list of live buffers.
  Buffer* previous_ = nullptr;
  Buffer* next_ = nullptr;

  friend class LiveBuffers;
};

/// One live buffer, as it is reported.
struct LiveBuffer {
  std::size_t bytes;
  std::string what;
  std::source_location where;
};

/// Every buffer of the process that has not been given back, oldest first.
std::vector<LiveBuffer> live_buffers();

/// Their number of bytes, without padding.
std::size_t live_bytes();

/// A table of buffers, those of equal origin on one line, largest total first:
///   12.0 MiB in 3 buffers: plan output (train.cpp:41)
std::string to_string(const std::vector<LiveBuffer>& buffers);

}  // namespace tenon

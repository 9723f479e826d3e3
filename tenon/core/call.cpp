#include "tenon/core/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "tenon/core/error.h"
#include "tenon/core/hash.h"

namespace tenon {
namespace {

constexpr int code_bits = 24;
constexpr int greatest_code = (1 << code_bits) - 2;
// Of a function that threw; std::bad_alloc is all that one has reason to.
constexpr int threw = (1 << code_bits) - 1;

std::uint64_t hash_of(const CallDescription& description) {
  std::uint64_t hash = hash_mix(hash_bytes(description.name), hash_bytes(description.source));
  hash = hash_mix(hash, reinterpret_cast<std::uintptr_t>(description.host));
  hash = hash_mix(hash, reinterpret_cast<std::uintptr_t>(description.raise));
  for (const std::int64_t parameter : description.parameters)
    hash = hash_mix(hash, static_cast<std::uint64_t>(parameter));
  return hash;
}

struct Descriptions {
  std::mutex mutex;
  std::deque<CallDescription> all;                               // by number; a deque, because they never move
  std::unordered_multimap<std::uint64_t, std::int64_t> numbers;  // by hash
};
Descriptions& descriptions() {
  static Descriptions& instance = *new Descriptions;
  return instance;
}

}  // namespace

std::int64_t call_number(const CallDescription& description) {
  Descriptions& known = descriptions();
  const std::uint64_t hash = hash_of(description);
  const std::lock_guard lock(known.mutex);
  const auto [first, last] = known.numbers.equal_range(hash);
  for (auto it = first; it != last; ++it)
    if (known.all[static_cast<std::size_t>(it->second)] == description) return it->second;
  const auto number = static_cast<std::int64_t>(known.all.size());
  known.all.push_back(description);
  known.numbers.emplace(hash, number);
  return number;
}

const CallDescription& call_description(std::int64_t number) {
  Descriptions& known = descriptions();
  const std::lock_guard lock(known.mutex);
  return known.all.at(static_cast<std::size_t>(number));
}

CallLayout call_layout(std::span<const CallOperand> operands, int batch_axes) {
  CallLayout layout;
  for (int axis = 0; axis < batch_axes; ++axis) layout.batch *= operands.back().shape[axis];
  for (const CallOperand& operand : operands) {
    std::int64_t elements = 1;
    for (int axis = batch_axes; axis < operand.shape.rank(); ++axis) {
      layout.sizes.push_back(operand.shape[axis]);
      elements *= operand.shape[axis];
    }
    layout.part_elements.push_back(elements);
    layout.element_bytes.push_back(size_of(operand.dtype));
  }
  return layout;
}

void FirstFailure::add(std::int64_t position, int code) {
  const std::int64_t packed = position << code_bits | code;
  std::int64_t least = packed_.load(std::memory_order_relaxed);
  while (packed < least && !packed_.compare_exchange_weak(least, packed, std::memory_order_relaxed)) {
  }
}

std::int64_t FirstFailure::position() const { return packed_.load(std::memory_order_relaxed) >> code_bits; }
int FirstFailure::code() const {
  return static_cast<int>(packed_.load(std::memory_order_relaxed) & ((1 << code_bits) - 1));
}

void call_host(const CallDescription& description, const CallLayout& layout, void* const* buffers, long thread,
               long threads, FirstFailure& failure) noexcept {
  const std::size_t inputs = layout.part_elements.size() - 1;
  const auto part = [&](std::size_t operand, std::int64_t position) {
    const auto bytes = static_cast<std::ptrdiff_t>(layout.element_bytes[operand]);
    return static_cast<std::byte*>(buffers[operand]) + position * layout.part_elements[operand] * bytes;
  };
  for (std::int64_t position = thread; position < layout.batch; position += threads) {
    try {
      const void* parts[16];
      for (std::size_t i = 0; i < inputs; ++i) parts[i] = part(i, position);
      const int code =
          description.host(parts, part(inputs, position), layout.sizes.data(), description.parameters.data());
      if (code != 0) failure.add(position, std::min(code, greatest_code));
    } catch (...) {
      failure.add(position, threw);
    }
  }
}

void throw_call_failure(const CallDescription& description, const CallLayout& layout, const FirstFailure& failure) {
  if (failure.code() == threw) throw DeviceError(fmt::format("{}: out of memory", description.name));
  if (description.raise)
    description.raise({.name = description.name,
                       .position = failure.position(),
                       .batch = layout.batch,
                       .code = failure.code(),
                       .sizes = layout.sizes});
  throw CallError(fmt::format("{}: failed with code {} at position {} of a batch of {}", description.name,
                              failure.code(), failure.position(), layout.batch));
}

}  // namespace tenon

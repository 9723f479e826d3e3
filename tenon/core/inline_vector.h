// A vector of at most N trivially copyable elements, stored in place.
#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <type_traits>

namespace tenon {

/// Fixed capacity, no allocation.
/// Callers that take sizes from users check them against `capacity` before they append.
template <class T, int N>
class InlineVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  static constexpr int capacity = N;

  // Not defaulted: `{}` would set all elements to zero first.
  InlineVector() { clear_head(); }
  InlineVector(std::initializer_list<T> values) : InlineVector() {
    for (const T& value : values) push_back(value);
  }
  explicit InlineVector(std::span<const T> values) : InlineVector() {
    for (const T& value : values) push_back(value);
  }
  InlineVector(const InlineVector& other) : size_(other.size_) { copy_from(other); }
  InlineVector& operator=(const InlineVector& other) {
    size_ = other.size_;
    copy_from(other);
    return *this;
  }
  ~InlineVector() = default;
  InlineVector(int count, T value) : InlineVector() {
    for (int i = 0; i < count; ++i) push_back(value);
  }

  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }
  void push_back(const T& value) {
    assert(size_ < N);
    values_[static_cast<unsigned>(size_++)] = value;
  }
  void pop_back() { --size_; }
  void insert(int position, const T& value) {
    assert(size_ < N);
    const T kept = value;  // may be an element that moves
    for (T* place = end(); place != begin() + position; --place) *place = place[-1];
    values_[static_cast<unsigned>(position)] = kept;
    ++size_;
  }
  void erase(int position) {
    for (T* place = begin() + position; place + 1 != end(); ++place) *place = place[1];
    --size_;
  }

  T& operator[](int i) { return values_[static_cast<unsigned>(i)]; }
  const T& operator[](int i) const { return values_[static_cast<unsigned>(i)]; }
  T& back() { return values_[static_cast<unsigned>(size_ - 1)]; }
  const T& back() const { return values_[static_cast<unsigned>(size_ - 1)]; }
  T* begin() { return values_.data(); }
  T* end() { return values_.data() + size_; }
  const T* begin() const { return values_.data(); }
  const T* end() const { return values_.data() + size_; }

  friend bool operator==(const InlineVector& a, const InlineVector& b) {
    if (a.size_ != b.size_) return false;
    for (unsigned i = 0; i < a.size_; ++i)
      if (!(a.values_[i] == b.values_[i])) return false;
    return true;
  }

 private:
  // The first elements, which always have a value and are copied whether they are in use or not: a copy of known
  // length is two moves. Others are copied only when in use: most of a node's lists are much shorter than they may
  // be, and tracing is bound by memory.
  static constexpr unsigned head_room = 32 / sizeof(T);
  static constexpr unsigned head = !std::is_arithmetic_v<T> ? 0 : head_room < N ? head_room : N;

  void clear_head() {
    if constexpr (head > 0) std::memset(values_.data(), 0, head * sizeof(T));
  }
  void copy_from(const InlineVector& other) {
    if constexpr (head > 0) std::memcpy(values_.data(), other.values_.data(), head * sizeof(T));
    if constexpr (head < N)
      for (unsigned i = head; i < size_; ++i) values_[i] = other.values_[i];
  }
  std::uint8_t size_ = 0;
  std::array<T, N> values_;
};

}  // namespace tenon

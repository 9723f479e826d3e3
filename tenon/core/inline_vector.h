// A vector of at most N trivially copyable elements, stored in place.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
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

  InlineVector() = default;
  InlineVector(std::initializer_list<T> values) {
    for (const T& value : values) push_back(value);
  }
  explicit InlineVector(std::span<const T> values) {
    for (const T& value : values) push_back(value);
  }
  // Only what is in use is copied: most of a node's lists are much shorter than they may be, and tracing is
  // bound by memory.
  InlineVector(const InlineVector& other) : size_(other.size_) { copy_from(other); }
  InlineVector& operator=(const InlineVector& other) {
    size_ = other.size_;
    copy_from(other);
    return *this;
  }
  ~InlineVector() = default;
  InlineVector(int count, T value) {
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
    std::copy_backward(begin() + position, end(), end() + 1);
    values_[static_cast<unsigned>(position)] = value;
    ++size_;
  }
  void erase(int position) {
    std::copy(begin() + position + 1, end(), begin() + position);
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
    return a.size_ == b.size_ && std::equal(a.begin(), a.end(), b.begin());
  }

 private:
  void copy_from(const InlineVector& other) {
    for (unsigned i = 0; i < size_; ++i) values_[i] = other.values_[i];
  }
  std::uint8_t size_ = 0;
  std::array<T, N> values_;
};

}  // namespace tenon

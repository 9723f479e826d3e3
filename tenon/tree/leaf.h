// Leaves: the tensors of a model, and what becomes of each when the model is trained and saved.
//
//   field of a struct            trained   saved
//   Tensor<float, ...>, Array    yes       yes     parameters; of integers or bool: not trained
//   State<Tensor<...>>           no        yes     what a model notes down as it goes: running means, step counts, keys
//   Frozen<Tensor<...>>          no        yes     what nobody changes: pretrained weights, tables
//
// Every other field is configuration (int, double, bool, enum, std::string, ...): no leaf, copied along.
//
// State is what PyTorch calls a buffer. `Buffer` is taken: it is the class of a device's memory (runtime/buffer.h),
// and a template of the same name cannot stand beside it in one namespace.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "tenon/tensor/tensor.h"

namespace tenon {

/// What a leaf is for.
enum class Role : std::uint8_t { parameter, state, frozen };

namespace detail {
template <class T>
inline constexpr bool is_bare_leaf = is_tensor<T> || std::is_same_v<T, Array>;
}

template <class T>
concept TensorOrArray = detail::is_bare_leaf<T>;

/// A tensor (or Array) that is saved and not trained, and which the model may replace: a running mean, a step count.
/// It derives from its tensor, so that ops take it as they take the tensor; a tensor of the same type is assigned to
/// it.
template <TensorOrArray T>
class State : public T {
 public:
  using Value = T;
  using T::T;
  State() = default;
  State(const T& value) : T(value) {}
  State(T&& value) : T(std::move(value)) {}
};

/// A tensor (or Array) that is saved and neither trained nor differentiated. Otherwise as State.
template <TensorOrArray T>
class Frozen : public T {
 public:
  using Value = T;
  using T::T;
  Frozen() = default;
  Frozen(const T& value) : T(value) {}
  Frozen(T&& value) : T(std::move(value)) {}
};

template <TensorOrArray T>
inline constexpr bool is_tensor<State<T>> = is_tensor<T>;
template <TensorOrArray T>
inline constexpr bool is_tensor<Frozen<T>> = is_tensor<T>;

/// Whether X is a leaf: a Tensor or an Array, or State or Frozen of one.
template <class X>
inline constexpr bool is_leaf = detail::is_bare_leaf<X>;
template <TensorOrArray T>
inline constexpr bool is_leaf<State<T>> = true;
template <TensorOrArray T>
inline constexpr bool is_leaf<Frozen<T>> = true;

template <class X>
concept LeafType = is_leaf<X>;

/// What a leaf of type X is for; a parameter of integers is not trained all the same.
template <LeafType X>
inline constexpr Role role_of = Role::parameter;
template <TensorOrArray T>
inline constexpr Role role_of<State<T>> = Role::state;
template <TensorOrArray T>
inline constexpr Role role_of<Frozen<T>> = Role::frozen;

/// Whether a leaf is trained: a floating Tensor, or an Array that has a floating value.
template <LeafType X>
bool is_parameter(const X& leaf) {
  if constexpr (role_of<X> != Role::parameter)
    return false;
  else if constexpr (is_tensor<X>)
    return is_floating(X::dtype);
  else
    return leaf && is_floating(leaf.dtype());
}

namespace detail {

// Whether a leaf of type X may be trained.
template <class X>
constexpr bool may_be_parameter() {
  if constexpr (role_of<X> != Role::parameter)
    return false;
  else if constexpr (is_tensor<X>)
    return is_floating(X::dtype);
  else
    return true;
}

template <LeafType X>
const Array& array_of(const X& leaf) {
  return leaf;
}
// For those who put back an array that fits: a leaf that is not const holds an Array that is not const, which its type
// otherwise guards.
template <LeafType X>
Array& array_of(X& leaf) {
  return const_cast<Array&>(array_of(std::as_const(leaf)));
}

}  // namespace detail

}  // namespace tenon

// Variables that gather gradients, for those who are used to loss.backward() and w.grad.
//
//   Variable w(normal(...));
//   for (...) {
//     const Array loss = mse_loss(matmul(x, w), y);
//     backward(loss, {w});
//     w.assign(w - 0.1 * w.grad());
//     w.zero_grad();
//   }
//
// An Array is a value, and every expression knows what it was computed from, so that there is no tape that could be
// switched on or off: backward names the variables, and what is never differentiated costs nothing. `no_grad` is for
// the other use of PyTorch's, to keep a gradient out of a part of what is differentiated. What depends on a Variable
// still knows how it was computed after its value was asked for, until backward has used it or all its variables have
// new values or are gone. The identity that accumulation needs is that of the Variable as an object, which therefore
// cannot be copied.
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>

#include "tenon/array/elementwise.h"
#include "tenon/graph/recording.h"

namespace tenon {

/// A floating array with a gradient beside it. Wherever an Array is taken, it is its present value.
class Variable : public Array {
 public:
  /// Throws GradientError for an array that is not floating.
  explicit Variable(const Array& value, std::source_location where = std::source_location::current());
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  Variable(Variable&&) noexcept = default;
  Variable& operator=(Variable&&) noexcept = default;
  ~Variable() = default;

  const Array& value() const { return *this; }
  /// Replaces the value, which is computed now. Throws ShapeError or DTypeError unless it is like the one before.
  void assign(const Array& value, std::source_location where = std::source_location::current());

  bool has_grad() const { return static_cast<bool>(gradient_); }
  /// The sum of what backward has brought since zero_grad, in the type and shape of the value. Throws GradientError
  /// when that was nothing.
  const Array& grad(std::source_location where = std::source_location::current()) const;
  void zero_grad() { gradient_ = {}; }

 private:
  friend void backward(const Array& loss, std::span<Variable* const> variables, std::source_location where);
  Recording recording_;
  Array gradient_;
};

/// f(), an Array, as a constant: gradients do not see what it was computed from.
///
///   const Array target = no_grad([&] { return teacher(x); });
template <class F>
  requires std::convertible_to<std::invoke_result_t<F>, Array>
Array no_grad(F&& f) {
  return stop_gradient(std::forward<F>(f)());
}

/// Adds the gradient of a floating scalar to that of each variable. Loss and gradients are computed now, together:
/// asking for the loss before costs computing it twice. As in PyTorch there is one backward for each loss. A variable
/// that was assigned after the loss was written down gets zeros: the loss does not depend on its new value. For
/// functions that are compiled, `grad` and `value_and_grad` are the means. Throws as `grad`.
void backward(const Array& loss, std::span<Variable* const> variables,
              std::source_location where = std::source_location::current());
void backward(const Array& loss, std::initializer_list<std::reference_wrapper<Variable>> variables,
              std::source_location where = std::source_location::current());

}  // namespace tenon

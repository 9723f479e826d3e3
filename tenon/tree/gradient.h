// Gradients of functions of models: a gradient is a model too.
//
//   auto [loss, gradient] = value_and_grad([&](const Mlp& m) { return mse_loss(m(x), y); })(model);
#pragma once

#include <source_location>
#include <string_view>

#include "tenon/array/gradient.h"
#include "tenon/tree/tree.h"

namespace tenon {

/// What f returned, and the gradient of the loss with respect to the trained leaves of its first argument. The other
/// leaves of `gradient` have no value; its configuration is that of the model.
template <class Value, class Model>
struct ValueAndGradient {
  Value value;
  Model gradient;
};

namespace detail {

// The first part of what a function returned, which is to be a floating scalar: const Array&. The type is deduced so
// that compilers look inside at once, and show the user's call beside an error.
template <class Value>
decltype(auto) loss_of(const Value& value) {
  if constexpr (std::is_same_v<Value, Array>) {
    return array_of(value);
  } else if constexpr (is_tensor<Value>) {
    static_assert(Value::rank == 0 && is_floating(Value::dtype),
                  "value_and_grad: the loss is no floating scalar; reduce it by mean or sum");
    return array_of(value);
  } else if constexpr (kind_of<Value>() == TreeKind::tuple) {
    return loss_of(std::get<0>(value));
  } else if constexpr (kind_of<Value>() == TreeKind::structure) {
    return loss_of(field_at<0>(fields_of(value)));
  } else {
    static_assert(is_tensor<Value>,
                  "value_and_grad: the function returns a loss, or a tuple or struct that begins with one");
    static const Array none;
    return array_of(none);
  }
}

// A variable for each trained leaf. Throws ValueError, in the name of `op`, that names a leaf without a value.
std::vector<Array> variables_of(AnyTree model, std::string_view op = "value_and_grad");

enum class Others { keep, empty };

// Puts these arrays, which fit, in place of the trained leaves.
void set_variables(AnyTree model, std::span<const Array> variables, Others others);

template <class Model>
Model with_variables(const Model& model, std::span<const Array> variables, Others others) {
  Model result = model;
  set_variables(result, variables, others);
  return result;
}

template <class F>
struct ValueAndGrad {
  F f;
  std::source_location where;

  template <class Model, class... More>
  auto operator()(const Model& model, const More&... more) const {
    static_assert(holds_leaves<Model>, "value_and_grad: the first argument has no tensors to differentiate by");
    using Value = std::remove_cvref_t<std::invoke_result_t<const F&, const Model&, const More&...>>;
    const std::vector<Array> variables = variables_of(model);
    const Recording recording = record(variables);
    Value value = f(with_variables(model, variables, Others::keep), more...);
    const std::vector<Array> gradients = tenon::grad(loss_of(value), std::span<const Array>(variables), where);
    return ValueAndGradient<Value, Model>{std::move(value), with_variables(model, gradients, Others::empty)};
  }
};

template <class F>
struct Grad {
  ValueAndGrad<F> value_and_grad;

  template <class Model, class... More>
  Model operator()(const Model& model, const More&... more) const {
    return value_and_grad(model, more...).gradient;
  }
};

template <class F>
struct HessianVectorProduct {
  F f;
  std::source_location where;

  template <class Model, class... More>
  Model operator()(const Model& model, const Model& vector, const More&... more) const {
    static_assert(holds_leaves<Model>, "hessian_vector_product: the first argument has no tensors to differentiate by");
    const std::vector<Array> variables = variables_of(model, "hessian_vector_product"),
                             vectors = variables_of(vector, "hessian_vector_product");
    const Recording recording = record(variables);
    const auto value = f(with_variables(model, variables, Others::keep), more...);
    const std::vector<Array> gradients = tenon::grad(loss_of(value), std::span<const Array>(variables), where);
    return with_variables(model, vjp(gradients, vectors, variables, where), Others::empty);
  }
};

}  // namespace detail

/// A function of (model, more...) that returns {value, gradient}: f(model, more...) and the gradient of its loss with
/// respect to the trained leaves of the model (leaf.h), in a struct of the model's own type. f returns the loss, a
/// floating scalar, or a pair, tuple or struct whose first part is the loss; all of it is the value. The model is any
/// tree. f may ask for values on the way. Calling it throws ValueError that names a leaf without a value, and
/// GradientError for a loss that is no floating scalar or an op that has no gradient.
template <class F>
auto value_and_grad(F f, std::source_location where = std::source_location::current()) {
  return detail::ValueAndGrad<F>{std::move(f), where};
}

/// The same, and only the gradient is returned.
template <class F>
auto grad(F f, std::source_location where = std::source_location::current()) {
  return detail::Grad<F>{{std::move(f), where}};
}

/// A function of (model, vector, more...) that returns the second derivatives of f's loss with respect to the trained
/// leaves of the model, times the trained leaves of `vector`, a tree like the model: in the model's type, as a
/// gradient. It costs about two gradients. Throws as value_and_grad, and ShapeError, DTypeError or ValueError when the
/// two trees do not fit.
template <class F>
auto hessian_vector_product(F f, std::source_location where = std::source_location::current()) {
  return detail::HessianVectorProduct<F>{std::move(f), where};
}

}  // namespace tenon

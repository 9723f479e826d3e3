#include "tenon/array/variable.h"

#include "tenon/array/functions.h"
#include "tenon/array/gradient.h"
#include "tenon/graph/build_check.h"

namespace tenon {

Variable::Variable(const Array& value, std::source_location where)
    : Array(value), recording_(std::span(&node_ref(), 1)) {
  const WhereScope scope(where);
  if (!is_floating(value.dtype()))
    build::fail<GradientError>("Variable: {} has no gradients; cast it to a floating type",
                               build::describe(value.node()));
}

void Variable::assign(const Array& value, std::source_location where) {
  const WhereScope scope(where);
  if (value.dtype() != dtype())
    build::fail<DTypeError>("assign: the variable is {}, the new value {}; cast it", build::describe(node()),
                            build::describe(value.node()));
  if (!(value.shape() == shape()))
    build::fail<ShapeError>("assign: the variable is {}, the new value {}; they must have one shape",
                            build::describe(node()), build::describe(value.node()));
  eval(value);
  forget_history(std::span(&value.node_ref(), 1));
  static_cast<Array&>(*this) = value;
  recording_ = Recording(std::span(&node_ref(), 1));
}

const Array& Variable::grad(std::source_location where) const {
  const WhereScope scope(where);
  if (!gradient_)
    build::fail<GradientError>("grad: the variable {} has no gradient yet; call backward first",
                               build::describe(node()));
  return gradient_;
}

void backward(const Array& loss, std::span<Variable* const> variables, std::source_location where) {
  std::vector<Array> values;
  for (const Variable* variable : variables) values.push_back(*variable);
  std::vector<Array> computed = grad(loss, std::span<const Array>(values), where);
  for (std::size_t i = 0; i < variables.size(); ++i)
    if (variables[i]->has_grad()) computed[i] = variables[i]->gradient_ + computed[i];
  computed.push_back(loss);
  eval(std::span<const Array>(computed));
  forget_history(detail::nodes_of(computed));
  for (std::size_t i = 0; i < variables.size(); ++i) variables[i]->gradient_ = computed[i];
}

void backward(const Array& loss, std::initializer_list<std::reference_wrapper<Variable>> variables,
              std::source_location where) {
  std::vector<Variable*> pointers;
  for (Variable& variable : variables) pointers.push_back(&variable);
  backward(loss, std::span<Variable* const>(pointers), where);
}

}  // namespace tenon

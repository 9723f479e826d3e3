#include "tenon/array/derivatives.h"

#include "tenon/array/diagonal.h"
#include "tenon/array/gradient.h"
#include "tenon/array/movement.h"
#include "tenon/array/vmap.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/substitute.h"

namespace tenon {
namespace {

void check_floating(std::string_view op, const Array& output) {
  if (!is_floating(output.dtype()))
    build::fail<GradientError>("{}: the function returned {}; only floating values have derivatives", op,
                               build::describe(output.node()));
}

// One vector for each array, which fits it.
void check_vectors(std::string_view op, std::span<const Array> x, std::span<const Array> vectors) {
  if (x.size() != vectors.size())
    build::fail<ValueError>("{}: {} arrays but {} vectors to multiply by; give one for each", op, x.size(),
                            vectors.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Node &array = x[i].node(), &vector = vectors[i].node();
    if (array.dtype != vector.dtype)
      build::fail<DTypeError>("{}: array {} is {}, the vector for it {}; cast it", op, i, build::describe(array),
                              build::describe(vector));
    if (!(array.shape == vector.shape))
      build::fail<ShapeError>("{}: array {} is {}, the vector for it {}; they must have one shape", op, i,
                              build::describe(array), build::describe(vector));
  }
}

}  // namespace

detail::Tangents detail::jvp(const std::function<std::vector<Array>(const std::vector<Array>&)>& f,
                             std::span<const Array> primals, std::span<const Array> tangents,
                             const std::source_location& where) {
  {
    const WhereScope scope(where);
    check_vectors("jvp", primals, tangents);
  }
  const std::vector<Array> variables = independent(primals);
  const Recording recording = record(variables);
  Tangents result{.values = f(variables), .tangents = {}};

  const WhereScope scope(where);
  std::vector<Array> cotangents;
  for (const Array& value : result.values) {
    check_floating("jvp", value);
    cotangents.emplace_back(make_stand_in(value.dtype(), value.shape()));
  }
  const std::vector<Array> gradients = vjp(result.values, cotangents, variables, where);
  result.tangents = vjp(gradients, tangents, cotangents, where);
  if (depends(nodes_of(result.tangents), nodes_of(cotangents)))
    build::fail<GradientError>(
        "jvp: the backward of a custom function is not linear in its cotangents, so that there is no forward mode; "
        "differentiate it in reverse");
  return result;
}

Array detail::jacobian(const std::function<Array(const Array&)>& f, const Array& x, const std::source_location& where) {
  const Array variable = independent(std::span(&x, 1)).front();
  const Recording recording = record(std::span(&variable, 1));
  const Array y = f(variable);

  const WhereScope scope(where);
  check_floating("jacobian", y);
  Dims dims = y.shape();
  if (y.rank() + x.rank() > max_rank)
    build::fail<ShapeError>("jacobian: {} by {} has more than {} axes; flatten them first", to_string(y.shape()),
                            to_string(x.shape()), max_rank);
  for (const std::int64_t size : x.shape()) dims.push_back(size);
  // Row i of the identity is the cotangent that asks for output i.
  const Array rows = reshape(eye(y.elements(), y.elements(), 0, y.dtype()), Shape{y.elements(), y.elements()});
  const Array jacobian_rows = tenon::vmap([&](const Array& row) {
    const Array cotangent = reshape(row, y.shape());
    return vjp(std::span(&y, 1), std::span(&cotangent, 1), std::span(&variable, 1)).front();
  })(rows);
  return reshape(jacobian_rows, Shape(dims));
}

Array detail::hessian(const std::function<Array(const Array&)>& f, const Array& x, const std::source_location& where) {
  return jacobian([&](const Array& at) { return grad(f(at), {at}, where).front(); }, x, where);
}

std::vector<Array> detail::hessian_vector_product(const std::function<Array(const std::vector<Array>&)>& f,
                                                  std::span<const Array> x, std::span<const Array> v,
                                                  const std::source_location& where) {
  {
    const WhereScope scope(where);
    check_vectors("hessian_vector_product", x, v);
  }
  const std::vector<Array> variables = independent(x);
  const Recording recording = record(variables);
  // The Hessian is symmetric: v times it is it times v.
  return vjp(grad(f(variables), variables, where), v, variables, where);
}

}  // namespace tenon

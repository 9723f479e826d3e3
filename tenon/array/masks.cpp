#include "tenon/array/masks.h"

#include <algorithm>

#include "tenon/array/elementwise.h"
#include "tenon/array/lookup.h"
#include "tenon/array/movement.h"
#include "tenon/array/operand.h"
#include "tenon/graph/build.h"
#include "tenon/graph/build_check.h"

namespace tenon {

using build::describe;
using build::fail;

std::vector<Array> nonzero(const Array& x, std::source_location where) {
  const WhereScope scope(where);
  if (x.rank() == 0) fail<ShapeError>("nonzero: {} has no axes; reshape it to [1]", describe(x.node()));
  std::vector<std::uint8_t> holds(static_cast<std::size_t>(x.elements()));
  astype(x, DType::boolean).copy_to(holds.data());
  std::vector<std::vector<std::int64_t>> found(static_cast<std::size_t>(x.rank()));
  const Dims strides = strides_of(x.shape());
  for (std::size_t element = 0; element < holds.size(); ++element) {
    if (holds[element] == 0) continue;
    auto rest = static_cast<std::int64_t>(element);
    for (int axis = 0; axis < x.rank(); ++axis) {
      found[static_cast<std::size_t>(axis)].push_back(rest / strides[axis]);
      rest %= strides[axis];
    }
  }
  std::vector<Array> positions;
  for (const std::vector<std::int64_t>& axis : found)
    positions.push_back(Array::from(axis, {static_cast<std::int64_t>(axis.size())}));
  return positions;
}

Array masked_select(const Array& x, const Array& mask, std::source_location where) {
  const WhereScope scope(where);
  if (mask.dtype() != DType::boolean)
    fail<DTypeError>("masked_select: the mask is {}, it must be bool", describe(mask.node()));
  const Shape shape = broadcast_shape("masked_select", x.shape(), mask.shape());
  const std::int64_t elements = shape.elements();
  const Array flat = reshape(broadcast_to(x, shape), {elements}),
              holds = reshape(broadcast_to(mask, shape), {elements});
  return index(flat, nonzero(holds));
}

namespace detail {

std::vector<Array> positions_of_mask(std::string_view op, const Array& x, int axis, const Array& mask) {
  bool fits = mask.rank() > 0 && axis + mask.rank() <= x.rank();
  for (int i = 0; fits && i < mask.rank(); ++i) fits = mask.shape()[i] == x.shape()[axis + i];
  if (!fits)
    fail<ShapeError>("{}: the mask {} does not fit the axes of {} from {} on, which it stands for", op,
                     describe(mask.node()), describe(x.node()), axis);
  return nonzero(mask);
}

std::vector<Array> without_masks(std::string_view op, const Array& x, std::span<const Array> indices) {
  std::vector<Array> all;
  for (const Array& one : indices) {
    if (one.dtype() != DType::boolean) {
      all.push_back(one);
      continue;
    }
    for (Array& positions : positions_of_mask(op, x, static_cast<int>(all.size()), one))
      all.push_back(std::move(positions));
  }
  return all;
}

}  // namespace detail
}  // namespace tenon

#include "tenon/nn/rotary.h"

#include <cmath>

#include "tenon/array/create.h"
#include "tenon/graph/build_check.h"

namespace tenon {

Array rotary(const Array& x, int time_axis, double base, std::int64_t first, std::source_location where) {
  const WhereScope scope(where);
  const int time = build::placed_axis("rotary", x.shape(), time_axis);
  if (time == x.rank() - 1 || x.size(-1) % 2 != 0)
    build::fail<ShapeError>("rotary: {} with positions along axis {}; the last axis is another one, of even size",
                            build::describe(x.node()), time_axis);
  if (x.rank() == max_rank)
    build::fail<ShapeError>("rotary: {} has {} axes; at most {} are taken", build::describe(x.node()), max_rank,
                            max_rank - 1);
  if (!is_floating(x.dtype()))
    build::fail<DTypeError>("rotary: {} is not floating; convert it with astype", build::describe(x.node()));
  const std::int64_t pairs = x.size(-1) / 2;

  // Halves as an axis: [..., 2, pairs]; the angles: [time, 1..., pairs].
  Shape halves = x.shape(), angle_shape{x.size(time)};
  halves[x.rank() - 1] = 2;
  halves.push_back(pairs);
  for (int axis = time + 1; axis < x.rank(); ++axis) angle_shape.push_back(1);
  angle_shape.push_back(pairs);
  const Array frequency =
      exp(arange(pairs, x.dtype()) * (pairs == 0 ? 0 : -std::log(base) / static_cast<double>(pairs)));
  const Array position = unsqueeze(arange(first, first + x.size(time), 1, x.dtype()), 1);
  const Array angle = reshape(position * frequency, angle_shape);

  // (a, b) -> (a cos - b sin, b cos + a sin)
  const Array pair = reshape(x, halves);
  const Array sign = reshape(arange(2, x.dtype()) * 2 - 1, {2, 1});  // -1 of the first half, 1 of the second
  return reshape(pair * cos(angle) + flip(pair, -2) * (sin(angle) * sign), x.shape());
}

}  // namespace tenon

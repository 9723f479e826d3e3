#include "tenon/nn/random_state.h"

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/graph/build.h"
#include "tenon/graph/build_check.h"
#include "tenon/tensor/elementwise.h"

namespace tenon {

Array fold_in(const Array& key, const Array& index, std::source_location where) {
  const WhereScope scope(where);
  if (key.dtype() != DType::u32 || !(key.shape() == Shape{2}))
    build::fail<ShapeError>("fold_in: the key is {}, it must be uint32 [2]", build::describe(key.node()));
  if (index.dtype() != DType::u32 || index.rank() != 0)
    build::fail<ShapeError>("fold_in: the index is {}, it must be a uint32 scalar", build::describe(index.node()));
  constexpr std::int64_t increment = 0x9E3779B9;
  const Array first = broadcast_to(narrow(key, 0, 0, 1), {2});
  const Array second = narrow(key, 0, 1, 1) + arange(2, DType::u32) * increment;  // [2]
  const NodeRef operands[] = {first.node_ref(), second.node_ref(), broadcast_to(index, {2}).node_ref()};
  return Array(build::elementwise(Scalar::random_bits, operands));
}

RandomKey fold_in(const RandomKey& key, std::uint32_t index, std::source_location where) {
  return RandomKey::unchecked(fold_in(key.array(), full({}, index, DType::u32, where), where));
}

RandomKey RandomState::next(std::source_location where) {
  RandomKey drawn = fold_in(key, step, where);
  step += 1;
  return drawn;
}

void RandomState::initialize(Rng& rng, const AxisSizes&) {
  key = RandomKey::unchecked(rng.next_key());
  step = Tensor<std::uint32_t>(0u);
}

}  // namespace tenon

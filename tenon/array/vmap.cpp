#include "tenon/array/vmap.h"

#include "tenon/autograd/batch.h"
#include "tenon/graph/build_check.h"

namespace tenon::detail {

std::vector<Array> vmap(const std::function<std::vector<Array>(const std::vector<Array>&)>& f,
                        std::span<const Array> arguments, const std::source_location& where) {
  std::vector<Array> stand_ins;
  {
    const WhereScope scope(where);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const Array& x = arguments[i];
      if (x.rank() == 0)
        build::fail<ShapeError>("vmap: argument {} is {}; it has no axis of examples", i, build::describe(x.node()));
      if (x.shape()[0] != arguments[0].shape()[0])
        build::fail<ShapeError>("vmap: argument 0 is {} and argument {} is {}; they must have as many examples",
                                build::describe(arguments[0].node()), i, build::describe(x.node()));
      Shape example;
      for (int axis = 1; axis < x.rank(); ++axis) example.push_back(x.shape()[axis]);
      stand_ins.emplace_back(make_stand_in(x.dtype(), example));
    }
  }
  const std::vector<Array> results = f(stand_ins);
  const WhereScope scope(where);  // the ops of f keep their own places
  return arrays_of(batch(nodes_of(results), nodes_of(stand_ins), nodes_of(arguments), arguments[0].shape()[0]));
}

}  // namespace tenon::detail

#include "tenon/array/complex.h"

#include "tenon/array/join.h"
#include "tenon/array/movement.h"
#include "tenon/graph/build_check.h"

namespace tenon {

using build::describe;
using build::fail;

Array view_as_real(const Complex<Array>& x, std::source_location where) {
  const WhereScope scope(where);
  if (!(x.real.shape() == x.imag.shape()))
    fail<ShapeError>("view_as_real: real {} and imag {} differ in shape", describe(x.real.node()),
                     describe(x.imag.node()));
  return stack({x.real, x.imag}, -1);
}

Complex<Array> view_as_complex(const Array& x, std::source_location where) {
  const WhereScope scope(where);
  if (x.rank() == 0 || x.size(-1) != 2)
    fail<ShapeError>("view_as_complex: {}; the last axis must hold real and imaginary part", describe(x.node()));
  return {select(x, -1, 0), select(x, -1, 1)};
}

}  // namespace tenon

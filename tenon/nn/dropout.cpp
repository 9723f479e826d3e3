#include "tenon/nn/dropout.h"

#include <cmath>

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/graph/build_check.h"

namespace tenon {

Array dropout(const Array& x, double rate, const Array& key, std::source_location where) {
  const WhereScope scope(where);
  if (!(rate >= 0 && rate <= 1)) build::fail<ValueError>("dropout: rate {} is not in [0, 1]", rate);
  if (!is_floating(x.dtype()))
    build::fail<DTypeError>("dropout: {} is not floating; convert it with astype", build::describe(x.node()));
  const double threshold = std::round(rate * 0x1p32);
  if (threshold == 0) return x;
  if (threshold == 0x1p32) return zeros(x.shape(), x.dtype());
  const Array keep = random_bits(key, x.shape()) >= static_cast<std::int64_t>(threshold);
  return tenon::where(keep, x * (1 / (1 - rate)), 0);
}

Array Dropout::operator()(const Array& x, std::source_location where) const {
  TrainingScope* const training = TrainingScope::current();
  return training == nullptr || rate == 0 ? x : dropout(x, rate, training->next_key(where), where);
}

}  // namespace tenon

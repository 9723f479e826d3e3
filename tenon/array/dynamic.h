// Axes whose sizes are known at run time only: kernels take them as arguments.
#pragma once

#include <source_location>

#include "tenon/array/array.h"

namespace tenon {

/// `x` with axes declared dynamic: they will have other sizes in other calls. x is computed if it has no value yet.
///
///   Array tokens = dynamic(Array::from(ids, {count}), 0);
///
/// A compiled function (compile.h) that gets such an argument is compiled once, with these sizes as arguments of its
/// kernels; calls with other sizes trace it and compile nothing. (To learn what varies, it is traced once more for
/// sizes five times as large. If the function throws for those, its second size is the one to learn from.) Without
/// `compile`, the first evaluation is compiled for its sizes, the second one, for other sizes, with sizes as arguments,
/// and further ones compile nothing. What is computed from dynamic arrays is dynamic where it has one of their sizes.
///
/// Sizes that are special may make kernels of their own, compiled when they are first met: 1, which stands for
/// repetition in shapes; a size that happens to equal another one, so that two loops become one. Kernels for any size
/// are somewhat slower than those for one.
///
/// Throws ShapeError for an axis that is not there.
Array dynamic(const Array& x, const Axes& axes = {}, std::source_location where = std::source_location::current());

}  // namespace tenon

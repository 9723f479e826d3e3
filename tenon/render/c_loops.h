// Loop programs as C: elementwise kernels, reductions, row programs, scatters.
#pragma once

#include <cstddef>
#include <string>

#include "tenon/kernel/kernel.h"

namespace tenon {

/// A kernel whose body is a LoopProgram as one C function:
///   void NAME(const tenon_arguments* arguments, long thread, long threads, void* scratch, tenon_barrier*
///   barrier)
/// to be put behind the ABI declarations and `c_prelude_text()`. Equal kernels give equal texts, but for the
/// name.
///
/// The parallel loop of a stage is cut into one contiguous range for each thread; a stage without one runs on
/// thread 0. Values that do not change in a simd loop are computed in front of it. The values of neighbouring
/// stores are computed before the first of them is written, so a buffer may be written in place over one that
/// is read at the same index.
///
/// Sums run in as many lanes as the compiler's vectors have, so their bits depend on compiler and processor
/// but not on the number of threads. Maxima and minima are exact, and NaN when an operand is. Throws
/// InternalError when the body is no LoopProgram.
std::string render_loops_c(const Kernel& kernel);

/// Bytes of scratch memory that each thread needs: local arrays beyond what fits on the stack.
std::size_t loops_scratch_bytes(const Kernel& kernel);

}  // namespace tenon

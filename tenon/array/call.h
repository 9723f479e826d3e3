// Functions of the user's own as ops: C source, compiled beside our kernels, and functions of the host program.
//
//   // x [n], scale [n] -> y [n]
//   const UserKernel scaled = c_kernel("scaled", R"(
//     static void scaled(const float* x, const float* scale, float* y, const long* sizes) {
//       for (long i = 0; i < sizes[0]; ++i) y[i] = x[i] * scale[i];
//     }
//   )");
//   const Array y = scaled({x, scale}, DType::f32, x.shape());
//
// Such a call has no gradient until custom_function gives it one (custom_function.h); the gradient may be a call again.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "tenon/array/array.h"
#include "tenon/core/call.h"

namespace tenon {

/// A function that may be called in the graph; see c_kernel and host_kernel.
class UserKernel {
 public:
  explicit UserKernel(const CallDescription& description);

  /// One output of this element type and shape. The inputs reach the function dense and row-major, whatever they are
  /// computed from.
  ///
  /// The first `batch_axes` axes are a batch: all inputs and the output have them, with equal sizes, and the function
  /// is called for each position in them, with pointers to that position's parts and the sizes of the axes behind.
  /// Threads share the positions out; a call without a batch runs on one. `vmap` makes its examples a batch.
  ///
  /// Throws ValueError for more than 6 inputs and ShapeError for unequal batch axes; when it is evaluated, CompileError
  /// with what the compiler says of the source, CallError for a function without a result.
  Array operator()(std::span<const Array> inputs, DType dtype, const Sizes& shape, int batch_axes = 0,
                   std::source_location where = std::source_location::current()) const;
  Array operator()(std::initializer_list<Array> inputs, DType dtype, const Sizes& shape, int batch_axes = 0,
                   std::source_location where = std::source_location::current()) const {
    return (*this)(std::span(inputs.begin(), inputs.size()), dtype, shape, batch_axes, where);
  }

 private:
  std::int64_t number_;
};

/// The function `name` of a text in C (gnu11, with optimisation for this machine), which must be
///
///   static void NAME(const X0* x0, ..., const Xn* xn, Y* y, const long* sizes)
///
/// with the C types of the inputs' and the output's elements (unsigned char for bool, unsigned short for the bits of
/// 16-bit floats). It writes all of y, and gives the same for the same inputs. `sizes` holds the sizes of the axes of
/// x0, then of x1, and so on, then of y, so that one text serves all shapes; it is compiled once for a combination of
/// element types, and kept on disk as all kernels are. The text may include headers and define helpers and macros of
/// any name; it sees the C library and libm. A header of the user's that changes does not make it new, its text does.
/// Definitions of another type do not compile.
///
/// `reference`: the same on the host, for the device "reference", which compiles nothing. Throws ValueError when the
/// name is no C identifier.
UserKernel c_kernel(std::string_view name, std::string_view source, HostFunction reference = nullptr,
                    std::source_location where = std::source_location::current());

/// A function of the host program (core/call.h) with numbers of its own: a library's routine, say. It is told from
/// others by its address and the numbers, so it holds no state. `raise` throws what its codes mean; without, CallError
/// names the function and the code.
UserKernel host_kernel(std::string_view name, HostFunction function, std::vector<std::int64_t> parameters = {},
                       void (*raise)(const CallFailure& failure) = nullptr,
                       std::source_location where = std::source_location::current());

}  // namespace tenon

// How many kernels a Fourier transform becomes.
#include "tenon/array/fft.h"

#include <gtest/gtest.h>

#include "tenon/graph/graph.h"
#include "tenon/runtime/device.h"
#include "tenon/schedule/schedule.h"

namespace tenon {
namespace {

// A leaf without contents, on the device that launches nothing.
Array leaf(const Shape& shape) {
  Device& device = find_device("null");
  const Ref<Buffer> buffer = device.allocate(static_cast<std::size_t>(shape.elements()) * 4, "test");
  return Array(make_leaf(DType::f32, shape, Ref<const Storage>(buffer.get())));
}

std::size_t kernels_of(const std::vector<Array>& outputs) {
  std::vector<NodeRef> nodes;
  for (const Array& output : outputs) nodes.push_back(output.node_ref());
  const std::lock_guard lock(graph_mutex());
  const Schedule schedule = make_schedule(trace(nodes).graph);
  verify(schedule);
  return schedule.kernels.size();
}

TEST(FftSchedule, OneMatrixIsOneContraction) {
  const Complex<Array> y = rfft(leaf({256, 32}));
  // The matrix, the product, and its two parts.
  EXPECT_EQ(kernels_of({y.real, y.imag}), 3u);
}

TEST(FftSchedule, TwoFactorsAreTwoContractions) {
  const Complex<Array> half = rfft(leaf({256, 1024})), all = fft(Complex<Array>{leaf({256, 1024}), leaf({256, 1024})});
  // Matrices and twiddle factors, a product, the turn, a product, the results.
  EXPECT_EQ(kernels_of({half.real, half.imag}), 5u);
  // Before them: both parts side by side.
  EXPECT_EQ(kernels_of({all.real, all.imag}), 6u);
}

}  // namespace
}  // namespace tenon

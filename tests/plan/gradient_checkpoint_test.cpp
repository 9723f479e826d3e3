// Recomputation takes less memory: arenas of plans, on a device that runs nothing.
#include "tenon/array/gradient_checkpoint.h"

#include <gtest/gtest.h>

#include "tenon/array/compile.h"
#include "tenon/array/ops.h"
#include "tenon/plan/executable.h"
#include "tenon/runtime/device.h"

namespace tenon {
namespace {

using Arrays = std::vector<Array>;

class GradientCheckpoint : public ::testing::Test {
 protected:
  GradientCheckpoint() { set_default_device(find_device("null")); }
  ~GradientCheckpoint() override { set_default_device(find_device("cpu")); }

  // One gradient step of 16 layers [1024, 256] -> [1024, 256], four to a segment.
  static CompiledStep step_of(bool recompute) {
    return compile([recompute](std::span<const Array> state, std::span<const Array> arguments) {
      const auto loss_of = [&](const Arrays& w) {
        Array h = arguments[0];
        for (std::size_t first = 0; first < w.size(); first += 4) {
          const auto segment = [&](const Arrays& x) {
            Array y = x[0];
            for (std::size_t i = first; i < first + 4; ++i) y = tanh(matmul(y, w[i]));
            return y;
          };
          h = recompute ? checkpoint(segment, {h}) : segment({h});
        }
        return mean(square(h));
      };
      const auto [loss, slopes] = value_and_grad(loss_of, state);
      Arrays next;
      for (std::size_t i = 0; i < state.size(); ++i) next.push_back(state[i] - 0.1 * slopes[i]);
      return StepResult{.state = next, .results = {loss}};
    });
  }
  static std::size_t arena_of(bool recompute) {
    const Arrays weights(16, zeros({256, 256})), x{zeros({1024, 256})};
    return step_of(recompute).prepare(weights, x).plan().memory().arena_bytes;
  }
};

// Kept: 16 values of 1 MiB. Recomputed: the inputs of 3 segments and the 4 values of the present one. One or two for
// the gradient on its way in both cases.
TEST_F(GradientCheckpoint, NeedsTheMemoryOfOneSegmentAndOfTheOthersInputs) {
  constexpr std::size_t mebibyte = 1 << 20;
  const std::size_t kept = arena_of(false), recomputed = arena_of(true);
  EXPECT_GE(kept, 16 * mebibyte);
  EXPECT_LE(recomputed, 10 * mebibyte) << "kept: " << kept;
}

}  // namespace
}  // namespace tenon

// The kernels of layers and of their gradients, on a device that launches nothing.
#include "tenon/plan/executable.h"
#include "tenon/runtime/device.h"
#include "tenon/tree/compile.h"
#include "tenon/tree/gradient.h"
#include "tests/nn/helpers.h"

namespace tenon::testing {
namespace {

using X = Tensor<float, "batch", "time", 128>;
constexpr std::int64_t batch = 4, time = 64;
constexpr int heads = 4;

class NnSchedule : public ::testing::Test {
 protected:
  NnSchedule() { set_default_device(find_device("null")); }
  ~NnSchedule() override { set_default_device(find_device("cpu")); }

  // Of a layer's value and gradient, in training.
  template <class Layer>
  std::size_t kernels_of(Layer layer) {
    Rng rng(1);
    initialize(layer, rng);
    auto step = compile(std::tie(layer), [](Layer& now, X x, RandomKey key) {
      const TrainingScope scope(key);
      return value_and_grad([&](const Layer& l) { return mean(square(l(x))); })(now);
    });
    return step.prepare(zeros<X>({batch, time}), RandomKey(rng.next_key())).plan().schedule().kernels.size();
  }
};

// Three projections, scores, softmax, mixing and output with the loss: 7. Backward, two products for each of the six
// contractions but three, whose gradient by x nobody asks for, the softmax, and the sums of the biases and the
// loss: 11. The mask and the scale are in epilogues, and nothing that is broadcast is written to memory.
TEST_F(NnSchedule, AttentionWithItsGradientIsEighteenKernels) {
  EXPECT_EQ(kernels_of(SelfAttention<128, heads>()), 18u);
}

// The sines and cosines are a kernel; queries and keys are turned in one, and turned back in one, which also sums the
// loss: without biases nothing else is left to sum.
TEST_F(NnSchedule, RotaryPositionsAddTwoKernels) {
  EXPECT_EQ(kernels_of(SelfAttention<128, heads, AttentionOptions{.rotary_base = 10000, .bias = no_bias}>()), 20u);
}

// Two products and three for the gradients; GELU and its derivative are epilogues. One more for the sums.
TEST_F(NnSchedule, FeedForwardWithItsGradientIsSixKernels) { EXPECT_EQ(kernels_of(FeedForward<128>()), 6u); }

TEST_F(NnSchedule, DropoutAddsNoKernelToAttention) {
  SelfAttention<128, heads> layer;
  layer.dropout.rate = 0.1;
  EXPECT_EQ(kernels_of(layer), 18u);
}

}  // namespace
}  // namespace tenon::testing

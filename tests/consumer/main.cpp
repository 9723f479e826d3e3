// A program that found Tenon installed: fits a line by gradient descent, with compiled steps.
#include <tenon/tenon.h>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace tenon;

int main() {
  Rng rng(1);
  const Array x = rng.uniform({256}, -1, 1);
  const Array y = 3 * x + 0.5;

  std::vector<Array> state = {Array(0.0f), Array(0.0f)};  // slope, offset
  auto step = compile([](std::span<const Array> line, std::span<const Array> batch) -> StepResult {
    auto [loss, gradient] =
        value_and_grad([&](const std::vector<Array>& p) { return mse_loss(p[0] * batch[0] + p[1], batch[1]); }, line);
    return {{line[0] - 0.5 * gradient[0], line[1] - 0.5 * gradient[1]}, {loss}};
  });
  const Array batch[] = {x, y};
  for (int i = 0; i < 100; ++i) step(state, batch);

  const float slope = state[0].item<float>(), offset = state[1].item<float>();
  std::printf("y = %.4f x + %.4f\n", slope, offset);
  try {
    matmul(zeros({128, 64}), zeros({32, 10}));
  } catch (const ShapeError& error) {
    std::puts(error.what());
    return std::fabs(slope - 3) < 1e-3f && std::fabs(offset - 0.5f) < 1e-3f ? 0 : 1;
  }
  return 1;
}

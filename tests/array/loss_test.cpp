// What the op table does not see of the losses over classes: targets outside them, and errors.
#include "tenon/array/loss.h"

#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

TEST(ClassWeights, LeaveOutTargetsOutsideTheClasses) {
  const Array logits = Array::from({1.0, 2.0, 3.0, 4.0}, {2, 2}), weight = Array::from({2.0, 3.0}, {2});
  const Array one = cross_entropy(narrow(logits, 0, 0, 1), indices({1}, {1}), {.weight = weight});
  const Array two = cross_entropy(logits, indices({1, 7}, {2}), {.weight = weight});
  EXPECT_EQ(one.item<double>(), two.item<double>());
}

TEST(ClassWeights, OfAnotherNumberThanThereAreClasses) {
  const Array logits = zeros({3, 4}), targets = indices({0, 1, 2}, {3});
  expect_error<ShapeError>([&] { cross_entropy(logits, targets, {.weight = zeros({3})}); },
                           {"cross_entropy: weight float32 [3] for 4 classes", "loss_test.cpp"});
  expect_error<ShapeError>([&] { nll_loss(logits, targets, {.weight = zeros({4, 1})}); }, {"nll_loss: weight"});
  expect_error<ShapeError>([&] { cross_entropy(logits, indices({0}, {1}), ClassLossOptions{}); },
                           {"cross_entropy: values float32 [3, 4] with targets int64 [1]"});
}

}  // namespace
}  // namespace tenon::testing

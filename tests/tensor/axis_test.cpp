#include "tenon/tensor/axis.h"

#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

TEST(Axis, ConvertsFromSizesNamesAndBoth) {
  static_assert(std::is_same_v<Tensor<float, "batch", 784>, Tensor<float, Axis{"batch"}, Axis{784}>>);
  static_assert(std::is_same_v<Tensor<float, "embd=768">, Tensor<float, Axis{"embd", 768}>>);
  static_assert(std::is_same_v<Tensor<float, std::size_t{3}>, Tensor<float, 3>>);
  static_assert(!std::is_same_v<Tensor<float, "embd">, Tensor<float, Axis{"embd", 768}>>);
  static_assert(Axis{784}.size() == 784 && Axis{784}.is_number());
  static_assert(Axis{"batch"}.size() == Axis::run_time && !Axis{"batch"}.is_number());
  static_assert(Axis{"embd", 768}.size() == 768 && Axis{"embd", 768}.label() == "embd");
  static_assert(Axis{0}.size() == 0 && Axis{} == 1);
}

TEST(Axis, ProductsAreInNormalForm) {
  static_assert(Axis{"batch"} * "time" == Axis{"time"} * "batch");
  static_assert((Axis{"time"} * "batch").view() == "batch*time");
  static_assert(2 * Axis{"embd"} * 2 == Axis{"embd"} * 4);
  static_assert(4 * Axis{"embd"} == "4*embd");
  static_assert(Axis{"b"} * (Axis{"c"} * "a") == "a*b*c");
  static_assert((4 * Axis{"embd", 768}).size() == 3072);
  static_assert(Axis{12} * 64 == 768);
  static_assert(Axis{"n"} * "n" == "n*n");
}

TEST(Axis, QuotientsCancel) {
  static_assert(Axis{"embd"} / "head" * "head" == "embd");
  static_assert((Axis{"embd"} / "head").view() == "embd/head");
  static_assert(4 * Axis{"embd"} / 4 == "embd");
  static_assert(6 * Axis{"embd"} / 4 == 3 * Axis{"embd"} / 2);
  static_assert(Axis{"embd", 768} / Axis{"head", 12} == "embd=768/head=12");
  static_assert((Axis{"embd", 768} / Axis{"head", 12}).size() == 64);
  static_assert(Axis{768} / 12 == 64);
  static_assert(Axis{"embd", 768} * "batch" / "embd" == "batch");
}

TEST(Axis, AnyStaysAnyInProducts) {
  static_assert(any * "batch" == any && any * 4 == any);
  static_assert(any.is_any() && any.size() == Axis::run_time);
  static_assert(std::is_same_v<Tensor<float, any>, Tensor<float, "any">>);
}

TEST(Axis, UnifiesEqualNamesAndNamesWithSizes) {
  using detail::unify;
  static_assert(unify("embd", Axis{"embd", 768}).axis == Axis("embd", 768));
  static_assert(unify(768, Axis{"embd", 768}).axis == Axis("embd", 768));
  static_assert(unify(any, "embd").axis == "embd");
  static_assert(!unify("embd", 768).fits);
  static_assert(!unify("time", "key").fits);
  static_assert(!unify(Axis{"a", 3}, Axis{"b", 3}).fits);
  static_assert(!unify(Axis{"a", 3}, Axis{"a", 4}).fits);
  static_assert(!unify(1, 3).fits && detail::broadcast(1, 3).axis == 3);
}

TEST(Axis, IsFoundByNameAndPosition) {
  using detail::find;
  constexpr AxisList axes{"batch", Axis{"embd", 768}, 3, "n", "n"};
  static_assert(find(axes, "batch") == 0 && find(axes, "embd") == 1 && find(axes, Axis{"embd", 768}) == 1);
  static_assert(find(axes, -1) == 4 && find(axes, 2) == 2);
  static_assert(find(axes, "time") == detail::not_found && find(axes, 5) == detail::not_found);
  static_assert(find(axes, -6) == detail::not_found && find(axes, "n") == detail::found_twice);
}

TEST(Axis, MadeWrongAtRunTimeThrows) {
  const std::string name = "a b";
  EXPECT_THROW(Axis::of(name), ValueError);
  EXPECT_THROW(Axis::of("a", -3), ValueError);
  EXPECT_THROW(Axis::of("7/2"), ShapeError);
  EXPECT_THROW(Axis::of("a=3*a=4"), ShapeError);
  EXPECT_THROW(Axis::of(std::string(48, 'a')), ValueError);
  EXPECT_EQ(Axis::of(std::string(47, 'a')).view().size(), 47u);
}

}  // namespace
}  // namespace tenon::testing

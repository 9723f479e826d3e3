// Views, joins, repetitions, padding and diagonals against loops over positions.
#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::span<const Array>;

TEST(Moveaxis, IsNumPys) {
  const Array x = zeros({2, 3, 4, 5});
  EXPECT_EQ(moveaxis(x, 0, -1).shape(), (Shape{3, 4, 5, 2}));
  EXPECT_EQ(moveaxis(x, {0, 1}, {-1, -2}).shape(), (Shape{4, 5, 3, 2}));
  EXPECT_EQ(moveaxis(x, {3, 0}, {0, 2}).shape(), (Shape{5, 3, 2, 4}));
  EXPECT_EQ(moveaxis(Array(1.0), Axes{}, Axes{}).shape(), Shape());
  expect_error<ShapeError>([&] { moveaxis(x, {0, 1}, 0); }, {"moveaxis", "2 axes", "1 positions"});
  expect_error<ShapeError>([&] { moveaxis(x, 4, 0); }, {"moveaxis", "axis 4"});
}

TEST(Window, SlidesAlongAnAxis) {
  Together expect;
  for (const std::int64_t step : {1, 2, 3, 7})
    for (const std::int64_t size : {1, 2, 5}) {
      const Array x = counted({2, 5, 3});
      const std::int64_t count = (5 - size) / step + 1;
      expect.each(window(x, 1, size, step), {2, count, 3, size},
                  [&](const Position& p) { return static_cast<double>((p[0] * 5 + p[1] * step + p[3]) * 3 + p[2]); });
    }
  expect.each(window(counted({7}, DType::i32), -1, 3, 2), {3, 3},
              [](const Position& p) { return static_cast<double>(2 * p[0] + p[1]); });
  expect.each(window(counted({2, 9, 2}), 1, 3, 2, 3), {2, 2, 2, 3},
              [](const Position& at) { return static_cast<double>(at[0] * 18 + (at[1] * 2 + at[3] * 3) * 2 + at[2]); });
  EXPECT_EQ(window(zeros({0, 4}), 1, 2).shape(), (Shape{0, 3, 2}));
  expect_error<ValueError>([] { window(zeros({4}), 0, 0); }, {"window", "size 0", "[4]"});
  expect_error<ValueError>([] { window(zeros({4}), 0, 1, 0); }, {"window", "step 0"});
  expect_error<ValueError>([] { window(zeros({4}), 0, 1, 1, 0); }, {"window", "dilation 0"});
  expect_error<ShapeError>([] { window(zeros({2, 4}), 1, 5); }, {"window", "axis 1", "[2, 4]", "5"});
  expect_error<ShapeError>([] { window(zeros({2, 4}), 1, 2, 1, 4); }, {"window", "axis 1", "4 apart"});
  expect_error<ShapeError>([] { window(zeros({1, 1, 1, 1, 1, 1, 1, 4}), 7, 2); }, {"window", "8 axes"});
}

TEST(Fold, SumsWhatComesFromOneElement) {
  Together expect;
  for (const std::int64_t size : {1, 2, 5})
    for (const std::int64_t step : {1, 2, 7})
      for (const std::int64_t dilation : {1, 2}) {
        if ((size - 1) * dilation > 8) continue;
        // Each element times the number of windows that it is in.
        const Array x = counted({2, 9, 3}), windows = window(x, 1, size, step, dilation);
        expect.each(fold(windows, 1, 9, step, dilation), {2, 9, 3}, [&](const Position& p) {
          int times = 0;
          for (std::int64_t first = 0; first + (size - 1) * dilation < 9; first += step)
            for (std::int64_t k = 0; k < size; ++k) times += first + k * dilation == p[1] ? 1 : 0;
          return static_cast<double>(times) * static_cast<double>((p[0] * 9 + p[1]) * 3 + p[2]);
        });
      }
  expect.each(fold(window(counted({6}, DType::i32), 0, 2, 2), -1, 6, 2), {6},
              [](const Position& p) { return static_cast<double>(p[0]); });
}

TEST(Fold, IsTheGradientOfWindow) {
  Together expect;
  const Array x = counted({3, 8}, DType::f64), cotangent = cos(counted({3, 2, 3}, DType::f64));
  const Array windows = window(x, 1, 3, 3, 2), slope = grad(sum(windows * cotangent), {x})[0];
  const Array difference = fold(cotangent, 1, 8, 3, 2) - slope;
  expect.each(difference, {3, 8}, [](const Position&) { return 0.0; });
}

TEST(Fold, HasNoWindowsToSumElsewhere) {
  EXPECT_EQ(fold(zeros({0, 3, 2}), 1, 4).shape(), (Shape{0, 4}));
  EXPECT_EQ(fold(zeros({1, 1}), 0, 4, std::int64_t{1} << 62, std::int64_t{1} << 62).shape(), (Shape{4}));
  EXPECT_EQ(fold(zeros({1, 1, 1, 1, 1, 1, 3, 2}), 6, 4).shape(), (Shape{1, 1, 1, 1, 1, 1, 4}));
  expect_error<ShapeError>([] { fold(zeros({3}), 0, 4); }, {"fold", "[3]", "windows"});
  expect_error<ShapeError>([] { fold(zeros({3, 2}), 1, 4); }, {"fold", "axis 1"});
  expect_error<ShapeError>([] { fold(zeros({3, 2}), 0, 5); }, {"fold", "[3, 2]", "3 windows", "5 elements has 4"});
  expect_error<ShapeError>([] { fold(zeros({3, 2}), 0, 1); }, {"fold", "1 elements", "no windows of 2"});
  expect_error<ShapeError>([] { fold(zeros({3, 2}), 0, 4, 1, std::int64_t{1} << 62); }, {"fold", "no windows of 2"});
  expect_error<ShapeError>([] { fold(zeros({3, 0}), 0, 4); }, {"fold", "no windows of 0"});
  expect_error<ShapeError>([] { fold(zeros({1, 1}), 0, std::int64_t{1} << 61, std::int64_t{1} << 61); }, {"fold"});
  expect_error<ValueError>([] { fold(zeros({3, 2}), 0, 4, 0); }, {"fold", "step 0"});
  expect_error<ValueError>([] { fold(zeros({3, 2}), 0, 4, 1, -1); }, {"fold", "dilation -1"});
  expect_error<ValueError>([] { fold(zeros({3, 2}), 0, -4); }, {"fold", "-4 elements"});
  expect_error<DTypeError>([] { fold(zeros({3, 2}, DType::boolean), 0, 4); }, {"fold", "bool", "cast"});
}

TEST(Fold, OfExamplesIsFoldOfTheBatch) {
  Together expect;
  const Array x = counted({3, 4, 2});
  const auto each = vmap([](const Array& windows) { return fold(windows, 0, 5); });
  expect.each(each(x) - fold(x, 1, 5), {3, 5}, [](const Position&) { return 0.0; });
}

TEST(Split, GivesPartsThatConcatenateUndoes) {
  Together expect;
  const Array x = counted({3, 7});
  const std::vector<Array> sized = split(x, {2, 0, 5}, 1);
  ASSERT_EQ(sized.size(), 3u);
  EXPECT_EQ(sized[1].shape(), (Shape{3, 0}));
  expect.each(sized[2], {3, 5}, [](const Position& p) { return static_cast<double>(p[0] * 7 + p[1] + 2); });
  expect.each(concatenate(sized, 1), {3, 7}, [](const Position& p) { return static_cast<double>(p[0] * 7 + p[1]); });
  const std::vector<Array> equal_parts = split(x, 3, 0);
  ASSERT_EQ(equal_parts.size(), 3u);
  expect.elements(equal_parts[2], {1, 7}, {14, 15, 16, 17, 18, 19, 20});
  expect_error<ShapeError>([&] { split(x, 2, 1); }, {"split", "axis 1", "[3, 7]", "2"});
  expect_error<ShapeError>([&] { split(x, {2, 4}, 1); }, {"split", "add up to 7"});
  expect_error<ShapeError>([&] { split(x, {8, -1}, 1); }, {"split", "add up to 7"});
  expect_error<ValueError>([&] { split(x, 0); }, {"split", "0 parts"});
}

TEST(Chunk, IsPyTorchs) {
  const auto sizes = [](std::int64_t size, std::int64_t parts) {
    std::vector<std::int64_t> found;
    for (const Array& part : chunk(zeros({size}), parts)) found.push_back(part.size(0));
    return found;
  };
  using List = std::vector<std::int64_t>;
  EXPECT_EQ(sizes(11, 6), (List{2, 2, 2, 2, 2, 1}));
  EXPECT_EQ(sizes(12, 6), (List{2, 2, 2, 2, 2, 2}));
  EXPECT_EQ(sizes(5, 4), (List{2, 2, 1}));
  EXPECT_EQ(sizes(2, 4), (List{1, 1}));
  EXPECT_EQ(sizes(0, 2), (List{0, 0}));
  expect_error<ValueError>([] { chunk(zeros({3}), 0); }, {"chunk", "0 parts"});
}

TEST(Tile, RepeatsTheWhole) {
  Together expect;
  expect.elements(tile(arange(2), {3}), {6}, {0, 1, 0, 1, 0, 1});
  expect.each(tile(counted({3, 2}), {2, 3}), {6, 6},
              [](const Position& p) { return static_cast<double>(p[0] % 3 * 2 + p[1] % 2); });
  EXPECT_EQ(tile(zeros({2}), {3, 1, 2}).shape(), (Shape{3, 1, 4}));
  EXPECT_EQ(tile(zeros({2, 3, 4}), {2}).shape(), (Shape{2, 3, 8}));
  EXPECT_EQ(tile(zeros({2, 3}), {0, 2}).shape(), (Shape{0, 6}));
  expect.elements(tile(Array(5.0), {2, 2}), {2, 2}, {5, 5, 5, 5});
  EXPECT_EQ(tile(zeros({1, 2, 1, 2, 1, 2, 1, 2}), {2, 2, 2, 2, 2, 2, 2, 2}).elements(), 16 * 256);
  expect_error<ValueError>([] { tile(zeros({2}), {-1}); }, {"tile", "-1 times"});
  expect_error<ShapeError>([] { tile(zeros({2, 2}), {INT64_MAX}); }, {"tile", "overflows"});
}

TEST(RepeatInterleave, RepeatsEachElement) {
  Together expect;
  expect.elements(repeat_interleave(arange(3, DType::i32), 2, 0), {6}, {0, 0, 1, 1, 2, 2});
  expect.each(repeat_interleave(counted({2, 3, 2}), 3, -2), {2, 9, 2},
              [](const Position& p) { return static_cast<double>((p[0] * 3 + p[1] / 3) * 2 + p[2]); });
  EXPECT_EQ(repeat_interleave(zeros({2, 3}), 0, 1).shape(), (Shape{2, 0}));
  expect_error<ValueError>([] { repeat_interleave(zeros({2}), -2, 0); }, {"repeat_interleave", "-2 times"});
}

TEST(Roll, WrapsAround) {
  Together expect;
  for (const std::int64_t shift : {0, 1, 4, 5, 7, -1, -6}) {
    expect.each(roll(counted({2, 5}), shift, 1), {2, 5},
                [&](const Position& p) { return static_cast<double>(p[0] * 5 + ((p[1] - shift) % 5 + 5) % 5); });
  }
  EXPECT_EQ(roll(zeros({0, 2}), 3, 0).shape(), (Shape{0, 2}));
  expect.elements(roll(Array::from({true, false, false}, {3}), -1, -1), {3}, {0, 0, 1});
  expect_error<ShapeError>([] { roll(Array(1.0), 1, 0); }, {"roll", "axis 0"});
}

// Where position i of a padded axis comes from.
std::int64_t source_of(PadMode mode, std::int64_t i, std::int64_t size) {
  if (mode == PadMode::replicate) return std::clamp<std::int64_t>(i, 0, size - 1);
  if (mode == PadMode::circular) return (i + size) % size;
  if (i < 0) return -i;
  return i >= size ? 2 * (size - 1) - i : i;
}

TEST(Pad, FillsFromTheArrayItself) {
  Together expect;
  for (const PadMode mode : {PadMode::reflect, PadMode::replicate, PadMode::circular}) {
    for (const DType dtype : {DType::f32, DType::i64, DType::u8})
      expect.each(pad(counted({3, 4}, dtype), {{2, 1}, {0, 3}}, mode), {6, 7}, [&](const Position& p) {
        return static_cast<double>(source_of(mode, p[0] - 2, 3) * 4 + source_of(mode, p[1], 4));
      });
  }
  expect.elements(pad(arange(2), {{1, 1}}, PadMode::constant), {4}, {0, 0, 1, 0});
  expect.elements(pad(arange(2), {{5, 0}}, PadMode::replicate), {7}, {0, 0, 0, 0, 0, 0, 1});
  expect.elements(pad(arange(2), {{2, 2}}, PadMode::circular), {6}, {0, 1, 0, 1, 0, 1});
  EXPECT_EQ(pad(zeros({0, 2}), {{}, {1, 1}}, PadMode::reflect).shape(), (Shape{0, 4}));
}

TEST(Pad, RejectsMoreThanAModeCanFill) {
  const Array x = zeros({3});
  expect_error<ShapeError>([&] { pad(x, {{3, 0}}, PadMode::reflect); }, {"pad", "reflect", "at most 2", "[3]"});
  expect_error<ShapeError>([&] { pad(x, {{0, 4}}, PadMode::circular); }, {"pad", "circular", "at most 3"});
  expect_error<ShapeError>([&] { pad(zeros({0}), {{1, 0}}, PadMode::replicate); }, {"pad", "replicate", "at most 0"});
  expect_error<ValueError>([&] { pad(x, {{-1, 0}}, PadMode::reflect); }, {"pad", "-1", "slice"});
  expect_error<ShapeError>([&] { pad(x, {{1, 0}, {1, 0}}, PadMode::reflect); }, {"pad", "2 paddings"});
}

TEST(Diagonal, OfEveryOffset) {
  Together expect;
  for (const Shape& shape : {Shape{3, 5}, Shape{5, 3}, Shape{4, 4}, Shape{1, 1}, Shape{0, 3}})
    for (std::int64_t offset = -6; offset <= 6; ++offset) {
      const std::int64_t row = std::max<std::int64_t>(-offset, 0), column = std::max<std::int64_t>(offset, 0);
      const std::int64_t count = std::max<std::int64_t>(std::min(shape[0] - row, shape[1] - column), 0);
      expect.each(diagonal(counted(shape), offset), {count},
                  [&](const Position& p) { return static_cast<double>((p[0] + row) * shape[1] + p[0] + column); });
    }
}

TEST(Diagonal, OfBatchesIsTheLastAxis) {
  Together expect;
  expect.each(diagonal(counted({3, 2, 4}), -1, 2, 0), {2, 3}, [](const Position& p) {
    return static_cast<double>((p[1] * 2 + p[0]) * 4 + p[1] + 1);  // rows are axis 2
  });
  expect_error<ShapeError>([] { diagonal(zeros({2, 2}), 0, 1, -1); }, {"diagonal", "axis 1", "[2, 2]"});
  expect_error<ShapeError>([] { diagonal(zeros({2})); }, {"diagonal", "axis 1"});
}

TEST(Diag, BuildsAndTakesDiagonals) {
  Together expect;
  expect.elements(diag(arange(2)), {2, 2}, {0, 0, 0, 1});
  const Array x = Array::from({5.f, std::numeric_limits<float>::infinity()}, {2});
  const double inf = std::numeric_limits<double>::infinity();
  expect.elements(diag(x, 1), {3, 3}, {0, 5, 0, 0, 0, inf, 0, 0, 0});
  expect.elements(diag(x, -1), {3, 3}, {0, 0, 0, 5, 0, 0, 0, inf, 0});
  expect.elements(diag(counted({2, 3}), 1), {2}, {1, 5});
  for (const std::int64_t offset : {-2, 0, 3})
    expect.each(diagonal(diag_embed(counted({2, 3}), offset), offset, 1, 2), {2, 3},
                [](const Position& p) { return static_cast<double>(p[0] * 3 + p[1]); });
  EXPECT_EQ(diag(zeros({0})).shape(), (Shape{0, 0}));
  expect_error<ShapeError>([] { diag(zeros({2, 2, 2})); }, {"diag", "[2, 2, 2]"});
}

TEST(Trace, SumsADiagonal) {
  Together expect;
  expect.elements(trace(counted({3, 3})), {}, {12});
  expect.elements(trace(counted({2, 3}, DType::u8), 1), {}, {6});
  EXPECT_EQ(trace(counted({2, 3}, DType::u8)).dtype(), DType::i64);
  expect.elements(trace(counted({2, 2, 3}), 0, 0, 2), {2}, {0 + 7, 3 + 10});
}

TEST(Triangles, KeepOneSideOfADiagonal) {
  Together expect;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect.elements(tril(Array::from({1., nan, 2., 3.}, {2, 2})), {2, 2}, {1, 0, 2, 3});
  for (const std::int64_t offset : {-9, -1, 0, 2, 9}) {
    expect.each(tril(counted({2, 3, 4}, DType::i32) + 1, offset), {2, 3, 4}, [&](const Position& p) {
      return p[2] - p[1] <= offset ? static_cast<double>((p[0] * 3 + p[1]) * 4 + p[2] + 1) : 0.0;
    });
    expect.each(triu(counted({3, 4}) + 1, offset), {3, 4}, [&](const Position& p) {
      return p[1] - p[0] >= offset ? static_cast<double>(p[0] * 4 + p[1] + 1) : 0.0;
    });
  }
  expect.elements(triu(ones({2, 2}, DType::boolean), INT64_MAX), {2, 2}, {0, 0, 0, 0});
  expect_error<ShapeError>([] { tril(zeros({3})); }, {"tril", "[3]"});
}

TEST(Eye, HasOnesOnADiagonal) {
  Together expect;
  expect.elements(eye(2), {2, 2}, {1, 0, 0, 1});
  expect.elements(eye(2, 3, 1, DType::boolean), {2, 3}, {0, 1, 0, 0, 0, 1});
  expect.elements(eye(3, 2, -1, DType::i64), {3, 2}, {0, 0, 1, 0, 0, 1});
  EXPECT_EQ(eye(0).shape(), (Shape{0, 0}));
  expect_error<ShapeError>([] { eye(2, -3); }, {"eye", "-3"});
}

TEST(Create, LikeAnother) {
  Together expect;
  const Array x = zeros({2, 0}, DType::u8);
  EXPECT_EQ(ones_like(x).dtype(), DType::u8);
  EXPECT_EQ(ones_like(x).shape(), (Shape{2, 0}));
  expect.elements(full_like(arange(3), 7), {3}, {7, 7, 7});
  expect_error<ValueError>([&] { full_like(x, 0.5); }, {"uint8", "0.5"});
}

TEST(Create, ArangeOfFractions) {
  Together expect;
  expect.elements(arange(0.0, 1.0, 0.25), {4}, {0, 0.25, 0.5, 0.75});
  expect.elements(arange(2.5), {3}, {0, 1, 2});
  expect.elements(arange(1, -0.5, -0.5, DType::f64), {3}, {1, 0.5, 0});
  expect.elements(arange(1.0, 1.0), {0}, {});
  EXPECT_EQ(arange(0, 1, 0.1).dtype(), DType::f32);
  expect_error<ValueError>([] { arange(0.0, 1.0, 0.0); }, {"arange", "by 0"});
  expect_error<ValueError>([] { arange(0.0, std::numeric_limits<double>::infinity()); }, {"arange", "inf"});
  expect_error<DTypeError>([] { arange(0.0, 1.0, 0.5, DType::i32); }, {"arange", "int32"});
}

TEST(Create, LinspaceEndsExactly) {
  Together expect;
  expect.elements(linspace(0, 1, 5), {5}, {0, 0.25, 0.5, 0.75, 1});
  expect.elements(linspace(3, 9, 1), {1}, {3});
  expect.elements(linspace(3, 9, 0), {0}, {});
  expect.elements(linspace(1, -1, 3, DType::f64), {3}, {1, 0, -1});
  for (const std::int64_t count : {2, 3, 7, 50, 1001}) {
    const std::vector<double> x = linspace(0.1, 0.7, count, DType::f64).to_vector<double>();
    EXPECT_EQ(x.front(), 0.1) << count;
    EXPECT_EQ(x.back(), 0.7) << count;
    for (std::size_t i = 1; i < x.size(); ++i) EXPECT_LT(x[i - 1], x[i]);
  }
  expect_error<ValueError>([] { linspace(0, 1, -1); }, {"linspace", "-1"});
}

TEST(Create, MeshgridIsAnyRank) {
  Together expect;
  const Array a = counted({2}), b = counted({3}) + 10, c = counted({4}) + 20;
  const std::vector<Array> ij = meshgrid({a, b, c}), xy = meshgrid({a, b, c}, Meshing::xy);
  expect.each(ij[1], {2, 3, 4}, [](const Position& p) { return static_cast<double>(p[1] + 10); });
  expect.each(xy[0], {3, 2, 4}, [](const Position& p) { return static_cast<double>(p[1]); });
  expect.each(xy[1], {3, 2, 4}, [](const Position& p) { return static_cast<double>(p[0] + 10); });
  expect.each(xy[2], {3, 2, 4}, [](const Position& p) { return static_cast<double>(p[2] + 20); });
  expect.elements(meshgrid({a}, Meshing::xy)[0], {2}, {0, 1});
  expect_error<ShapeError>([&] { meshgrid({a, zeros({2, 2})}); }, {"meshgrid", "[2, 2]"});
}

TEST(MovementGradient, EqualsCentralDifferences) {
  const GradientCase cases[] = {
      {"moveaxis", [](Arrays x) { return moveaxis(x[0], {0, 2}, {2, 1}); }, {{2, 3, 2}}},
      {"window", [](Arrays x) { return window(x[0], 1, 3, 2); }, {{2, 6, 2}}},
      {"dilated window", [](Arrays x) { return window(x[0], 1, 2, 2, 3); }, {{2, 8}}},
      {"window of one", [](Arrays x) { return window(x[0], 0, 2); }, {{4}}},
      {"fold", [](Arrays x) { return fold(x[0], 1, 6, 2, 2); }, {{2, 2, 2, 2}}},
      {"split", [](Arrays x) { return split(x[0], {1, 2}, 1)[1]; }, {{2, 3}}},
      {"tile", [](Arrays x) { return tile(x[0], {2, 1, 2}); }, {{2, 3}}},
      {"repeat_interleave", [](Arrays x) { return repeat_interleave(x[0], 3, 0); }, {{2, 2}}},
      {"roll", [](Arrays x) { return roll(x[0], 2, 1); }, {{2, 5}}},
      {"pad reflect", [](Arrays x) { return pad(x[0], {{2, 1}, {1, 0}}, PadMode::reflect); }, {{3, 2}}},
      {"pad replicate", [](Arrays x) { return pad(x[0], {{2, 1}, {0, 2}}, PadMode::replicate); }, {{2, 2}}},
      {"pad circular", [](Arrays x) { return pad(x[0], {{2, 3}}, PadMode::circular); }, {{3}}},
      {"diagonal", [](Arrays x) { return diagonal(x[0], 1, 0, 2); }, {{3, 2, 4}}},
      {"diag", [](Arrays x) { return diag(x[0], -1); }, {{3}}},
      {"trace", [](Arrays x) { return trace(x[0]); }, {{3, 3}}},
      {"tril", [](Arrays x) { return tril(x[0], 1); }, {{3, 4}}},
      {"triu", [](Arrays x) { return triu(x[0]); }, {{2, 3, 3}}},
      {"meshgrid",
       [](Arrays x) {
         const auto m = meshgrid(x);
         return m[0] * m[1];
       },
       {{2}, {3}}},
  };
  expect_array_gradients(cases, 31);
}

}  // namespace
}  // namespace tenon::testing

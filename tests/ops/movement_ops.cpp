// Rows of the op table: ops that move elements.
#include <fmt/format.h>

#include "tenon/array/indexing.h"
#include "tenon/array/ops.h"
#include "tests/ops/op_table.h"

namespace tenon::testing {
namespace {

using Inputs = const std::vector<Array>&;

}  // namespace

void add_movement_ops(std::vector<OpRow>& rows) {
  OpTable table("movement", rows);
  const auto add = [&](const std::string& name, const std::string& what, const Shape& shape, const ArrayFunction& f,
                       const std::string& torch) { table.add(name, {what, {{shape}}, f, torch}); };
  add("reshape", "to [4, 6]", {2, 3, 4}, [](Inputs x) { return reshape(x[0], {4, 6}); }, "x[0].reshape(4, 6)");
  add("reshape", "to [-1]", {2, 3, 4}, [](Inputs x) { return reshape(x[0], {-1}); }, "x[0].reshape(-1)");
  add(
      "reshape", "of a transpose", {2, 3, 4}, [](Inputs x) { return reshape(transpose(x[0]), {3, 8}); },
      "x[0].permute(2, 1, 0).reshape(3, 8)");
  add("reshape", "scalar", {1, 1}, [](Inputs x) { return reshape(x[0], {}); }, "x[0].reshape(())");
  add("flatten", "all", {2, 3, 4}, [](Inputs x) { return flatten(x[0]); }, "torch.flatten(x[0])");
  add("flatten", "1 to 2", {2, 3, 4, 2}, [](Inputs x) { return flatten(x[0], 1, 2); }, "torch.flatten(x[0], 1, 2)");
  add("permute", "2 0 1", {2, 3, 4}, [](Inputs x) { return permute(x[0], {2, 0, 1}); }, "x[0].permute(2, 0, 1)");
  add("permute", "-1 0 1", {2, 3, 4}, [](Inputs x) { return permute(x[0], {-1, 0, 1}); }, "x[0].permute(-1, 0, 1)");
  add("transpose", "[2, 3]", {2, 3}, [](Inputs x) { return transpose(x[0]); }, "x[0].T");
  add("transpose", "[2, 3, 4]", {2, 3, 4}, [](Inputs x) { return transpose(x[0]); }, "x[0].permute(2, 1, 0)");
  add("swapaxes", "0 2", {2, 3, 4}, [](Inputs x) { return swapaxes(x[0], 0, 2); }, "torch.swapaxes(x[0], 0, 2)");
  add("swapaxes", "-1 1", {2, 3, 4}, [](Inputs x) { return swapaxes(x[0], -1, 1); }, "torch.swapaxes(x[0], -1, 1)");
  add("moveaxis", "0 to -1", {2, 3, 4}, [](Inputs x) { return moveaxis(x[0], 0, -1); }, "torch.moveaxis(x[0], 0, -1)");
  add(
      "moveaxis", "two", {2, 3, 4, 2}, [](Inputs x) { return moveaxis(x[0], {0, 1}, {2, 0}); },
      "torch.moveaxis(x[0], (0, 1), (2, 0))");
  add(
      "broadcast_to", "[2, 3, 4]", {3, 1}, [](Inputs x) { return broadcast_to(x[0], {2, 3, 4}); },
      "torch.broadcast_to(x[0], (2, 3, 4))");
  for (const int axis : {0, 1, -1, 2}) {
    add(
        "unsqueeze", fmt::format("{}", axis), {2, 3}, [=](Inputs x) { return unsqueeze(x[0], axis); },
        fmt::format("x[0].unsqueeze({})", axis));
  }
  for (const int axis : {0, -1})
    add(
        "expand_dims", fmt::format("{}", axis), {2, 3}, [=](Inputs x) { return expand_dims(x[0], axis); },
        fmt::format("x[0].unsqueeze({})", axis));
  add("squeeze", "all", {1, 3, 1}, [](Inputs x) { return squeeze(x[0]); }, "x[0].squeeze()");
  add("squeeze", "axis 0", {1, 3, 1}, [](Inputs x) { return squeeze(x[0], 0); }, "x[0].squeeze(0)");
  for (const int axis : {0, 1, -1}) {
    const std::string what = fmt::format("axis {}", axis);
    add(
        "slice", what, {5, 4, 6}, [=](Inputs x) { return slice(x[0], axis, {.start = 1, .stop = 4, .step = 2}); },
        fmt::format("x[0].movedim({0}, 0)[1:4:2].movedim(0, {0})", axis));
    add(
        "narrow", what, {5, 4, 6}, [=](Inputs x) { return narrow(x[0], axis, 1, 2); },
        fmt::format("torch.narrow(x[0], {}, 1, 2)", axis));
    add(
        "select", what, {5, 4, 6}, [=](Inputs x) { return select(x[0], axis, -2); },
        fmt::format("torch.select(x[0], {}, -2)", axis));
    add(
        "flip", what, {2, 3, 4}, [=](Inputs x) { return flip(x[0], axis); },
        fmt::format("torch.flip(x[0], ({},))", axis));
    add(
        "roll", what, {2, 3, 4}, [=](Inputs x) { return roll(x[0], 2, axis); },
        fmt::format("torch.roll(x[0], 2, {})", axis));
    add(
        "roll", what + ", backwards", {2, 3, 4}, [=](Inputs x) { return roll(x[0], -5, axis); },
        fmt::format("torch.roll(x[0], -5, {})", axis));
    add(
        "repeat_interleave", what, {2, 3, 4}, [=](Inputs x) { return repeat_interleave(x[0], 3, axis); },
        fmt::format("torch.repeat_interleave(x[0], 3, {})", axis));
    add(
        "window", what, {5, 6, 7}, [=](Inputs x) { return window(x[0], axis, 3); },
        fmt::format("x[0].unfold({}, 3, 1)", axis));
    add(
        "window", what + ", step 2", {5, 6, 7}, [=](Inputs x) { return window(x[0], axis, 2, 2); },
        fmt::format("x[0].unfold({}, 2, 2)", axis));
    const std::int64_t n = axis < 0 ? 7 : 5 + axis;
    const auto windows = [=](std::int64_t size, std::int64_t step) {  // what window makes of [5, 6, 7]
      Shape shape{5, 6, 7};
      shape[axis < 0 ? 2 : axis] = (n - size) / step + 1;
      shape.push_back(size);
      return shape;
    };
    add(
        "fold", what, windows(3, 1), [=](Inputs x) { return fold(x[0], axis, n); },
        fmt::format("torch.ops.aten.unfold_backward(x[0], [5, 6, 7], {}, 3, 1)", axis));
    add(
        "fold", what + ", step 3", windows(2, 3), [=](Inputs x) { return fold(x[0], axis, n, 3); },
        fmt::format("torch.ops.aten.unfold_backward(x[0], [5, 6, 7], {}, 2, 3)", axis));
    table.add("concatenate", {what,
                              {{{2, 2, 2}}, {{2, 2, 2}}, {{2, 2, 2}}},
                              [=](Inputs x) { return concatenate({x[0], x[1], x[2]}, axis); },
                              fmt::format("torch.cat((x[0], x[1], x[2]), {})", axis)});
    table.add("stack", {what,
                        {{{2, 3}}, {{2, 3}}},
                        [=](Inputs x) { return stack({x[0], x[1]}, axis); },
                        fmt::format("torch.stack((x[0], x[1]), {})", axis)});
    add(
        "split", what, {4, 4, 4}, [=](Inputs x) { return split(x[0], {1, 3}, axis)[1]; },
        fmt::format("torch.split(x[0], (1, 3), {})[1]", axis));
    add(
        "chunk", what, {4, 4, 5}, [=](Inputs x) { return chunk(x[0], 2, axis)[0]; },
        fmt::format("torch.chunk(x[0], 2, {})[0]", axis));
  }
  // Images [batch, channel, 7, 8] from blocks of [3, 2] elements; PyTorch wants [batch, channel * 3 * 2, blocks].
  for (const std::int64_t step : {1, 2})
    for (const std::int64_t dilation : {1, 2}) {
      const std::int64_t down = (6 - 2 * dilation) / step + 1, across = (7 - dilation) / step + 1;
      add(
          "fold", fmt::format("images, step {}, dilation {}", step, dilation), {2, 3, down, across, 3, 2},
          [=](Inputs x) { return fold(fold(x[0], 3, 8, step, dilation), 2, 7, step, dilation); },
          fmt::format("F.fold(x[0].permute(0, 1, 4, 5, 2, 3).reshape(2, 18, {}), (7, 8), (3, 2), stride={}, "
                      "dilation={})",
                      down * across, step, dilation));
    }
  add("flip", "all", {2, 3, 4}, [](Inputs x) { return flip(x[0]); }, "torch.flip(x[0], (0, 1, 2))");
  add("tile", "2 1", {2, 3}, [](Inputs x) { return tile(x[0], {2, 1}); }, "torch.tile(x[0], (2, 1))");
  add("tile", "more axes", {2, 3}, [](Inputs x) { return tile(x[0], {2, 1, 3}); }, "torch.tile(x[0], (2, 1, 3))");
  table.add("concatenate", {"unequal",
                            {{{2, 3}}, {{1, 3}}, {{0, 3}}},
                            [](Inputs x) { return concatenate({x[0], x[1], x[2]}); },
                            "torch.cat((x[0], x[1], x[2]), 0)"});
  table.add("meshgrid", {"ij",
                         {{{3}}, {{4}}},
                         [](Inputs x) { return meshgrid({x[0], x[1]})[1]; },
                         "torch.meshgrid(x[0], x[1], indexing='ij')[1].contiguous()"});
  table.add("meshgrid", {"xy",
                         {{{3}}, {{4}}},
                         [](Inputs x) { return meshgrid({x[0], x[1]}, Meshing::xy)[0]; },
                         "torch.meshgrid(x[0], x[1], indexing='xy')[0].contiguous()"});
  // PyTorch wants the last axis first.
  add(
      "pad", "constant", {2, 3}, [](Inputs x) { return pad(x[0], {{1, 2}, {0, 3}}, 1.5); },
      "F.pad(x[0], (0, 3, 1, 2), value=1.5)");
  const std::pair<PadMode, const char*> modes[] = {
      {PadMode::reflect, "reflect"}, {PadMode::replicate, "replicate"}, {PadMode::circular, "circular"}};
  for (const auto& [mode, called] : modes) {
    add(
        "pad", called, {1, 2, 5}, [how = mode](Inputs x) { return pad(x[0], {{}, {}, {2, 1}}, how); },
        fmt::format("F.pad(x[0], (2, 1), mode='{}')", called));
    add(
        "pad", fmt::format("{}, two axes", called), {1, 2, 4, 5},
        [how = mode](Inputs x) { return pad(x[0], {{}, {}, {1, 2}, {2, 0}}, how); },
        fmt::format("F.pad(x[0], (2, 0, 1, 2), mode='{}')", called));
  }
  for (const std::int64_t offset : {0, 1, -1}) {
    const std::string what = fmt::format("offset {}", offset);
    add(
        "diagonal", what, {3, 4}, [=](Inputs x) { return diagonal(x[0], offset); },
        fmt::format("torch.diagonal(x[0], {})", offset));
    add(
        "diagonal", what + ", axes 1, 2", {2, 3, 4}, [=](Inputs x) { return diagonal(x[0], offset, 1, 2); },
        fmt::format("torch.diagonal(x[0], {}, 1, 2)", offset));
    add("diag", what, {3}, [=](Inputs x) { return diag(x[0], offset); }, fmt::format("torch.diag(x[0], {})", offset));
    add(
        "diag", what + " of a matrix", {3, 4}, [=](Inputs x) { return diag(x[0], offset); },
        fmt::format("torch.diag(x[0], {})", offset));
    add(
        "diag_embed", what, {2, 3}, [=](Inputs x) { return diag_embed(x[0], offset); },
        fmt::format("torch.diag_embed(x[0], {})", offset));
    add(
        "trace", what, {3, 4}, [=](Inputs x) { return trace(x[0], offset); },
        fmt::format("torch.diagonal(x[0], {}).sum()", offset));
    add(
        "tril", what, {2, 3, 4}, [=](Inputs x) { return tril(x[0], offset); },
        fmt::format("torch.tril(x[0], {})", offset));
    add(
        "triu", what, {2, 3, 4}, [=](Inputs x) { return triu(x[0], offset); },
        fmt::format("torch.triu(x[0], {})", offset));
  }
}

void add_indexing_ops(std::vector<OpRow>& rows) {
  OpTable table("indexing", rows);
  using namespace indexing;
  const auto at_case = [&](const std::string& torch, const ArrayFunction& f) {
    table.add("at",
              {torch, {{{4, 5, 6}}, {{3}, {0, 3}, InputKind::integer}, {{3}, {0, 4}, InputKind::integer}}, f, torch});
  };
  at_case("x[0][1]", [](Inputs x) { return x[0].at(1); });
  at_case("x[0][-1, 2]", [](Inputs x) { return x[0].at(-1, 2); });
  at_case("x[0][1:3]", [](Inputs x) { return x[0].at(range(1, 3)); });
  at_case("x[0][:, 1::2]", [](Inputs x) { return x[0].at(all, range(1, none, 2)); });
  at_case("x[0].flip(0)", [](Inputs x) { return x[0].at(range(none, none, -1)); });
  at_case("x[0][..., 2]", [](Inputs x) { return x[0].at(ellipsis, 2); });
  at_case("x[0][:, None, 1]", [](Inputs x) { return x[0].at(all, new_axis, 1); });
  at_case("x[0][x[1]]", [](Inputs x) { return x[0].at(x[1]); });
  at_case("x[0][:, x[2]]", [](Inputs x) { return x[0].at(all, x[2]); });
  at_case("x[0][x[1], x[2]]", [](Inputs x) { return x[0].at(x[1], x[2]); });
  at_case("x[0][x[1], :, 0:3]", [](Inputs x) { return x[0].at(x[1], all, range(0, 3)); });
  for (const int axis : {0, 1, 2, -1}) {
    const std::string what = fmt::format("axis {}", axis);
    const OpInput few{{5}, {0, 2}, InputKind::integer};
    table.add("take", {what,
                       {{{3, 4, 5}}, few},
                       [=](Inputs x) { return take(x[0], x[1], axis); },
                       fmt::format("torch.index_select(x[0], {}, x[1])", axis)});
    // Of the size of x along the other axes.
    const Shape like = axis == 0 ? Shape{2, 3, 4} : axis == 1 ? Shape{3, 2, 4} : Shape{3, 3, 2};
    const OpInput along{like, {0, 2}, InputKind::integer};
    const Shape table_shape{3, 3, 4};
    table.add("take_along_axis", {what,
                                  {{table_shape}, along},
                                  [=](Inputs x) { return take_along_axis(x[0], x[1], axis); },
                                  fmt::format("torch.gather(x[0], {}, x[1])", axis)});
    table.add("gather", {what,
                         {{table_shape}, along},
                         [=](Inputs x) { return gather(x[0], axis, x[1]); },
                         fmt::format("torch.gather(x[0], {}, x[1])", axis)});
    table.add("scatter_add", {what,
                              {{table_shape}, along, {like}},
                              [=](Inputs x) { return scatter_add(x[0], axis, x[1], x[2]); },
                              fmt::format("torch.scatter_add(x[0], {}, x[1], x[2])", axis)});
  }
  table.add("scatter", {"axis 1",
                        {{{2, 3}}, {{2, 1}, {0, 2}, InputKind::integer}, {{2, 1}}},
                        [](Inputs x) { return scatter(x[0], 1, x[1], x[2]); },
                        "torch.scatter(x[0], 1, x[1], x[2])"});
  table.add("scatter", {"a number",
                        {{{2, 3}}, {{2, 2}, {0, 2}, InputKind::integer}},
                        [](Inputs x) { return scatter(x[0], 1, x[1], 0.5); },
                        "torch.scatter(x[0], 1, x[1], 0.5)"});
  table.add("index", {"two",
                      {{{4, 5, 2}}, {{3}, {0, 3}, InputKind::integer}, {{3}, {0, 4}, InputKind::integer}},
                      [](Inputs x) { return index(x[0], {x[1], x[2]}); },
                      "x[0][x[1], x[2]]"});
  table.add("index", {"broadcast",
                      {{{4, 5}}, {{2, 1}, {0, 3}, InputKind::integer}, {{3}, {0, 4}, InputKind::integer}},
                      [](Inputs x) { return index(x[0], {x[1], x[2]}); },
                      "x[0][x[1], x[2]]"});
  table.add("index_put", {"one position",
                          {{{4, 3}}, {{1}, {0, 3}, InputKind::integer}, {{1, 3}}},
                          [](Inputs x) { return index_put(x[0], {x[1]}, x[2]); },
                          "torch.index_put(x[0], (x[1],), x[2])"});
  table.add("index_add", {"repeated positions",
                          {{{4, 3}}, {{6}, {0, 3}, InputKind::integer}, {{6, 3}}},
                          [](Inputs x) { return index_add(x[0], {x[1]}, x[2]); },
                          "torch.index_put(x[0], (x[1],), x[2], accumulate=True)"});
  for (const Shape& mask : {Shape{3, 4}, Shape{4}, Shape{3, 1}})
    table.add("masked_fill", {to_string(mask),
                              {{{3, 4}}, {mask, {}, InputKind::boolean}},
                              [](Inputs x) { return masked_fill(x[0], x[1], -2.5); },
                              "torch.masked_fill(x[0], x[1], -2.5)"});
  table.add("one_hot", {"",
                        {{{2, 3}, {0, 4}, InputKind::integer}},
                        [](Inputs x) { return one_hot(x[0], 5, DType::i64); },
                        "F.one_hot(x[0], 5)",
                        false});
  for (const Shape& shape : {Shape{5}, Shape{2, 3}, Shape{}})
    table.add("embedding", {to_string(shape),
                            {{{4, 3}}, {shape, {0, 3}, InputKind::integer}},
                            [](Inputs x) { return embedding(x[0], x[1]); },
                            "F.embedding(x[1], x[0])"});
}

}  // namespace tenon::testing

// Rows of the op table: convolutions, pooling, interpolation, attention, normalisation and losses.
#include <fmt/format.h>

#include "tenon/array/ops.h"
#include "tests/ops/op_table.h"

namespace tenon::testing {
namespace {

using Inputs = const std::vector<Array>&;

struct ConvRow {
  const char* what;
  ConvOptions options;
  const char* torch;
  std::int64_t in = 2, out = 3;  // channels; of the weight's input axis: in / groups
};

const ConvRow conv_rows[] = {
    {"plain", {}, ""},
    {"stride 2", {.stride = 2}, ", stride=2"},
    {"padding 1", {.padding = 1}, ", padding=1"},
    {"dilation 2, padding 2", {.padding = 2, .dilation = 2}, ", padding=2, dilation=2"},
    {"same", {.padding = AutoPadding::same}, ", padding='same'"},
    {"groups 2", {.groups = 2}, ", groups=2", 4, 6},
    {"depthwise, stride 2", {.stride = 2, .padding = 1, .groups = 3}, ", stride=2, padding=1, groups=3", 3, 3},
};

void add_convolutions(OpTable& table) {
  using Conv = Array (*)(const Array&, const Array&, const Array&, const ConvOptions&, std::source_location);
  const Conv convs[] = {conv1d, conv2d, conv3d};
  const Shape spatial[] = {Shape{9}, Shape{6, 7}, Shape{5, 5, 6}}, kernels[] = {Shape{3}, Shape{3, 2}, Shape{2, 3, 2}};
  for (std::size_t axes = 1; axes <= 3; ++axes)
    for (const ConvRow& row : conv_rows) {
      if (axes == 3 && row.options.groups > 1) continue;
      Dims input{2, row.in}, weight{row.out, row.in / row.options.groups};
      for (const std::int64_t size : spatial[axes - 1]) input.push_back(size);
      for (const std::int64_t size : kernels[axes - 1]) weight.push_back(size);
      table.add(fmt::format("conv{}d", axes), {row.what,
                                               {{Shape(input)}, {Shape(weight)}, {{row.out}}},
                                               [f = convs[axes - 1], options = row.options](Inputs x) {
                                                 return f(x[0], x[1], x[2], options, std::source_location::current());
                                               },
                                               fmt::format("F.conv{}d(x[0], x[1], x[2]{})", axes, row.torch)});
    }
  table.add("conv", {"two axes",
                     {{{1, 2, 5, 5}}, {{3, 2, 3, 3}}},
                     [](Inputs x) { return conv(x[0], x[1]); },
                     "F.conv2d(x[0], x[1])"});
  using Transpose =
      Array (*)(const Array&, const Array&, const Array&, const ConvTransposeOptions&, std::source_location);
  const Transpose transposes[] = {conv_transpose1d, conv_transpose2d, conv_transpose3d};
  const Shape small[] = {Shape{4}, Shape{3, 4}, Shape{3, 2, 3}};
  const struct {
    const char* what;
    ConvTransposeOptions options;
    const char* torch;
  } rows[] = {
      {"plain", {}, ""},
      {"stride 2", {.stride = 2}, ", stride=2"},
      {"stride 2, padding 1, output padding 1",
       {.stride = 2, .padding = 1, .output_padding = 1},
       ", stride=2, padding=1, output_padding=1"},
      {"dilation 2", {.dilation = 2}, ", dilation=2"},
  };
  for (std::size_t axes = 1; axes <= 3; ++axes)
    for (const auto& row : rows) {
      Dims input{2, 2}, weight{2, 3};
      for (const std::int64_t size : small[axes - 1]) input.push_back(size);
      for (const std::int64_t size : kernels[axes - 1]) weight.push_back(size);
      table.add(fmt::format("conv_transpose{}d", axes),
                {row.what,
                 {{Shape(input)}, {Shape(weight)}, {{3}}},
                 [f = transposes[axes - 1], options = row.options](Inputs x) {
                   return f(x[0], x[1], x[2], options, std::source_location::current());
                 },
                 fmt::format("F.conv_transpose{}d(x[0], x[1], x[2]{})", axes, row.torch)});
    }
  table.add("conv_transpose", {"two axes",
                               {{{1, 2, 3, 3}}, {{2, 3, 3, 3}}},
                               [](Inputs x) { return conv_transpose(x[0], x[1]); },
                               "F.conv_transpose2d(x[0], x[1])"});
}

void add_pooling(OpTable& table) {
  const Shape inputs[] = {Shape{2, 3, 9}, Shape{1, 2, 6, 7}, Shape{1, 2, 4, 4, 5}};
  using MaxPool = Array (*)(const Array&, const PerAxis&, const MaxPoolOptions&, std::source_location);
  using AvgPool = Array (*)(const Array&, const PerAxis&, const AvgPoolOptions&, std::source_location);
  using Adaptive = Array (*)(const Array&, const PerAxis&, std::source_location);
  const MaxPool max_pools[] = {max_pool1d, max_pool2d, max_pool3d};
  const AvgPool avg_pools[] = {avg_pool1d, avg_pool2d, avg_pool3d};
  const Adaptive adaptive_avg[] = {adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d};
  const Adaptive adaptive_max[] = {adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d};
  const std::pair<const char*, MaxPoolOptions> max_rows[] = {
      {"", {}}, {", stride=1", {.stride = 1}}, {", stride=2, padding=1", {.stride = 2, .padding = 1}}};
  const std::pair<const char*, AvgPoolOptions> avg_rows[] = {
      {"", {}},
      {", stride=1", {.stride = 1}},
      {", stride=2, padding=1", {.stride = 2, .padding = 1}},
      {", padding=1, count_include_pad=False", {.padding = 1, .count_include_pad = false}}};
  for (std::size_t axes = 1; axes <= 3; ++axes) {
    const std::vector<OpInput> input{{inputs[axes - 1]}};
    for (const auto& [torch, options] : max_rows)
      table.add(fmt::format("max_pool{}d", axes), {fmt::format("2{}", torch), input,
                                                   [f = max_pools[axes - 1], how = options](Inputs x) {
                                                     return f(x[0], 2, how, std::source_location::current());
                                                   },
                                                   fmt::format("F.max_pool{}d(x[0], 2{})", axes, torch)});
    for (const auto& [torch, options] : avg_rows)
      table.add(fmt::format("avg_pool{}d", axes), {fmt::format("2{}", torch), input,
                                                   [f = avg_pools[axes - 1], how = options](Inputs x) {
                                                     return f(x[0], 2, how, std::source_location::current());
                                                   },
                                                   fmt::format("F.avg_pool{}d(x[0], 2{})", axes, torch)});
    for (const std::int64_t size : {1, 2, 3}) {
      table.add(
          fmt::format("adaptive_avg_pool{}d", axes),
          {fmt::format("to {}", size), input,
           [f = adaptive_avg[axes - 1], size](Inputs x) { return f(x[0], size, std::source_location::current()); },
           fmt::format("F.adaptive_avg_pool{}d(x[0], {})", axes, size)});
      table.add(
          fmt::format("adaptive_max_pool{}d", axes),
          {fmt::format("to {}", size), input,
           [f = adaptive_max[axes - 1], size](Inputs x) { return f(x[0], size, std::source_location::current()); },
           fmt::format("F.adaptive_max_pool{}d(x[0], {})", axes, size)});
    }
  }
}

void add_interpolation(OpTable& table) {
  const struct {
    const char* what;
    Shape input;
    InterpolateOptions options;
    const char* torch;
  } rows[] = {
      {"nearest 1d", {2, 2, 5}, {.size = 8}, "size=8"},
      {"nearest 2d, smaller", {1, 2, 6, 5}, {.size = PerAxis{3, 4}}, "size=(3, 4)"},
      {"linear", {2, 2, 5}, {.size = 8, .mode = Interpolation::linear}, "size=8, mode='linear'"},
      {"linear, aligned",
       {2, 2, 5},
       {.size = 8, .mode = Interpolation::linear, .align_corners = true},
       "size=8, mode='linear', align_corners=True"},
      {"bilinear",
       {1, 2, 4, 5},
       {.size = PerAxis{7, 3}, .mode = Interpolation::linear},
       "size=(7, 3), mode='bilinear'"},
      {"bilinear, scale 2",
       {1, 2, 3, 4},
       {.scale = {2, 2}, .mode = Interpolation::linear},
       "scale_factor=2, mode='bilinear'"},
      {"bicubic", {1, 1, 4, 5}, {.size = PerAxis{6, 7}, .mode = Interpolation::cubic}, "size=(6, 7), mode='bicubic'"},
      {"bicubic, aligned",
       {1, 1, 4, 5},
       {.size = PerAxis{6, 7}, .mode = Interpolation::cubic, .align_corners = true},
       "size=(6, 7), mode='bicubic', align_corners=True"},
      {"trilinear",
       {1, 1, 2, 3, 4},
       {.size = PerAxis{3, 4, 6}, .mode = Interpolation::linear},
       "size=(3, 4, 6), mode='trilinear'"},
  };
  for (const auto& row : rows)
    table.add("interpolate", {row.what,
                              {{row.input}},
                              [options = row.options](Inputs x) { return interpolate(x[0], options); },
                              fmt::format("F.interpolate(x[0], {})", row.torch)});
}

void add_attention(OpTable& table) {
  const std::vector<OpInput> heads{{{2, 2, 3, 4}}, {{2, 2, 5, 4}}, {{2, 2, 5, 3}}};
  const auto attend = [](Inputs x, const DotProductAttentionOptions& options) {
    return scaled_dot_product_attention(x[0], x[1], x[2], options);
  };
  const std::string torch = "F.scaled_dot_product_attention(x[0], x[1], x[2]{})";
  const auto add = [&](const std::string& what, std::vector<OpInput> inputs, const ArrayFunction& f,
                       const std::string& more) {
    table.add("scaled_dot_product_attention", {what, std::move(inputs), f, fmt::format(fmt::runtime(torch), more)});
  };
  add("plain", heads, [=](Inputs x) { return attend(x, {}); }, "");
  add(
      "causal", {{{2, 2, 4, 4}}, {{2, 2, 4, 4}}, {{2, 2, 4, 3}}}, [=](Inputs x) { return attend(x, {.causal = true}); },
      ", is_causal=True");
  add("scale", heads, [=](Inputs x) { return attend(x, {.scale = 0.3}); }, ", scale=0.3");
  std::vector<OpInput> added = heads;
  added.push_back({{3, 5}});
  add("added mask", added, [=](Inputs x) { return attend(x, {.mask = x[3]}); }, ", attn_mask=x[3]");
  add(
      "grouped heads", {{{2, 4, 3, 4}}, {{2, 2, 5, 4}}, {{2, 2, 5, 4}}}, [=](Inputs x) { return attend(x, {}); },
      ", enable_gqa=True");
}

void add_normalization(OpTable& table) {
  const OpInput channel{{3}}, variance{{3}, {0.5, 2}};
  for (const Shape& shape : {Shape{4, 3}, Shape{2, 3, 5}, Shape{2, 3, 2, 3}}) {
    const std::string what = to_string(shape);
    table.add("batch_norm", {what,
                             {{shape}, channel, variance, channel, channel},
                             [](Inputs x) { return batch_norm(x[0], x[1], x[2], x[3], x[4]); },
                             "F.batch_norm(x[0], x[1].detach(), x[2].detach(), x[3], x[4])"});
    table.add("batch_norm_training",
              {what,
               {{shape}, channel, variance, channel, channel},
               [](Inputs x) { return batch_norm_training(x[0], stop_gradient(x[1]), x[2], x[3], x[4]).y; },
               "F.batch_norm(x[0], x[1].detach(), x[2].detach(), x[3], x[4], training=True)"});
    if (shape.rank() > 2)
      table.add("instance_norm", {what,
                                  {{shape}, channel, channel},
                                  [](Inputs x) { return instance_norm(x[0], x[1], x[2]); },
                                  "F.instance_norm(x[0], weight=x[1], bias=x[2])"});
  }
  for (const std::int64_t groups : {1, 2, 4})
    table.add("group_norm", {fmt::format("{} groups", groups),
                             {{{2, 4, 3}}, {{4}}, {{4}}},
                             [=](Inputs x) { return group_norm(x[0], groups, x[1], x[2]); },
                             fmt::format("F.group_norm(x[0], {}, x[1], x[2])", groups)});
  for (const Shape& shape : {Shape{5}, Shape{3, 5}, Shape{2, 3, 5}})
    table.add("rms_norm", {to_string(shape),
                           {{shape}, {{5}}},
                           [](Inputs x) { return rms_norm(x[0], x[1]); },
                           "F.rms_norm(x[0], (5,), x[1], eps=1e-5)"});
}

void add_losses(OpTable& table) {
  const std::pair<LossReduction, const char*> reductions[] = {
      {LossReduction::mean, "mean"}, {LossReduction::sum, "sum"}, {LossReduction::none, "none"}};
  for (const auto& [reduction, called] : reductions) {
    const auto add = [&](const std::string& name, const ArrayFunction& f, const std::string& torch) {
      table.add(name, {called, {{{3, 4}}, {{3, 4}}}, f, fmt::format("{}, reduction='{}')", torch, called)});
    };
    add("l1_loss", [=](Inputs x) { return l1_loss(x[0], x[1], reduction); }, "F.l1_loss(x[0], x[1]");
    add(
        "smooth_l1_loss", [=](Inputs x) { return smooth_l1_loss(x[0], x[1], 0.7, reduction); },
        "F.smooth_l1_loss(x[0], x[1], beta=0.7");
    add(
        "huber_loss", [=](Inputs x) { return huber_loss(x[0], x[1], 0.7, reduction); },
        "F.huber_loss(x[0], x[1], delta=0.7");
    add(
        "binary_cross_entropy_with_logits",
        [=](Inputs x) { return binary_cross_entropy_with_logits(x[0], sigmoid(x[1]), reduction); },
        "F.binary_cross_entropy_with_logits(x[0], torch.sigmoid(x[1])");
    table.add("nll_loss", {called,
                           {{{5, 4}}, {{5}, {0, 3}, InputKind::integer}},
                           [=](Inputs x) { return nll_loss(log_softmax(x[0]), x[1], reduction); },
                           fmt::format("F.nll_loss(torch.log_softmax(x[0], 1), x[1], reduction='{}')", called)});
    // PyTorch has no gradient by the weights; ours has that of any product.
    const std::vector<OpInput> weighted{{{5, 4}}, {{5}, {0, 3}, InputKind::integer}, {{4}, {0.5, 2}}};
    table.add("nll_loss",
              {fmt::format("weights, {}", called), weighted,
               [=](Inputs x) { return nll_loss(log_softmax(x[0]), x[1], {.weight = x[2], .reduction = reduction}); },
               fmt::format("F.nll_loss(torch.log_softmax(x[0], 1), x[1], weight=x[2].detach(), "
                           "reduction='{}')",
                           called)});
    table.add("cross_entropy",
              {fmt::format("weights, {}", called), weighted,
               [=](Inputs x) { return cross_entropy(x[0], x[1], {.weight = x[2], .reduction = reduction}); },
               fmt::format("F.cross_entropy(x[0], x[1], weight=x[2].detach(), reduction='{}')", called)});
  }
}

}  // namespace

void add_window_ops(std::vector<OpRow>& rows) {
  OpTable table("networks", rows);
  add_convolutions(table);
  add_pooling(table);
  add_interpolation(table);
  add_attention(table);
  add_normalization(table);
  add_losses(table);
}

}  // namespace tenon::testing

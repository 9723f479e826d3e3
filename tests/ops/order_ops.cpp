// Rows of the op table: scans, sorting and counting.
#include <fmt/format.h>

#include "tenon/array/ops.h"
#include "tests/ops/op_table.h"

namespace tenon::testing {
namespace {

using Inputs = const std::vector<Array>&;

}  // namespace

void add_order_ops(std::vector<OpRow>& rows) {
  OpTable table("order", rows);
  for (const int axis : {0, 1, 2, -1}) {
    const std::string what = fmt::format("axis {}", axis);
    const std::vector<OpInput> one{{{3, 4, 5}}};
    const auto add = [&](const std::string& name, const ArrayFunction& f, const std::string& torch,
                         bool is_smooth = true) {
      table.add(name, {what, one, f, fmt::format(fmt::runtime(torch), axis), is_smooth});
    };
    add("cumsum", [=](Inputs x) { return cumsum(x[0], axis); }, "torch.cumsum(x[0], {})");
    add("cumprod", [=](Inputs x) { return cumprod(x[0], axis); }, "torch.cumprod(x[0], {})");
    add("cummax", [=](Inputs x) { return cummax(x[0], axis).values; }, "torch.cummax(x[0], {}).values");
    add("cummin", [=](Inputs x) { return cummin(x[0], axis).values; }, "torch.cummin(x[0], {}).values");
    add("logcumsumexp", [=](Inputs x) { return logcumsumexp(x[0], axis); }, "torch.logcumsumexp(x[0], {})");
    add("sort", [=](Inputs x) { return sort(x[0], axis); }, "torch.sort(x[0], {}).values");
    add("argsort", [=](Inputs x) { return argsort(x[0], axis); }, "torch.argsort(x[0], dim={}, stable=True)", false);
    add("topk", [=](Inputs x) { return topk(x[0], 2, axis).values; }, "torch.topk(x[0], 2, {}).values");
    add("median", [=](Inputs x) { return median(x[0], axis); }, "torch.quantile(x[0], 0.5, {})");
    add("quantile", [=](Inputs x) { return quantile(x[0], 0.3, axis); }, "torch.quantile(x[0], 0.3, {})");
    table.add("cummax", {what + ", positions", one, [=](Inputs x) { return cummax(x[0], axis).indices; },
                         fmt::format("torch.cummax(x[0], {}).indices", axis), false});
    table.add("topk", {what + ", smallest positions", one, [=](Inputs x) { return topk(x[0], 3, axis, false).indices; },
                       fmt::format("torch.topk(x[0], 3, {}, largest=False).indices", axis), false});
    table.add("sort", {what + ", descending", one, [=](Inputs x) { return sort(x[0], axis, true); },
                       fmt::format("torch.sort(x[0], {}, descending=True).values", axis)});
    // Many equal ones: what is stable keeps their order.
    table.add("argsort", {what + ", integers",
                          {{{3, 4, 9}, {0, 3}, InputKind::integer}},
                          [=](Inputs x) { return argsort(x[0], axis); },
                          fmt::format("torch.argsort(x[0], dim={}, stable=True)", axis),
                          false});
    table.add("cumsum", {what + ", reversed", one, [=](Inputs x) { return cumsum(x[0], axis, true); },
                         fmt::format("torch.cumsum(x[0].flip({0}), {0}).flip({0})", axis)});
  }
  for (const bool right : {false, true})
    table.add("searchsorted",
              {right ? "right" : "left",
               {{{9}, {0, 6}, InputKind::integer}, {{3, 4}, {0, 7}, InputKind::integer}},
               [=](Inputs x) { return searchsorted(sort(x[0]), x[1], right); },
               fmt::format("torch.searchsorted(torch.sort(x[0]).values, x[1], right={})", right ? "True" : "False"),
               false});
  table.add("bincount", {"of 6",
                         {{{20}, {0, 5}, InputKind::integer}},
                         [](Inputs x) { return bincount(x[0], {.length = 6}); },
                         "torch.bincount(x[0], minlength=6)",
                         false});
  table.add("bincount", {"weights",
                         {{{20}, {0, 5}, InputKind::integer}, {{20}}},
                         [](Inputs x) { return bincount(x[0], {.length = 6, .weights = x[1]}); },
                         "torch.bincount(x[0], x[1].detach(), minlength=6)"});
  table.add(
      "histogram",
      {"", {{{30}}}, [](Inputs x) { return histogram(x[0], 5, -2, 2); }, "torch.histc(x[0], 5, -2, 2).long()", false});
}

}  // namespace tenon::testing

// Rows of the op table: reductions.
#include <fmt/format.h>

#include "tenon/array/ops.h"
#include "tests/ops/op_table.h"

namespace tenon::testing {
namespace {

using Inputs = const std::vector<Array>&;

// Axes to reduce over, as both libraries want them.
struct Over {
  const char* what;
  Axes axes;
  const char* torch;  // the dim argument
};

const Over overs[] = {
    {"all", Axes(), "None"},
    {"axis 0", Axes(0), "0"},
    {"axis 1", Axes(1), "1"},
    {"axis -1", Axes(-1), "-1"},
    {"axes 0, 2", Axes({0, 2}), "(0, 2)"},
    {"axes 1, 2", Axes({1, 2}), "(1, 2)"},
};

}  // namespace

void add_reduction_ops(std::vector<OpRow>& rows) {
  OpTable table("reductions", rows);
  // One case for each set of axes, kept or not. In `torch`, {0} is the dim argument and {1} keepdim.
  const auto add = [&](const std::string& name, auto f, const std::string& torch, bool is_smooth = true,
                       Domain domain = {}, InputKind kind = InputKind::real, const std::string& more = "") {
    for (const Over& over : overs)
      for (const bool keepdims : {false, true})
        for (const Shape& shape : {Shape{2, 3, 4}, Shape{3, 1, 7}})
          table.add(name, {fmt::format("{}{} of {}{}", more, over.what, to_string(shape), keepdims ? ", keepdims" : ""),
                           {{shape, domain, kind}},
                           [=, axes = over.axes](Inputs x) { return f(x[0], axes, keepdims); },
                           fmt::format(fmt::runtime(torch), over.torch, keepdims ? "True" : "False"),
                           is_smooth && kind == InputKind::real});
  };
  add(
      "sum", [](const Array& x, const Axes& axes, bool keep) { return sum(x, axes, keep); },
      "torch.sum(x[0], dim={0}, keepdim={1})");
  add(
      "sum", [](const Array& x, const Axes& axes, bool keep) { return sum(x, axes, keep); },
      "torch.sum(x[0], dim={0}, keepdim={1})", false, {-9, 9}, InputKind::integer, "integers, ");
  add(
      "mean", [](const Array& x, const Axes& axes, bool keep) { return mean(x, axes, keep); },
      "torch.mean(x[0], dim={0}, keepdim={1})");
  add(
      "var", [](const Array& x, const Axes& axes, bool keep) { return var(x, axes, 1, keep); },
      "torch.var(x[0], dim={0}, keepdim={1})");
  add(
      "var", [](const Array& x, const Axes& axes, bool keep) { return var(x, axes, 0, keep); },
      "torch.var(x[0], dim={0}, correction=0, keepdim={1})", true, {}, InputKind::real, "correction 0, ");
  add(
      "stddev", [](const Array& x, const Axes& axes, bool keep) { return stddev(x, axes, 1, keep); },
      "torch.std(x[0], dim={0}, keepdim={1})");
  add(
      "max", [](const Array& x, const Axes& axes, bool keep) { return max(x, axes, keep); },
      "torch.amax(x[0], dim=dims(x[0], {0}), keepdim={1})");
  add(
      "min", [](const Array& x, const Axes& axes, bool keep) { return min(x, axes, keep); },
      "torch.amin(x[0], dim=dims(x[0], {0}), keepdim={1})");
  add(
      "max", [](const Array& x, const Axes& axes, bool keep) { return max(x, axes, keep); },
      "torch.amax(x[0], dim=dims(x[0], {0}), keepdim={1})", false, {-50, 50}, InputKind::integer, "integers, ");
  add(
      "logsumexp", [](const Array& x, const Axes& axes, bool keep) { return logsumexp(x, axes, keep); },
      "torch.logsumexp(x[0], dim=dims(x[0], {0}), keepdim={1})");
  add(
      "count_nonzero", [](const Array& x, const Axes& axes, bool keep) { return count_nonzero(x, axes, keep); },
      "torch.sum(x[0] != 0, dim={0}, keepdim={1})", false, {-1, 1}, InputKind::integer);
  add(
      "any_of", [](const Array& x, const Axes& axes, bool keep) { return any_of(x, axes, keep); },
      "torch.any(x[0], dim={0}, keepdim={1})", false, {}, InputKind::boolean);
  add(
      "all_of", [](const Array& x, const Axes& axes, bool keep) { return all_of(x, axes, keep); },
      "torch.all(x[0], dim={0}, keepdim={1})", false, {}, InputKind::boolean);
  for (const double p : {1.0, 2.0, 3.0})
    add(
        "norm", [=](const Array& x, const Axes& axes, bool keep) { return norm(x, p, axes, keep); },
        "torch.linalg.vector_norm(x[0], ord=" + fmt::format("{}", p) + ", dim={0}, keepdim={1})", true, {0.2, 2},
        InputKind::real, fmt::format("p {}, ", p));
  add(
      "norm",
      [](const Array& x, const Axes& axes, bool keep) {
        return norm(x, std::numeric_limits<double>::infinity(), axes, keep);
      },
      "torch.linalg.vector_norm(x[0], ord=float('inf'), dim={0}, keepdim={1})", true, {0.2, 2}, InputKind::real,
      "p infinity, ");
  for (const int axis : {0, 1, 2, -1})
    for (const bool keepdims : {false, true}) {
      const std::string what = fmt::format("axis {}{}", axis, keepdims ? ", keepdims" : "");
      const std::string torch = fmt::format("(x[0], dim={}, keepdim={})", axis, keepdims ? "True" : "False");
      const std::vector<OpInput> input{{{2, 3, 4}, {0.3, 2}}};
      table.add("prod", {what, input, [=](Inputs x) { return prod(x[0], axis, keepdims); }, "torch.prod" + torch});
    }
  for (const int axis : {0, 1, 2, -1})
    for (const bool keepdims : {false, true}) {
      const std::string what = fmt::format("axis {}{}", axis, keepdims ? ", keepdims" : "");
      const std::string torch = fmt::format("(x[0], dim={}, keepdim={})", axis, keepdims ? "True" : "False");
      table.add(
          "argmax",
          {what, {{{2, 3, 4}}}, [=](Inputs x) { return argmax(x[0], axis, keepdims); }, "torch.argmax" + torch, false});
    }
  for (const int axis : {0, 1, 2, -1})
    for (const bool keepdims : {false, true}) {
      const std::string what = fmt::format("axis {}{}", axis, keepdims ? ", keepdims" : "");
      const std::string torch = fmt::format("(x[0], dim={}, keepdim={})", axis, keepdims ? "True" : "False");
      table.add(
          "argmin",
          {what, {{{2, 3, 4}}}, [=](Inputs x) { return argmin(x[0], axis, keepdims); }, "torch.argmin" + torch, false});
    }
}

}  // namespace tenon::testing

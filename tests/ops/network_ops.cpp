// Rows of the op table: products, what networks are made of, and creation.
#include <fmt/format.h>

#include "tenon/array/ops.h"
#include "tests/ops/op_table.h"

namespace tenon::testing {
namespace {

using Inputs = const std::vector<Array>&;

}  // namespace

void add_product_ops(std::vector<OpRow>& rows) {
  OpTable table("products", rows);
  const auto add = [&](const std::string& name, const std::string& what, const Shape& a, const Shape& b,
                       const ArrayFunction& f,
                       const std::string& torch) { table.add(name, {what, {{a}, {b}}, f, torch}); };
  const std::pair<Shape, Shape> factors[] = {
      {Shape{3}, Shape{3}},          {Shape{2, 3}, Shape{3}},          {Shape{3}, Shape{3, 2}},
      {Shape{2, 3}, Shape{3, 4}},    {Shape{1, 3}, Shape{3, 1}},       {Shape{5, 2, 3}, Shape{3, 4}},
      {Shape{2, 3}, Shape{5, 3, 4}}, {Shape{5, 2, 3}, Shape{5, 3, 4}}, {Shape{2, 1, 2, 3}, Shape{4, 3, 2}},
      {Shape{3}, Shape{2, 3, 4}},    {Shape{2, 2, 3}, Shape{3}},       {Shape{0, 3}, Shape{3, 2}},
      {Shape{2, 0}, Shape{0, 3}},    {Shape{7, 17}, Shape{17, 9}},     {Shape{33, 5}, Shape{5, 33}},
  };
  for (const auto& [a, b] : factors)
    add(
        "matmul", fmt::format("{} {}", to_string(a), to_string(b)), a, b, [](Inputs x) { return matmul(x[0], x[1]); },
        "torch.matmul(x[0], x[1])");
  add(
      "matmul", "transposed", {3, 2}, {4, 3}, [](Inputs x) { return matmul(transpose(x[0]), transpose(x[1])); },
      "torch.matmul(x[0].T, x[1].T)");
  add("bmm", "", {5, 2, 3}, {5, 3, 4}, [](Inputs x) { return bmm(x[0], x[1]); }, "torch.bmm(x[0], x[1])");
  for (const int axes : {0, 1, 2})
    add(
        "tensordot", fmt::format("{} axes", axes), {2, 3, 4}, axes == 2 ? Shape{3, 4, 2} : Shape{4, 3, 2},
        [=](Inputs x) { return tensordot(x[0], x[1], axes); }, fmt::format("torch.tensordot(x[0], x[1], {})", axes));
  add(
      "tensordot", "named axes", {2, 3, 4}, {4, 5, 2}, [](Inputs x) { return tensordot(x[0], x[1], {2, 0}, {0, 2}); },
      "torch.tensordot(x[0], x[1], ([2, 0], [0, 2]))");
  add("inner", "[2, 3] [4, 3]", {2, 3}, {4, 3}, [](Inputs x) { return inner(x[0], x[1]); }, "torch.inner(x[0], x[1])");
  add("outer", "", {3}, {4}, [](Inputs x) { return outer(x[0], x[1]); }, "torch.outer(x[0], x[1])");
  add("vdot", "", {5}, {5}, [](Inputs x) { return vdot(x[0], x[1]); }, "torch.vdot(x[0], x[1])");
  add(
      "contract", "one axis", {2, 3}, {4, 3}, [](Inputs x) { return contract(x[0], x[1], {.contracted = {{1, 1}}}); },
      "torch.einsum('ik,jk->ij', x[0], x[1])");
  add(
      "contract", "batch and two axes", {2, 3, 4, 5}, {3, 5, 2, 2},
      [](Inputs x) { return contract(x[0], x[1], {.contracted = {{3, 1}, {0, 2}}, .batch = {{1, 0}}}); },
      "torch.einsum('abcd,bdae->bce', x[0], x[1])");
  const struct {
    const char* specification;
    Shape a, b;
  } sums[] = {
      {"ij,jk->ik", {2, 3}, {3, 4}},
      {"ij,ij->", {2, 3}, {2, 3}},
      {"bij,bkj->bik", {2, 3, 4}, {2, 5, 4}},
      {"i,j->ij", {3}, {4}},
      {"ij,j->i", {2, 3}, {3}},
      {"abc,cd->dab", {2, 3, 4}, {4, 2}},
      {"ii,i->i", {3, 3}, {3}},
      {"...i,ij->...j", {2, 2, 3}, {3, 4}},
  };
  for (const auto& [specification, a, b] : sums)
    add(
        "einsum", specification, a, b,
        [text = std::string(specification)](Inputs x) { return einsum(text, {x[0], x[1]}); },
        fmt::format("torch.einsum('{}', x[0], x[1])", specification));
  for (const char* specification : {"ij->ji", "ij->i", "ij->", "ii->i", "ii->"})
    table.add("einsum",
              {specification,
               {{{3, 3}}},
               [specification = std::string(specification)](Inputs x) { return einsum(specification, {x[0]}); },
               fmt::format("torch.einsum('{}', x[0])", specification)});
  for (const Shape& shape : {Shape{3}, Shape{2, 3}, Shape{2, 4, 3}}) {
    table.add("linear", {to_string(shape),
                         {{shape}, {{5, 3}}, {{5}}},
                         [](Inputs x) { return linear(x[0], x[1], x[2]); },
                         "F.linear(x[0], x[1], x[2])"});
    table.add("linear", {to_string(shape) + " without bias",
                         {{shape}, {{5, 3}}},
                         [](Inputs x) { return linear(x[0], x[1]); },
                         "F.linear(x[0], x[1])"});
  }
}

void add_network_ops(std::vector<OpRow>& rows) {
  OpTable table("networks", rows);
  for (const int axis : {0, 1, 2, -1}) {
    const std::string what = fmt::format("axis {}", axis);
    table.add("softmax", {what,
                          {{{2, 3, 4}}},
                          [=](Inputs x) { return softmax(x[0], axis); },
                          fmt::format("torch.softmax(x[0], {})", axis)});
    table.add("log_softmax", {what,
                              {{{2, 3, 4}}},
                              [=](Inputs x) { return log_softmax(x[0], axis); },
                              fmt::format("torch.log_softmax(x[0], {})", axis)});
  }
  for (const Shape& shape : {Shape{5}, Shape{3, 5}, Shape{2, 3, 5}}) {
    table.add("layer_norm", {to_string(shape),
                             {{shape}, {{5}}, {{5}}},
                             [](Inputs x) { return layer_norm(x[0], x[1], x[2]); },
                             "F.layer_norm(x[0], (5,), x[1], x[2])"});
    table.add(
        "layer_norm",
        {to_string(shape) + " bare", {{shape}}, [](Inputs x) { return layer_norm(x[0]); }, "F.layer_norm(x[0], (5,))"});
    table.add("mse_loss", {to_string(shape),
                           {{shape}, {shape}},
                           [](Inputs x) { return mse_loss(x[0], x[1]); },
                           "F.mse_loss(x[0], x[1])"});
  }
  table.add("cross_entropy", {"",
                              {{{6, 4}}, {{6}, {0, 3}, InputKind::integer}},
                              [](Inputs x) { return cross_entropy(x[0], x[1]); },
                              "F.cross_entropy(x[0], x[1])"});
}

void add_creation_ops(std::vector<OpRow>& rows) {
  OpTable table("creation", rows);
  const auto add = [&](const std::string& name, const std::string& what, const ArrayFunction& f,
                       const std::string& torch) { table.add(name, {what, {}, f, torch, false}); };
  add("zeros", "", [](Inputs) { return zeros({2, 3}, DType::f64); }, "torch.zeros(2, 3)");
  add("ones", "", [](Inputs) { return ones({2, 3}, DType::f64); }, "torch.ones(2, 3)");
  add("full", "", [](Inputs) { return full({2, 3}, 2.5, DType::f64); }, "torch.full((2, 3), 2.5)");
  add("eye", "3", [](Inputs) { return eye(3, -1, 0, DType::f64); }, "torch.eye(3)");
  add("eye", "3 4", [](Inputs) { return eye(3, 4, 0, DType::f64); }, "torch.eye(3, 4)");
  for (const std::int64_t offset : {0, 1, -2, 5})
    add(
        "tri", fmt::format("3 4, offset {}", offset), [=](Inputs) { return tri(3, 4, offset, DType::f64); },
        fmt::format("torch.tril(torch.ones(3, 4), {})", offset));
  add("tri", "3", [](Inputs) { return tri(3, -1, 0, DType::f64); }, "torch.tril(torch.ones(3, 3))");
  add("arange", "5", [](Inputs) { return arange(5); }, "torch.arange(5)");
  add("arange", "2 11 3", [](Inputs) { return arange(2, 11, 3); }, "torch.arange(2, 11, 3)");
  add("arange", "9 0 -2", [](Inputs) { return arange(9, 0, -2); }, "torch.arange(9, 0, -2)");
  add("arange", "fractions", [](Inputs) { return arange(0.0, 1.0, 0.25, DType::f64); }, "torch.arange(0.0, 1.0, 0.25)");
  add("linspace", "0 1 5", [](Inputs) { return linspace(0, 1, 5, DType::f64); }, "torch.linspace(0, 1, 5)");
  add("linspace", "2 -3 7", [](Inputs) { return linspace(2, -3, 7, DType::f64); }, "torch.linspace(2, -3, 7)");
  table.add("zeros_like", {"", {{{2, 3}}}, [](Inputs x) { return zeros_like(x[0]); }, "torch.zeros_like(x[0])", false});
  table.add("ones_like", {"", {{{2, 3}}}, [](Inputs x) { return ones_like(x[0]); }, "torch.ones_like(x[0])", false});
  table.add("full_like",
            {"", {{{2, 3}}}, [](Inputs x) { return full_like(x[0], 7); }, "torch.full_like(x[0], 7)", false});
}

}  // namespace tenon::testing

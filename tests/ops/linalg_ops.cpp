// Rows of the op table: linear algebra. Matrices are made well-conditioned in the expressions, and what depends on
// signs of singular or eigenvectors is made not to.
#include <fmt/format.h>

#include "tenon/array/ops.h"
#include "tests/ops/op_table.h"

namespace tenon::testing {
namespace {

using Inputs = const std::vector<Array>&;

Array transposed(const Array& x) { return swapaxes(x, -1, -2); }

// x x' + n 1: positive definite.
Array positive(const Array& x) {
  return matmul(x, transposed(x)) + static_cast<double>(x.size(-2)) * eye(x.size(-2), -1, 0, x.dtype());
}
std::string torch_positive(std::string_view x) {
  return fmt::format("({0} @ {0}.mT + {0}.shape[-2] * torch.eye({0}.shape[-2]))", x);
}
// Columns that are far from dependent, and singular values far from each other: x with 1, 2, ... added to its diagonal.
Array apart(const Array& x) {
  const std::int64_t m = x.size(-2), n = x.size(-1);
  return x + 4 * eye(m, n, 0, x.dtype()) * (arange(n, x.dtype()) + 1);
}
std::string torch_apart(std::string_view x) {
  return fmt::format("({0} + 4 * torch.eye({0}.shape[-2], {0}.shape[-1]) * (torch.arange({0}.shape[-1]) + 1))", x);
}

void add_decompositions(OpTable& table) {
  for (const Shape& shape : {Shape{1, 1}, Shape{3, 3}, Shape{2, 4, 4}, Shape{2, 1, 3, 3}}) {
    const std::string what = to_string(shape);
    const std::vector<OpInput> one{{shape, {-1, 1}}};
    const auto add = [&](const std::string& name, const std::string& part, const ArrayFunction& f,
                         const std::string& torch) { table.add(name, {what + part, one, f, torch}); };
    add(
        "cholesky", "", [](Inputs x) { return cholesky(positive(x[0])); },
        "torch.linalg.cholesky(" + torch_positive("x[0]") + ")");
    const std::string symmetric = "(" + torch_apart("x[0]") + " + " + torch_apart("x[0]") + ".mT)";
    const auto sum_with_transposed = [](const Array& x) { return apart(x) + transposed(apart(x)); };
    add(
        "eigh", ", values", [=](Inputs x) { return eigh(sum_with_transposed(x[0])).values; },
        "torch.linalg.eigh(" + symmetric + ").eigenvalues");
    add(
        "eigh", ", vectors", [=](Inputs x) { return square(eigh(sum_with_transposed(x[0])).vectors); },
        "torch.linalg.eigh(" + symmetric + ").eigenvectors ** 2");
    add(
        "eigvalsh", "", [=](Inputs x) { return eigvalsh(sum_with_transposed(x[0])); },
        "torch.linalg.eigvalsh(" + symmetric + ")");
    add("det", "", [](Inputs x) { return det(x[0]); }, "torch.linalg.det(x[0])");
    add(
        "slogdet", ", log", [](Inputs x) { return slogdet(apart(x[0])).log; },
        "torch.linalg.slogdet(" + torch_apart("x[0]") + ").logabsdet");
    table.add("slogdet", {what + ", sign", one, [](Inputs x) { return slogdet(x[0]).sign; },
                          "torch.linalg.slogdet(x[0]).sign", false});
    add("inv", "", [](Inputs x) { return inv(apart(x[0])); }, "torch.linalg.inv(" + torch_apart("x[0]") + ")");
  }
  for (const Shape& shape : {Shape{3, 3}, Shape{5, 3}, Shape{3, 5}, Shape{2, 4, 2}, Shape{2, 2, 4}}) {
    const std::string what = to_string(shape), a = torch_apart("x[0]");
    const std::vector<OpInput> one{{shape, {-1, 1}}};
    const auto add = [&](const std::string& name, const std::string& part, const ArrayFunction& f,
                         const std::string& torch) { table.add(name, {what + part, one, f, torch}); };
    // Signs are LAPACK's in both.
    add("qr", ", q", [](Inputs x) { return qr(apart(x[0])).q; }, "torch.linalg.qr(" + a + ").Q");
    add("qr", ", r", [](Inputs x) { return qr(apart(x[0])).r; }, "torch.linalg.qr(" + a + ").R");
    const std::string parts = "torch.linalg.svd(" + a + ", full_matrices=False)";
    add("svd", ", u", [](Inputs x) { return square(svd(apart(x[0])).u); }, parts + ".U ** 2");
    add("svd", ", s", [](Inputs x) { return svd(apart(x[0])).s; }, parts + ".S");
    add("svd", ", vh", [](Inputs x) { return square(svd(apart(x[0])).vh); }, parts + ".Vh ** 2");
    add(
        "svd", ", u and vh",
        [](Inputs x) {
          const SingularValues p = svd(apart(x[0]));
          return matmul(p.u, p.vh);
        },
        fmt::format("(lambda p: p.U @ p.Vh)({})", parts));
    add("svdvals", "", [](Inputs x) { return svdvals(apart(x[0])); }, "torch.linalg.svdvals(" + a + ")");
  }
}

void add_solutions(OpTable& table) {
  struct Pair {
    Shape a, b;
  };
  for (const Pair& pair :
       {Pair{{3, 3}, {3}}, Pair{{3, 3}, {3, 2}}, Pair{{2, 4, 4}, {4, 1}}, Pair{{2, 1, 3, 3}, {3, 3, 2}}}) {
    const std::string what = to_string(pair.a) + " " + to_string(pair.b), a = torch_apart("x[0]");
    const std::vector<OpInput> two{{pair.a, {-1, 1}}, {pair.b}};
    const bool is_vector = pair.b.rank() == 1;
    table.add("solve",
              {what, two, [](Inputs x) { return solve(apart(x[0]), x[1]); }, "torch.linalg.solve(" + a + ", x[1])"});
    for (const bool upper : {false, true})
      for (const bool unit : {false, true}) {
        const std::string options =
            fmt::format(", upper={}, unitriangular={}", upper ? "True" : "False", unit ? "True" : "False");
        // PyTorch takes no vectors here.
        const std::string torch = is_vector
                                      ? "torch.linalg.solve_triangular(" + a + ", x[1][:, None]" + options + ")[:, 0]"
                                      : "torch.linalg.solve_triangular(" + a + ", x[1]" + options + ")";
        table.add("solve_triangular",
                  {fmt::format("{} {}{}", what, upper ? "upper" : "lower", unit ? ", ones" : ""), two,
                   [=](Inputs x) { return solve_triangular(apart(x[0]), x[1], upper, unit); }, torch});
      }
  }
  for (const Pair& pair :
       {Pair{{4, 2}, {4, 3}}, Pair{{2, 4}, {2, 3}}, Pair{{2, 5, 3}, {2, 5, 2}}, Pair{{3, 3}, {3, 1}}})
    table.add("lstsq", {to_string(pair.a) + " " + to_string(pair.b),
                        {{pair.a, {-1, 1}}, {pair.b}},
                        [](Inputs x) { return lstsq(apart(x[0]), x[1]); },
                        "torch.linalg.lstsq(" + torch_apart("x[0]") + ", x[1], driver='gelsd').solution"});
  table.add("lstsq", {"of a vector",
                      {{{5, 2}, {-1, 1}}, {{5}}},
                      [](Inputs x) { return lstsq(apart(x[0]), x[1]); },
                      "torch.linalg.lstsq(" + torch_apart("x[0]") + ", x[1][:, None]).solution[:, 0]"});
}

}  // namespace

void add_linalg_ops(std::vector<OpRow>& rows) {
  if (!has_lapack()) return;
  OpTable table("linear algebra", rows);
  add_decompositions(table);
  add_solutions(table);
}

}  // namespace tenon::testing

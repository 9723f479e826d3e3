#include "tenon/render/c_contraction_indices.h"

#include <algorithm>
#include <limits>

namespace tenon {
namespace {

bool is_quotient(Expr expr) { return expr->kind == ExprKind::divide || expr->kind == ExprKind::modulo; }

bool has_quotient_of(Expr expr, Expr variable) {
  bool found = false;
  for_each_node(std::span(&expr, 1),
                [&](Expr node) { found = found || (is_quotient(node) && depends_on(node, variable)); });
  return found;
}

// The tables hold 32 bits; half of them, so that the sum fits too.
bool is_narrow(Expr index) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max() / 2;
  return index->low >= -most && index->high <= most;
}

}  // namespace

SplitIndices::SplitIndices(ExprPool& pool, std::span<const Expr> values, std::span<const Expr> positions, Expr run,
                           Expr fixed)
    : run_(run), fixed_(fixed) {
  for (Expr position : positions) add(pool, position, position, nullptr);
  std::vector<Expr> found;
  for_each_node(values, [&](Expr node) {
    if (node->kind == ExprKind::load || node->kind == ExprKind::within) found.push_back(node);
  });
  for (Expr node : found) {
    if (node->kind == ExprKind::load)
      add(pool, node->terms[0], node->terms[0], nullptr);
    else
      add(pool, node, pool.add(node->terms[0], -node->value), node);
  }
}

void SplitIndices::add(ExprPool& pool, Expr whole, Expr index, Expr guard) {
  const bool is_known = std::any_of(sums_.begin(), sums_.end(), [&](const Sum& sum) { return sum.whole == whole; });
  if (is_known || !depends_on(index, run_)) return;
  Expr of_run = pool.integer(0), of_fixed = pool.integer(0);
  const auto add_term = [&](Expr term, std::int64_t coefficient) {
    Expr& part = depends_on(term, run_) ? of_run : of_fixed;
    part = pool.add(part, pool.multiply(term, coefficient));
  };
  if (index->kind == ExprKind::affine) {
    for (std::size_t i = 0; i < index->terms.size(); ++i) add_term(index->terms[i], index->coefficients[i]);
    of_fixed = pool.add(of_fixed, index->value);
  } else {
    add_term(index, 1);
  }
  bool is_pure = !depends_on(of_run, fixed_);
  for_each_node(std::span(&of_run, 1), [&](Expr node) {
    is_pure =
        is_pure && node->kind != ExprKind::load && node->kind != ExprKind::checked && node->kind != ExprKind::local;
  });
  if (!is_pure || !is_narrow(of_run) || !is_narrow(of_fixed)) return;
  saves_quotients_ = saves_quotients_ || has_quotient_of(of_run, run_);
  sums_.push_back({whole, of_run, of_fixed, guard});
}

void SplitIndices::write_run_tables(ContractionText& t, std::int64_t length, const std::string& used,
                                    const std::string& first, const std::string& last) const {
  const int lanes = t.plan.lanes;
  for (std::size_t j = 0; j < sums_.size(); ++j) t.line("int run{}[{}];", j, length);
  t.line("_Bool in_run[{}];", length / lanes);
  t.line("#pragma omp simd");
  t.open("for (long i = 0; i < {}; ++i)", used);
  t.line("const long run = {0} + i < {1} ? {0} + i : {1};", first, last);
  CNames names = t.variables();
  names[run_] = "run";
  CBlock block = t.block(names);
  std::vector<Expr> parts;
  for (const Sum& sum : sums_) parts.push_back(sum.run);
  const std::vector<std::string> texts = block.values(parts);
  for (std::size_t j = 0; j < sums_.size(); ++j) t.line("run{}[i] = (int){};", j, texts[j]);
  t.close();
  t.open("for (long v = 0; v < {} / {}; ++v)", used, lanes);
  t.line("int strays = 0;");
  t.line("#pragma omp simd reduction(|:strays)");
  t.open("for (long i = v * {0}; i < v * {0} + {0}; ++i)", lanes);
  for (std::size_t j = 0; j < sums_.size(); ++j)
    if (!sums_[j].guard) t.line("strays |= run{0}[i] - run{0}[v * {1}] != (int)(i - v * {1});", j, lanes);
  t.close();
  t.line("in_run[v] = strays == 0;");
  t.close();
}

void SplitIndices::write_fixed_tables(ContractionText& t, std::int64_t length, const std::string& used,
                                      const std::string& first) const {
  for (std::size_t j = 0; j < sums_.size(); ++j) t.line("int fixed{}[{}];", j, length);
  t.line("#pragma omp simd");
  t.open("for (long i = 0; i < {}; ++i)", used);
  t.line("const long fixed = {} + i;", first);
  t.line("(void)fixed;");
  CNames names = t.variables();
  names[fixed_] = "fixed";
  CBlock block = t.block(names);
  std::vector<Expr> parts;
  for (const Sum& sum : sums_) parts.push_back(sum.fixed);
  const std::vector<std::string> texts = block.values(parts);
  for (std::size_t j = 0; j < sums_.size(); ++j) t.line("fixed{}[i] = (int){};", j, texts[j]);
  t.close();
}

void SplitIndices::write_fixed_values(ContractionText& t, const std::string& element) const {
  if (!element.empty()) {
    for (std::size_t j = 0; j < sums_.size(); ++j) t.line("const int at{0} = fixed{0}[{1}];", j, element);
    return;
  }
  CBlock block = t.block(t.variables());
  std::vector<Expr> parts;
  for (const Sum& sum : sums_) parts.push_back(sum.fixed);
  const std::vector<std::string> texts = block.values(parts);
  for (std::size_t j = 0; j < sums_.size(); ++j) t.line("const int at{} = (int){};", j, texts[j]);
}

CNames SplitIndices::names(ContractionText& t, bool in_run) const {
  CNames names = t.variables();
  for (std::size_t j = 0; j < sums_.size(); ++j) {
    const Sum& sum = sums_[j];
    const std::string entries = fmt::format("(run{0}[i] + at{0})", j);
    names[sum.whole] = sum.guard ? fmt::format("((unsigned int){} < {}u)", entries, sum.guard->upper - sum.guard->value)
                       : in_run  ? fmt::format("(from{} + i)", j)
                                 : entries;
  }
  return names;
}

}  // namespace tenon

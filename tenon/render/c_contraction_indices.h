// Indices of packed operands and of results that are sums of a part of one variable and a part of another: what views
// such as a convolution's windows come down to. Each part is worked out once and kept in a table, so that the loops
// over elements hold no quotients.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tenon/render/c_contraction_text.h"

namespace tenon {

/// The indices in some expressions that are `run part + fixed part`. The loops go along `run` in vectors and stay at
/// one value of `fixed`.
class SplitIndices {
 public:
  /// Of the loads and guards in `values`, and of `positions`, which are indices themselves. Variables other than the
  /// two belong to the fixed part.
  SplitIndices(ExprPool& pool, std::span<const Expr> values, std::span<const Expr> positions, Expr run, Expr fixed);

  /// Whether tables save anything: a quotient of the run variable is in a part that repeats.
  bool saves_quotients() const { return saves_quotients_; }
  /// Bytes of tables with `length` entries each.
  std::int64_t table_bytes(std::int64_t length) const { return static_cast<std::int64_t>(sums_.size()) * length * 4; }

  /// Declares `run0[length] ...` and fills them for run = first, first + 1, ..., last, last, ... `in_run[v]` says that
  /// all positions of vector v are neighbours.
  void write_run_tables(ContractionText& t, std::int64_t length, const std::string& used, const std::string& first,
                        const std::string& last) const;
  /// Declares `fixed0[length] ...` for fixed = first, first + 1, ...
  void write_fixed_tables(ContractionText& t, std::int64_t length, const std::string& used,
                          const std::string& first) const;
  /// Declares `at0, ...` for the current value of the fixed variable: computed, or looked up at fixed tables'
  /// `element`.
  void write_fixed_values(ContractionText& t, const std::string& element = {}) const;

  /// Writes a loop over the vector of elements from `begin` on, once for positions that are neighbours and once for
  /// others. `body` gets names for the indices; the element is `i`.
  template <class Body>
  void write_vector(ContractionText& t, const std::string& vector, const Body& body) const {
    t.line("const long begin = {} * {};", vector, t.plan.lanes);
    t.open("if (in_run[{}])", vector);
    for (std::size_t j = 0; j < sums_.size(); ++j)
      if (!sums_[j].guard) t.line("const long from{0} = run{0}[begin] + at{0} - begin;", j);
    write_loop(t, true, body);
    t.close();
    t.open("else");
    write_loop(t, false, body);
    t.close();
  }

  /// What the indices are called in a loop over elements `i`.
  CNames names(ContractionText& t, bool in_run) const;

 private:
  struct Sum {
    Expr whole;            // what its name stands for: an index, or a guard
    Expr run, fixed;       // of the index; of a guard: less its lower end
    Expr guard = nullptr;  // the `within`, if it is one
  };

  template <class Body>
  void write_loop(ContractionText& t, bool in_run, const Body& body) const {
    t.line("#pragma omp simd");
    t.open("for (long i = begin; i < begin + {}; ++i)", t.plan.lanes);
    body(names(t, in_run));
    t.close();
  }
  void add(ExprPool& pool, Expr whole, Expr index, Expr guard);

  std::vector<Sum> sums_;
  Expr run_, fixed_;
  bool saves_quotients_ = false;
};

}  // namespace tenon

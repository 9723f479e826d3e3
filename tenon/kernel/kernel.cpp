#include "tenon/kernel/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "tenon/core/error.h"

namespace tenon {
namespace {

std::string_view loop_word(Loop::Kind kind) {
  switch (kind) {
    case Loop::Kind::serial: return "for";
    case Loop::Kind::simd: return "simd";
    case Loop::Kind::parallel: return "parallel";
  }
  return "?";
}

void print(const Statements& statements, int depth, std::string& text) {
  const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
  for (const Statement& statement : statements) {
    text += indent;
    if (const auto* declare = std::get_if<Declare>(&statement.what)) {
      text += declare->size > 0 ? fmt::format("{} l{}[{}]\n", name(declare->dtype), declare->local, declare->size)
                                : fmt::format("{} l{} = {}\n", name(declare->dtype), declare->local,
                                              declare->initial ? to_string(declare->initial) : std::string("nothing"));
    } else if (const auto* assign = std::get_if<Assign>(&statement.what)) {
      text += fmt::format("l{}{} {}= {}\n", assign->local,
                          assign->index ? fmt::format("[{}]", to_string(assign->index)) : "",
                          assign->combines ? name(assign->combine) : "", to_string(assign->value));
    } else if (const auto* store = std::get_if<Store>(&statement.what)) {
      text += fmt::format("b{}[{}] {}= {}\n", store->buffer, to_string(store->index),
                          store->combines ? name(store->combine) : "", to_string(store->value));
    } else if (const auto* loop = std::get_if<Loop>(&statement.what)) {
      text += fmt::format("{} {} in [{}, {}):\n", loop_word(loop->kind), to_string(loop->variable),
                          to_string(loop->begin), to_string(loop->end));
      print(loop->body, depth + 1, text);
    } else if (const auto* sort = std::get_if<Sort>(&statement.what)) {
      text += fmt::format("sort{} l{} by l{} [{}], the first {}, with l{} and l{} to spare\n",
                          sort->descending ? " descending" : "", sort->positions, sort->keys, sort->size, sort->kept,
                          sort->spare_positions, sort->spare_keys);
    }
  }
}

// Checks one kernel. Scopes: a variable is known inside its loop, a local from its declaration to the end of
// its block.
class KernelChecker {
 public:
  KernelChecker(const Kernel& kernel, std::span<const std::int64_t> elements) : kernel_(kernel), elements_(elements) {}

  void run() {
    if (elements_.size() != kernel_.buffers.size()) fail("sizes of buffers are missing");
    if (const auto* program = std::get_if<LoopProgram>(&kernel_.body)) {
      for (const Stage& stage : program->stages) {
        const auto is_parallel = [](const Statement& statement) {
          const auto* loop = std::get_if<Loop>(&statement.what);
          return loop && loop->kind == Loop::Kind::parallel;
        };
        if (std::count_if(stage.body.begin(), stage.body.end(), is_parallel) > 1)
          fail("a stage has two parallel loops");
        check(stage.body, 0);
      }
    } else if (const auto* contraction = std::get_if<Contraction>(&kernel_.body)) {
      check_contraction(*contraction);
    } else {
      check_call(std::get<Call>(kernel_.body));
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InternalError(fmt::format("kernel: {}\n{}", what, to_string(kernel_)));
  }

  void check(const Statements& statements, int depth) {
    std::vector<int> declared;
    for (const Statement& statement : statements) {
      if (const auto* declare = std::get_if<Declare>(&statement.what)) {
        if (declare->local < 0 || declare->local >= kernel_.locals)
          fail(fmt::format("l{} has no number", declare->local));
        if (declare->size == 0) {
          if (!declare->initial) fail(fmt::format("l{} has no initial value", declare->local));
          check(declare->initial);
        }
        if (!locals_.emplace(declare->local, declare->size).second)
          fail(fmt::format("l{} is declared twice", declare->local));
        declared.push_back(declare->local);
      } else if (const auto* assign = std::get_if<Assign>(&statement.what)) {
        if (!locals_.contains(assign->local)) fail(fmt::format("l{} is assigned but not declared", assign->local));
        if (assign->index) check_position(assign->index, locals_.at(assign->local), fmt::format("l{}", assign->local));
        check(assign->value);
      } else if (const auto* store = std::get_if<Store>(&statement.what)) {
        check_store(*store);
      } else if (const auto* loop = std::get_if<Loop>(&statement.what)) {
        check_loop(*loop, depth);
      } else if (const auto* sort = std::get_if<Sort>(&statement.what)) {
        check_sort(*sort);
      }
    }
    for (int local : declared) locals_.erase(local);
  }

  void check_loop(const Loop& loop, int depth) {
    if (loop.kind == Loop::Kind::parallel && depth > 0) fail("a parallel loop is not outermost");
    check(loop.begin);
    check(loop.end);
    const bool counts = loop.variable->kind == ExprKind::variable;
    if (counts && !variables_.insert(loop.variable).second)
      fail(fmt::format("{} is looped over twice", to_string(loop.variable)));
    check(loop.body, depth + 1);
    if (counts) variables_.erase(loop.variable);
  }

  void check_sort(const Sort& sort) {
    if (sort.kept < 0 || sort.kept > sort.size) fail(fmt::format("{} of {} are kept", sort.kept, sort.size));
    for (const int local : {sort.keys, sort.positions, sort.spare_keys, sort.spare_positions}) {
      const auto found = locals_.find(local);
      if (found == locals_.end()) fail(fmt::format("l{} is sorted but not declared", local));
      if (found->second < sort.size)
        fail(fmt::format("l{} of {} elements takes part in sorting {}", local, found->second, sort.size));
    }
  }

  void check_store(const Store& store) {
    if (store.buffer < 0 || static_cast<std::size_t>(store.buffer) >= kernel_.buffers.size())
      fail("a store to no buffer");
    const auto number = static_cast<std::size_t>(store.buffer);
    if (!kernel_.buffers[number].is_written) fail(fmt::format("b{} is stored to but not marked as written", number));
    if (kernel_.buffers[number].dtype != store.value->dtype)
      fail(fmt::format("b{} is stored a value of another type", number));
    check_position(store.index, elements_[number], fmt::format("b{}", number));
    check(store.value);
  }

  void check_position(Expr position, std::int64_t size, const std::string& what) {
    check(position);
    check_range(position, size, what);
  }

  void check_range(Expr position, std::int64_t size, const std::string& what) {
    if (size > 0 && (position->low < 0 || position->high >= size))
      fail(fmt::format("{} of {} elements is indexed by {} in [{}, {}]", what, size, to_string(position), position->low,
                       position->high));
  }

  void check_contraction(const Contraction& contraction) {
    for (Expr variable : {contraction.batch, contraction.m, contraction.n, contraction.k}) variables_.insert(variable);
    locals_.emplace(static_cast<int>(contraction.sum->value), 0);
    check(contraction.a);
    check(contraction.b);
    if (depends_on(contraction.a, contraction.n) && contraction.n_size > 1) fail("operand a depends on n");
    if (depends_on(contraction.b, contraction.m) && contraction.m_size > 1) fail("operand b depends on m");
    if (contraction.epilogue.empty()) fail("a contraction that stores nothing");
    for (const Store& store : contraction.epilogue) {
      if (store.combines) fail("a contraction's epilogue combines");
      check_store(store);
    }
  }

  void check_call(const Call& call) const {
    const std::vector<std::int64_t>& parts = call.layout.part_elements;
    if (parts.size() != kernel_.buffers.size()) fail("a call whose buffers are not its operands");
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] * call.layout.batch != elements_[i]) fail(fmt::format("b{} is not what the call takes", i));
      if (kernel_.buffers[i].is_written != (i + 1 == parts.size())) fail("a call writes its last buffer alone");
    }
  }

  void check(Expr root) {
    std::unordered_set<Expr> seen[2];
    check(root, false, seen);
  }

  // Guards may keep a load in range that its index alone does not: below a selection ranges are not checked.
  // `seen`: what was checked already, without and with a guard.
  void check(Expr root, bool is_guarded, std::unordered_set<Expr> (&seen)[2]) {
    if (!seen[is_guarded ? 1 : 0].insert(root).second) return;
    if (root->kind == ExprKind::variable && !variables_.contains(root))
      fail(fmt::format("{} is used outside its loop", to_string(root)));
    if (root->kind == ExprKind::local) {
      const auto found = locals_.find(static_cast<int>(root->value));
      if (found == locals_.end()) fail(fmt::format("l{} is read but not declared", root->value));
      if (!root->terms.empty() && !is_guarded)
        check_range(root->terms[0], found->second, fmt::format("l{}", root->value));
    }
    if (root->kind == ExprKind::load) {
      const auto number = static_cast<std::size_t>(root->value);
      if (number >= kernel_.buffers.size()) fail(fmt::format("b{} does not exist", number));
      const Expr index = root->terms[0];
      const bool outside = elements_[number] > 0 && (index->low < 0 || index->high >= elements_[number]);
      if (outside && !is_guarded)
        fail(fmt::format("b{} of {} elements is read at {} in [{}, {}]", number, elements_[number], to_string(index),
                         index->low, index->high));
    }
    const bool guards = root->kind == ExprKind::scalar && root->scalar == Scalar::where;
    for (std::size_t i = 0; i < root->terms.size(); ++i) check(root->terms[i], is_guarded || (guards && i > 0), seen);
  }

  const Kernel& kernel_;
  std::span<const std::int64_t> elements_;
  std::unordered_map<int, std::int64_t> locals_;
  std::unordered_set<Expr> variables_;
};

}  // namespace

void verify(const Kernel& kernel, std::span<const std::int64_t> elements) { KernelChecker(kernel, elements).run(); }

std::string to_string(const Kernel& kernel) {
  std::string text = fmt::format("kernel {} (", kernel.name);
  for (std::size_t i = 0; i < kernel.buffers.size(); ++i)
    text += fmt::format("{}b{}{}: {} %{}", i > 0 ? ", " : "", i, kernel.buffers[i].is_written ? "!" : "",
                        name(kernel.buffers[i].dtype), kernel.buffers[i].value);
  text += ")\n";
  if (const auto* program = std::get_if<LoopProgram>(&kernel.body)) {
    for (std::size_t i = 0; i < program->stages.size(); ++i) {
      if (i > 0) text += program->stages[i].waits ? "  barrier\n" : "  and\n";
      print(program->stages[i].body, 1, text);
    }
    return text;
  }
  if (const auto* call = std::get_if<Call>(&kernel.body))
    return text + fmt::format("  call {}, {} times\n", call_description(call->number).name, call->layout.batch);
  const auto& c = std::get<Contraction>(kernel.body);
  text +=
      fmt::format("  contract {}: batch {} = {}, m {} = {}, n {} = {}, k {} = {}\n", name(c.dtype), to_string(c.batch),
                  c.batch_size, to_string(c.m), c.m_size, to_string(c.n), c.n_size, to_string(c.k), c.k_size);
  text += fmt::format("  {} = sum {} * {}\n", to_string(c.sum), to_string(c.a), to_string(c.b));
  for (const Store& store : c.epilogue)
    text += fmt::format("  b{}[{}] = {}\n", store.buffer, to_string(store.index), to_string(store.value));
  return text;
}

}  // namespace tenon

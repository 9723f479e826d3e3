#include "tenon/render/c_loops.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "tenon/core/error.h"
#include "tenon/render/c_expr.h"
#include "tenon/render/c_math.h"

namespace tenon {
namespace {

constexpr std::size_t stack_bytes = 16 * 1024;  // of a kernel's local arrays; pool threads have small stacks
constexpr std::size_t alignment = 64;           // a cache line, and the widest vector
constexpr std::int64_t shortest_simd_loop = 8;  // one vector of f32 on AVX2
constexpr std::int64_t ahead_block = 512;       // iterations whose values are computed ahead of the loop's body
constexpr std::size_t most_ahead = 4;           // such values: 8 KiB of stack
constexpr std::size_t most_quick = 8;           // nodes of an expression that is quick

// --- what statements read and write

// Calls `visit` for each statement below `statements`, those inside loops included, in order.
template <class Visit>
void for_each_statement(const Statements& statements, const Visit& visit) {
  for (const Statement& statement : statements) {
    visit(statement);
    if (const Loop* loop = std::get_if<Loop>(&statement.what)) for_each_statement(loop->body, visit);
  }
}

// The expressions of one statement, without those in a loop's body.
std::vector<Expr> expressions_of(const Statement& statement) {
  std::vector<Expr> found;
  const auto add = [&](Expr expr) {
    if (expr) found.push_back(expr);
  };
  if (const Declare* declare = std::get_if<Declare>(&statement.what)) add(declare->initial);
  if (const Assign* assign = std::get_if<Assign>(&statement.what)) add(assign->index), add(assign->value);
  if (const Store* store = std::get_if<Store>(&statement.what)) add(store->index), add(store->value);
  if (const Loop* loop = std::get_if<Loop>(&statement.what)) add(loop->begin), add(loop->end);
  return found;
}

// Buffers and locals that statements write.
struct Writes {
  std::unordered_set<std::int64_t> buffers, locals;

  void add(const Statement& statement) {
    if (const Declare* declare = std::get_if<Declare>(&statement.what)) locals.insert(declare->local);
    if (const Assign* assign = std::get_if<Assign>(&statement.what)) locals.insert(assign->local);
    if (const Store* store = std::get_if<Store>(&statement.what)) buffers.insert(store->buffer);
    if (const Sort* sort = std::get_if<Sort>(&statement.what))
      locals.insert({sort->keys, sort->positions, sort->spare_keys, sort->spare_positions});
  }
  bool changes(Expr node) const {
    return (node->kind == ExprKind::load && buffers.contains(node->value)) ||
           (node->kind == ExprKind::local && locals.contains(node->value));
  }
  bool change_any_of(std::span<const Expr> roots) const {
    bool found = false;
    for_each_node(roots, [&](Expr node) { found = found || changes(node); });
    return found;
  }
};

// --- simd loops

// A combining Assign to a scalar that lives longer than the loop.
struct Reduction {
  int local;
  DType dtype;
  Scalar combine;

  // Float maxima go through integer keys (see the prelude), which vectorise and keep NaN.
  bool has_key() const { return is_floating(dtype) && (combine == Scalar::maximum || combine == Scalar::minimum); }
  std::string name() const { return "l" + std::to_string(local); }
  std::string accumulator() const { return name() + (has_key() ? "_key" : ""); }
  std::string_view clause() const {
    return combine == Scalar::add ? "+" : combine == Scalar::mul ? "*" : combine == Scalar::maximum ? "max" : "min";
  }
  std::string function(std::string_view what) const { return "tn_" + std::string(what) + std::string(c_suffix(dtype)); }
  std::string to_key(const std::string& value) const {
    return function(combine == Scalar::maximum ? "max_key" : "min_key") + "(" + value + ")";
  }
  std::string_view key_type() const { return dtype == DType::f32 ? "int" : "long"; }
};

using Types = std::unordered_map<int, DType>;  // of locals, by number

// The reductions of a simd loop, or nothing when its iterations are not independent but for them.
std::optional<std::vector<Reduction>> reductions_of(const Loop& loop, const Types& types) {
  std::unordered_set<int> inside, read, assigned;
  std::vector<Reduction> reductions;
  bool is_independent = true;
  for_each_statement(loop.body, [&](const Statement& statement) {
    const std::vector<Expr> roots = expressions_of(statement);
    for_each_node(std::span(roots), [&](Expr node) {
      if (node->kind == ExprKind::local) read.insert(static_cast<int>(node->value));
    });
    if (const Declare* declare = std::get_if<Declare>(&statement.what)) inside.insert(declare->local);
    const Assign* assign = std::get_if<Assign>(&statement.what);
    if (!assign || inside.contains(assign->local)) return;
    if (assign->index) {
      is_independent = is_independent && depends_on(assign->index, loop.variable);
    } else if (!assign->combines) {
      is_independent = false;
    } else if (assigned.insert(assign->local).second) {
      reductions.push_back({assign->local, types.at(assign->local), assign->combine});
    } else {
      const auto same = std::find_if(reductions.begin(), reductions.end(),
                                     [&](const Reduction& r) { return r.local == assign->local; });
      is_independent = is_independent && same->combine == assign->combine;
    }
  });
  for (const Reduction& reduction : reductions) is_independent = is_independent && !read.contains(reduction.local);
  if (!is_independent) return std::nullopt;
  return reductions;
}

std::optional<std::int64_t> constant_trips(const Loop& loop) {
  if (loop.begin->kind != ExprKind::integer || loop.end->kind != ExprKind::integer) return std::nullopt;
  return std::max<std::int64_t>(loop.end->value - loop.begin->value, 0);
}

bool has_inner_loop(const Statements& statements) {
  return std::any_of(statements.begin(), statements.end(),
                     [](const Statement& statement) { return std::holds_alternative<Loop>(statement.what); });
}

// g++ 12 miscompiles some loops that it vectorises on its own after it has unrolled a short loop inside, if guarded
// loads are among what it merges: lanes whose guard holds come out as 0 or as what the register held. (RandomGraphs
// seeds 21181 and 22168; FusedValues.GuardedLoadsInShortLoopsAreRight.)
bool is_miscompiled(const Statements& statements) {
  bool found = false;
  if (!has_inner_loop(statements)) return false;
  for_each_statement(statements, [&](const Statement& statement) {
    const std::vector<Expr> roots = expressions_of(statement);
    for_each_node(std::span(roots),
                  [&](Expr node) { found = found || (is_guarding_selection(node) && reads_memory(node)); });
  });
  return found;
}

// The largest parts of the body's expressions that are the same in every iteration and that the compiler may
// not move itself, because it cannot know that the loop's stores leave them alone. Only what every iteration
// evaluates.
std::vector<Expr> invariants_of(const Loop& loop) {
  Writes writes;
  std::unordered_set<Expr> varying{loop.variable};
  std::vector<Expr> roots;
  for_each_statement(loop.body, [&](const Statement& statement) {
    writes.add(statement);
    if (const Loop* inner = std::get_if<Loop>(&statement.what)) varying.insert(inner->variable);
    const std::vector<Expr> more = expressions_of(statement);
    // An inner loop may run no iteration: what is in it need not be evaluated. Its bounds are.
    roots.insert(roots.end(), more.begin(), more.end());
  });
  if (has_inner_loop(loop.body)) return {};

  for_each_node(std::span(roots), [&](Expr node) {
    const bool varies = writes.changes(node) || std::any_of(node->terms.begin(), node->terms.end(),
                                                            [&](Expr term) { return varying.contains(term); });
    if (varies) varying.insert(node);
  });
  std::vector<Expr> found;
  std::unordered_set<Expr> seen;
  const auto walk = [&](const auto& self, Expr expr) -> void {
    if (!seen.insert(expr).second) return;
    if (!varying.contains(expr)) {
      if (reads_memory(expr) || expr->kind == ExprKind::scalar) found.push_back(expr);
      return;
    }
    const std::size_t visited = is_guarding_selection(expr) ? 1 : expr->terms.size();
    for (std::size_t i = 0; i < visited; ++i) self(self, expr->terms[i]);
  };
  for (Expr root : roots) walk(walk, root);
  return found;
}

// The calls of a simd loop's body that have a short form (`c_usual_function`), operands first: those that every
// iteration evaluates, from what is known before the body runs.
std::vector<Expr> calls_ahead_of(const Loop& loop, const CNames& known) {
  Writes writes;
  std::vector<Expr> roots;
  for (const Statement& statement : loop.body) {
    writes.add(statement);
    const std::vector<Expr> more = expressions_of(statement);
    roots.insert(roots.end(), more.begin(), more.end());
  }
  std::vector<Expr> found;
  std::unordered_set<Expr> seen;
  const auto walk = [&](const auto& self, Expr expr) -> void {
    if (known.contains(expr) || !seen.insert(expr).second) return;
    const std::size_t visited = is_guarding_selection(expr) ? 1 : expr->terms.size();
    for (std::size_t i = 0; i < visited; ++i) self(self, expr->terms[i]);
    const bool is_call = expr->kind == ExprKind::scalar && expr->dtype == DType::f32 &&
                         !c_usual_function(expr->scalar).empty() && found.size() < most_ahead;
    if (is_call && !writes.change_any_of(std::span(&expr, 1))) found.push_back(expr);
  };
  for (Expr root : roots) walk(walk, root);
  return found;
}

// Whether `expr` is a load or a few sums and products of loads: computing it twice costs less than an array of what is
// computed from it.
bool is_quick(Expr expr) {
  std::size_t size = 0;
  bool found = true;
  for_each_node(std::span(&expr, 1), [&](Expr node) {
    const bool is_arithmetic =
        node->kind == ExprKind::scalar && (node->scalar == Scalar::add || node->scalar == Scalar::sub ||
                                           node->scalar == Scalar::mul || node->scalar == Scalar::neg);
    const bool is_plain = node->kind == ExprKind::integer || node->kind == ExprKind::affine ||
                          node->kind == ExprKind::variable || node->kind == ExprKind::number ||
                          node->kind == ExprKind::load || node->kind == ExprKind::local;
    found = found && (is_plain || is_arithmetic);
    ++size;
  });
  return found && size <= most_quick;
}

// --- local arrays

// Where the local arrays of a kernel are: on the stack while there is room and their size is a constant, else at an
// offset in the scratch memory.
struct Arrays {
  std::unordered_map<int, std::size_t> scratch_offsets;
  std::size_t scratch_bytes = 0;
};

Arrays place_arrays(const LoopProgram& program, const std::set<std::int64_t>& varying_sizes) {
  Arrays arrays;
  std::size_t on_stack = 0;
  std::unordered_set<int> placed;
  for (const Stage& stage : program.stages) {
    for_each_statement(stage.body, [&](const Statement& statement) {
      const Declare* declare = std::get_if<Declare>(&statement.what);
      if (!declare || declare->size == 0 || !placed.insert(declare->local).second) return;
      const std::size_t bytes = static_cast<std::size_t>(declare->size) * size_of(declare->dtype);
      const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
      if (on_stack + rounded <= stack_bytes && !varying_sizes.contains(declare->size)) {
        on_stack += rounded;
      } else {
        arrays.scratch_offsets[declare->local] = arrays.scratch_bytes;
        arrays.scratch_bytes += rounded;
      }
    });
  }
  return arrays;
}

const LoopProgram& program_of(const Kernel& kernel) {
  const LoopProgram* program = std::get_if<LoopProgram>(&kernel.body);
  if (!program) throw InternalError("render_loops_c: kernel " + kernel.name + " is no loop program");
  return *program;
}

// --- the function

class LoopWriter {
 public:
  explicit LoopWriter(const Kernel& kernel)
      : kernel_(kernel), arrays_(place_arrays(program_of(kernel), kernel.varying_sizes)) {}

  std::string function() {
    line(0, "void " + kernel_.name +
                "(const tenon_arguments* arguments, long thread, long threads, void* scratch, tenon_barrier* "
                "barrier) {");
    buffers();
    bool is_first = true;
    for (const Stage& stage : program_of(kernel_).stages) {
      if (!is_first && stage.waits) line(1, "if (threads > 1) barrier->wait(barrier, thread);");
      is_first = false;
      this->stage(stage);
    }
    line(0, "}");
    return std::move(out_);
  }

 private:
  void line(int depth, const std::string& text) { out_ += indent(depth) + text + "\n"; }
  static std::string indent(int depth) { return std::string(static_cast<std::size_t>(depth) * 2, ' '); }

  void buffers() {
    for (std::size_t i = 0; i < kernel_.buffers.size(); ++i) {
      const KernelBuffer& buffer = kernel_.buffers[i];
      const std::string number = std::to_string(i), type(info(buffer.dtype).c_name);
      // No `restrict`: a buffer that is written may be the memory of one that is read, at equal indices.
      line(1, (buffer.is_written ? "" : "const ") + type + "* const b" + number + " = arguments->buffers[" + number +
                  "];  /* " + std::string(name(buffer.dtype)) + (buffer.is_written ? ", written" : "") + " */");
    }
  }

  void stage(const Stage& stage) {
    const bool is_shared = std::any_of(stage.body.begin(), stage.body.end(), [](const Statement& statement) {
      const Loop* loop = std::get_if<Loop>(&statement.what);
      return loop && loop->kind == Loop::Kind::parallel;
    });
    line(1, is_shared ? "{" : "if (thread == 0) {");
    statements(stage.body, 2, {});
    line(1, "}");
  }

  void statements(const Statements& body, int depth, const CNames& names) {
    for (std::size_t i = 0; i < body.size();) {
      if (const Loop* loop = std::get_if<Loop>(&body[i].what)) {
        this->loop(*loop, depth, names);
        ++i;
      } else if (const Sort* sort = std::get_if<Sort>(&body[i].what)) {
        this->sort(*sort, depth);
        ++i;
      } else {
        const std::size_t end = end_of_group(body, i);
        group(std::span(body).subspan(i, end - i), depth, names);
        i = end;
      }
    }
  }

  // The statements from `begin` on whose expressions can all be computed before the first of them writes.
  static std::size_t end_of_group(const Statements& body, std::size_t begin) {
    Writes writes;
    std::size_t end = begin;
    while (end < body.size() && !std::holds_alternative<Loop>(body[end].what) &&
           !std::holds_alternative<Sort>(body[end].what)) {
      if (writes.change_any_of(expressions_of(body[end]))) break;
      writes.add(body[end++]);
    }
    return end;
  }

  void group(std::span<const Statement> members, int depth, const CNames& names) {
    std::vector<Expr> roots;
    std::vector<bool> bound;
    bool has_store = false;
    for (const Statement& statement : members) {
      for (Expr expr : expressions_of(statement)) {
        roots.push_back(expr);
        bound.push_back((has_store && reads_memory(expr)) || is_repeated(statement, expr));
      }
      has_store = has_store || std::holds_alternative<Store>(statement.what);
    }
    CBlock block(out_, indent(depth), next_temporary_, names);
    const std::vector<std::string> texts = block.values(roots, bound);
    const std::string* next = texts.data();
    for (const Statement& statement : members) {
      if (const Declare* declare = std::get_if<Declare>(&statement.what)) this->declare(*declare, depth, next);
      if (const Assign* assign = std::get_if<Assign>(&statement.what)) this->assign(*assign, depth, next);
      if (const Store* store = std::get_if<Store>(&statement.what)) this->store(*store, depth, next);
    }
  }

  // Combining repeats the index (once to read, once to write) and, for integer maxima, the value.
  static bool is_repeated(const Statement& statement, Expr expr) {
    const auto repeats = [&](const auto& write) {
      if (!write.combines) return false;
      if (expr == write.value && (write.combine == Scalar::maximum || write.combine == Scalar::minimum)) return true;
      return expr == write.index && reads_memory(expr);
    };
    if (const Assign* assign = std::get_if<Assign>(&statement.what)) return repeats(*assign);
    if (const Store* store = std::get_if<Store>(&statement.what)) return repeats(*store);
    return false;
  }

  void declare(const Declare& declare, int depth, const std::string*& next) {
    types_[declare.local] = declare.dtype;
    const std::string name = "l" + std::to_string(declare.local), type(info(declare.dtype).c_name);
    if (declare.size == 0) {
      line(depth, type + " " + name + " = " + (declare.initial ? without_parentheses(*next++) : "0") + ";");
    } else if (const auto offset = arrays_.scratch_offsets.find(declare.local);
               offset != arrays_.scratch_offsets.end()) {
      line(depth, type + "* const " + name + " = (" + type + "*)((char*)scratch + " + std::to_string(offset->second) +
                      ");  /* [" + std::to_string(declare.size) + "] */");
    } else {
      line(depth, "_Alignas(64) " + type + " " + name + "[" + std::to_string(declare.size) + "];");
    }
  }

  void assign(const Assign& assign, int depth, const std::string*& next) {
    const std::string index = assign.index ? "[" + without_parentheses(*next++) + "]" : "";
    const std::string& value = *next++;
    if (const auto reduction = keyed_.find(assign.local); !assign.index && reduction != keyed_.end()) {
      step(reduction->second, value, depth);
      return;
    }
    write("l" + std::to_string(assign.local) + index, types_.at(assign.local), assign, value, depth);
  }

  void store(const Store& store, int depth, const std::string*& next) {
    const std::string index = without_parentheses(*next++);
    const std::string& value = *next++;
    write("b" + std::to_string(store.buffer) + "[" + index + "]",
          kernel_.buffers[static_cast<std::size_t>(store.buffer)].dtype, store, value, depth);
  }

  template <class Write>
  void write(const std::string& target, DType dtype, const Write& write, const std::string& value, int depth) {
    const bool is_short = write.combines && is_floating(dtype);
    if (!write.combines)
      line(depth, target + " = " + without_parentheses(value) + ";");
    else if (is_short && (write.combine == Scalar::add || write.combine == Scalar::mul))
      line(depth, target + (write.combine == Scalar::add ? " += " : " *= ") + without_parentheses(value) + ";");
    else
      line(depth, target + " = " +
                      without_parentheses(c_operation(write.combine, dtype, dtype, std::vector{target, value})) + ";");
  }

  void step(const Reduction& reduction, const std::string& value, int depth) {
    const std::string key = "t" + std::to_string(next_temporary_++), best = reduction.accumulator();
    const std::string_view comparison = reduction.combine == Scalar::maximum ? " > " : " < ";
    line(depth, "const " + std::string(reduction.key_type()) + " " + key + " = " +
                    reduction.to_key(without_parentheses(value)) + ";");
    line(depth, best + " = " + key + std::string(comparison) + best + " ? " + key + " : " + best + ";");
  }

  void loop(const Loop& loop, int depth, const CNames& names) {
    CBlock block(out_, indent(depth), next_temporary_, names);
    const std::string variable = "i" + std::to_string(next_variable_++);
    std::string begin = without_parentheses(block.value(loop.begin)), end = without_parentheses(block.value(loop.end));
    const auto trips = constant_trips(loop);

    CNames inner = names;
    inner[loop.variable] = variable;
    const bool is_vector_loop = loop.kind != Loop::Kind::serial && !has_inner_loop(loop.body);
    if (is_vector_loop && trips.value_or(0) > 0) {
      const std::vector<Expr> invariants = invariants_of(loop);
      const std::vector<std::string> texts = block.values(invariants, std::vector<bool>(invariants.size(), true));
      for (std::size_t i = 0; i < invariants.size(); ++i) inner[invariants[i]] = texts[i];
    }

    if (loop.kind == Loop::Kind::parallel) {
      share(loop, variable, begin, end, depth);
      begin = variable + "_begin";
      end = variable + "_end";
    }

    const auto reductions = loop.kind == Loop::Kind::serial ? std::nullopt : reductions_of(loop, types_);
    const bool is_simd =
        reductions && (is_vector_loop || loop.kind == Loop::Kind::simd) &&
        (trips.value_or(shortest_simd_loop) >= shortest_simd_loop || kernel_.varying_sizes.contains(*trips));
    if (is_simd) open_keys(*reductions, depth);
    const std::vector<Expr> ahead = is_simd && is_vector_loop ? calls_ahead_of(loop, inner) : std::vector<Expr>();
    if (!ahead.empty()) {
      const std::string from = variable + "_from", to = variable + "_to";
      line(depth, "for (long " + from + " = " + begin + "; " + from + " < " + end + "; " + from +
                      " += " + std::to_string(ahead_block) + ") {");
      line(depth + 1, "const long " + to + " = " + from + " + " + std::to_string(ahead_block) + " < " + end + " ? " +
                          from + " + " + std::to_string(ahead_block) + " : " + end + ";");
      const bool is_quick_body =
          loop.body.size() == 1 && reductions->empty() &&
          std::all_of(ahead.begin(), ahead.end(), [](Expr call) { return is_quick(call->terms[0]); });
      if (is_quick_body) {
        choose_forms(loop, ahead, variable, depth + 1, inner);
      } else {
        for (Expr call : ahead) compute_ahead(call, variable, depth + 1, inner);
        iterations(loop, variable, from, to, reductions, depth + 1, inner);
      }
      line(depth, "}");
    } else {
      iterations(loop, variable, begin, end, is_simd ? reductions : std::nullopt, depth, inner);
    }
    if (is_simd) close_keys(*reductions, depth);
  }

  // A simd loop when it has a list of reductions. The calls of `usual` have their short forms.
  void iterations(const Loop& loop, const std::string& variable, const std::string& begin, const std::string& end,
                  const std::optional<std::vector<Reduction>>& reductions, int depth, CNames names,
                  std::span<const Expr> usual = {}) {
    if (reductions) line(depth, pragma(*reductions));
    line(depth, for_each(variable, begin, end));
    if (!reductions && is_miscompiled(loop.body)) line(depth + 1, "tn_scalar_loop();");
    for (Expr call : usual) {
      CBlock block(out_, indent(depth + 1), next_temporary_, names);
      const std::string argument = block.value(call->terms[0]), name = "usual" + std::to_string(next_temporary_++);
      line(depth + 1, "const float " + name + " = " + usual_call(call, argument) + ";");
      names[call] = name;
    }
    statements(loop.body, depth + 1, names);
    line(depth, "}");
  }

  static std::string usual_call(Expr call, const std::string& argument) {
    return std::string(c_usual_function(call->scalar)) + "(" + without_parentheses(argument) + ")";
  }

  // A block of iterations, with the short forms of `calls` when they are made for all of their arguments, which are
  // looked at first.
  void choose_forms(const Loop& loop, std::span<const Expr> calls, const std::string& variable, int depth,
                    const CNames& names) {
    const std::string widest = "widest" + std::to_string(next_temporary_++);
    const std::string from = variable + "_from", to = variable + "_to";
    line(depth, "int " + widest + " = 0;");
    line(depth, "#pragma omp simd reduction(max:" + widest + ")");
    line(depth, for_each(variable, from, to));
    std::unordered_set<Expr> seen;
    for (Expr call : calls) {
      if (!seen.insert(call->terms[0]).second) continue;
      CBlock block(out_, indent(depth + 1), next_temporary_, names);
      widen(widest, block.value(call->terms[0]), depth + 1);
    }
    line(depth, "}");
    line(depth, "if (__builtin_expect(" + widest + " <= TN_WIDE_F32, 1)) {");
    iterations(loop, variable, from, to, std::vector<Reduction>(), depth + 1, names, calls);
    line(depth, "} else {");
    iterations(loop, variable, from, to, std::vector<Reduction>(), depth + 1, names);
    line(depth, "}");
  }

  void widen(const std::string& widest, const std::string& argument, int depth) {
    const std::string magnitude = "magnitude" + std::to_string(next_temporary_++);
    line(depth, "const int " + magnitude + " = tn_magnitude_f32(" + without_parentheses(argument) + ");");
    line(depth, widest + " = " + magnitude + " > " + widest + " ? " + magnitude + " : " + widest + ";");
  }

  // The values of `call` for a block of iterations, in an array that stands for it from then on. The short form is
  // tried first; a block that holds an argument it is not made for is computed again.
  void compute_ahead(Expr call, const std::string& variable, int depth, CNames& names) {
    const std::string number = std::to_string(next_temporary_++), array = "ahead" + number, widest = "widest" + number;
    const std::string from = variable + "_from", element = array + "[" + variable + " - " + from + "]";
    const auto values = [&](const std::string& before, const auto& body) {
      line(depth, before);
      line(depth, for_each(variable, from, variable + "_to"));
      CBlock block(out_, indent(depth + 1), next_temporary_, names);
      body(block);
      line(depth, "}");
    };
    line(depth, "_Alignas(64) float " + array + "[" + std::to_string(ahead_block) + "];");
    line(depth, "int " + widest + " = 0;");
    values("#pragma omp simd reduction(max:" + widest + ")", [&](CBlock& block) {
      const std::string argument = block.bind(call->terms[0]);
      widen(widest, argument, depth + 1);
      line(depth + 1, element + " = " + usual_call(call, argument) + ";");
    });
    line(depth, "if (__builtin_expect(" + widest + " > TN_WIDE_F32, 0)) {");
    values("#pragma omp simd", [&](CBlock& block) {
      const std::string value = block.value(call);
      line(depth + 1, element + " = " + without_parentheses(value) + ";");
    });
    line(depth, "}");
    names[call] = element;
  }

  void sort(const Sort& sort, int depth) {
    // Of more than a quarter the selection would sort most of them more than once.
    const bool selects = sort.size >= 128 && sort.kept <= sort.size / 4;
    line(depth, std::string(selects ? "tn_select" : "tn_sort") + (sort.descending ? "_descending" : "") +
                    std::string(c_suffix(sort.dtype)) + "(l" + std::to_string(sort.keys) + ", l" +
                    std::to_string(sort.positions) + ", l" + std::to_string(sort.spare_keys) + ", l" +
                    std::to_string(sort.spare_positions) + ", " + std::to_string(sort.size) +
                    (selects ? ", " + std::to_string(sort.kept) : "") + ");");
  }

  void share(const Loop& loop, const std::string& variable, const std::string& begin, const std::string& end,
             int depth) {
    const auto trips = constant_trips(loop);
    const std::string extent = trips ? std::to_string(*trips) : "((" + end + ") - (" + begin + "))";
    const std::string start = loop.begin->is_integer(0) ? "" : begin + " + ";
    line(depth, "const long " + variable + "_begin = " + start + extent + " * thread / threads;");
    line(depth, "const long " + variable + "_end = " + start + extent + " * (thread + 1) / threads;");
  }

  static std::string for_each(const std::string& variable, const std::string& begin, const std::string& end) {
    return "for (long " + variable + " = " + begin + "; " + variable + " < " + end + "; ++" + variable + ") {";
  }

  static std::string pragma(const std::vector<Reduction>& reductions) {
    std::string text = "#pragma omp simd";
    for (const Reduction& reduction : reductions)
      text += " reduction(" + std::string(reduction.clause()) + ":" + reduction.accumulator() + ")";
    return text;
  }

  void open_keys(const std::vector<Reduction>& reductions, int depth) {
    for (const Reduction& reduction : reductions) {
      if (!reduction.has_key()) continue;
      keyed_.emplace(reduction.local, reduction);
      line(depth, std::string(reduction.key_type()) + " " + reduction.accumulator() + " = " +
                      reduction.to_key(reduction.name()) + ";");
    }
  }

  void close_keys(const std::vector<Reduction>& reductions, int depth) {
    for (const Reduction& reduction : reductions) {
      if (!reduction.has_key()) continue;
      keyed_.erase(reduction.local);
      line(depth, reduction.name() + " = " + reduction.function("from_key") + "(" + reduction.accumulator() + ");");
    }
  }

  const Kernel& kernel_;
  Arrays arrays_;
  std::string out_;
  int next_temporary_ = 0;
  int next_variable_ = 0;
  Types types_;
  std::unordered_map<int, Reduction> keyed_;  // of the simd loop being written, by local
};

}  // namespace

std::string render_loops_c(const Kernel& kernel) { return LoopWriter(kernel).function(); }

std::size_t loops_scratch_bytes(const Kernel& kernel) {
  return place_arrays(program_of(kernel), kernel.varying_sizes).scratch_bytes;
}

}  // namespace tenon

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "tenon/schedule/lower.h"

namespace tenon {

KernelBuilder::KernelBuilder(const Graph& graph, const Anchors& anchors, const std::vector<bool>& is_stored,
                             const std::set<std::int64_t>& varying_sizes)
    : graph_(graph),
      anchors_(anchors),
      is_stored_(is_stored),
      kernel_{.name = {}, .buffers = {}, .body = LoopProgram{}, .pool = std::make_shared<ExprPool>()},
      values_(graph, anchors.is_anchor, *kernel_.pool, [this](NodeId id) { return buffer_of(id); }, &kernel_.checks) {
  kernel_.varying_sizes = varying_sizes;
}

Expr KernelBuilder::variable(std::int64_t extent, int role) {
  if (extent == 1) return pool().integer(0);
  Expr& variable = variables_[role][extent];
  if (!variable) variable = pool().variable(extent);
  return variable;
}

int KernelBuilder::buffer_of(NodeId id) {
  const auto [position, is_new] = buffers_.try_emplace(id, static_cast<int>(kernel_.buffers.size()));
  if (is_new) kernel_.buffers.push_back({.value = id, .dtype = graph_.nodes[id].dtype});
  return position->second;
}

Statement KernelBuilder::store(NodeId id, Expr position, Expr value) {
  const int buffer = buffer_of(id);
  kernel_.buffers[static_cast<std::size_t>(buffer)].is_written = true;
  return {Store{.buffer = buffer, .index = position, .value = value}};
}

namespace {

// Visits every expression of the statements; `change` may replace it.
void change_expressions(Statements& statements, const std::function<Expr(Expr)>& change) {
  for (Statement& statement : statements) {
    if (auto* declare = std::get_if<Declare>(&statement.what)) {
      if (declare->initial) declare->initial = change(declare->initial);
    } else if (auto* assign = std::get_if<Assign>(&statement.what)) {
      if (assign->index) assign->index = change(assign->index);
      assign->value = change(assign->value);
    } else if (auto* store = std::get_if<Store>(&statement.what)) {
      store->index = change(store->index);
      store->value = change(store->value);
    } else if (auto* loop = std::get_if<Loop>(&statement.what)) {
      loop->begin = change(loop->begin);
      loop->end = change(loop->end);
      change_expressions(loop->body, change);
    }
  }
}

}  // namespace

Kernel KernelBuilder::finish(std::string name) {
  kernel_.name = std::move(name);
  // Buffers that were only looked at while alternatives were tried are dropped.
  std::vector<bool> used(kernel_.buffers.size(), false);
  std::unordered_set<Expr> seen;
  const auto note = [&](Expr e) {
    const auto walk = [&](const auto& self, Expr part) -> void {
      if (!seen.insert(part).second) return;
      if (part->kind == ExprKind::load) used[static_cast<std::size_t>(part->value)] = true;
      for (Expr term : part->terms) self(self, term);
    };
    walk(walk, e);
    return e;
  };
  const auto note_store = [&](const Store& store) { used[static_cast<std::size_t>(store.buffer)] = true; };
  const std::function<void(const Statements&)> note_stores = [&](const Statements& statements) {
    for (const Statement& statement : statements) {
      if (const auto* store = std::get_if<Store>(&statement.what)) note_store(*store);
      if (const auto* loop = std::get_if<Loop>(&statement.what)) note_stores(loop->body);
    }
  };
  if (auto* program = std::get_if<LoopProgram>(&kernel_.body)) {
    for (Stage& stage : program->stages) {
      change_expressions(stage.body, note);
      note_stores(stage.body);
    }
  } else {
    const Contraction& contraction = std::get<Contraction>(kernel_.body);
    note(contraction.a);
    note(contraction.b);
    for (const Store& store : contraction.epilogue) {
      note(store.index);
      note(store.value);
      note_store(store);
    }
  }
  std::vector<int> renamed(kernel_.buffers.size(), -1);
  std::vector<KernelBuffer> kept;
  for (std::size_t i = 0; i < used.size(); ++i)
    if (used[i]) {
      renamed[i] = static_cast<int>(kept.size());
      kept.push_back(kernel_.buffers[i]);
    }
  const auto rename_loads = [&](Expr e) {
    return replace_loads(pool(), e, [&](Expr load) -> Expr {
      const int number = renamed[static_cast<std::size_t>(load->value)];
      return number == load->value ? nullptr : pool().load(load->dtype, number, load->terms[0]);
    });
  };
  const auto rename_store = [&](Store& store) { store.buffer = renamed[static_cast<std::size_t>(store.buffer)]; };
  const std::function<void(Statements&)> rename_stores = [&](Statements& statements) {
    for (Statement& statement : statements) {
      if (auto* store = std::get_if<Store>(&statement.what)) rename_store(*store);
      if (auto* loop = std::get_if<Loop>(&statement.what)) rename_stores(loop->body);
    }
  };
  if (auto* program = std::get_if<LoopProgram>(&kernel_.body)) {
    for (Stage& stage : program->stages) {
      change_expressions(stage.body, rename_loads);
      rename_stores(stage.body);
    }
  } else {
    Contraction& contraction = std::get<Contraction>(kernel_.body);
    contraction.a = rename_loads(contraction.a);
    contraction.b = rename_loads(contraction.b);
    for (Store& store : contraction.epilogue) {
      store.index = rename_loads(store.index);
      store.value = rename_loads(store.value);
      rename_store(store);
    }
  }
  kernel_.buffers = std::move(kept);
  for (const KernelBuffer& buffer : kernel_.buffers)
    kernel_.bytes +=
        static_cast<double>(graph_.nodes[buffer.value].shape.elements()) * static_cast<double>(size_of(buffer.dtype));
  return std::move(kernel_);
}

Expr replace_loads(ExprPool& pool, Expr value, const std::function<Expr(Expr)>& replace) {
  // Loads inside the index of another load come first in the order of visits, and are replaced within it as
  // well.
  std::unordered_map<Expr, Expr> done;
  const auto walk = [&](const auto& self, Expr e) -> Expr {
    if (const auto found = done.find(e); found != done.end()) return found->second;
    std::vector<std::pair<Expr, Expr>> changed;
    for (Expr term : e->terms)
      if (const Expr now = self(self, term); now != term) changed.emplace_back(term, now);
    Expr result = e;
    if (!changed.empty()) result = pool.substitute(e, changed);
    if (result->kind == ExprKind::load)
      if (const Expr other = replace(result)) result = other;
    done.emplace(e, result);
    return result;
  };
  return walk(walk, value);
}

Statements hoisted(KernelBuilder& builder, Loop loop) {
  ExprPool& pool = builder.pool();
  Statements before;
  if (loop.variable->kind != ExprKind::variable) {
    before.push_back({std::move(loop)});
    return before;
  }
  // What the loop itself changes may not move out of it.
  std::unordered_set<std::int64_t> changing_locals, changing_buffers;
  for (const Statement& statement : loop.body) {
    if (const auto* assign = std::get_if<Assign>(&statement.what)) changing_locals.insert(assign->local);
    if (const auto* declare = std::get_if<Declare>(&statement.what)) changing_locals.insert(declare->local);
    if (const auto* store = std::get_if<Store>(&statement.what)) changing_buffers.insert(store->buffer);
    if (std::get_if<Loop>(&statement.what)) return {{std::move(loop)}};  // only innermost loops
  }
  std::unordered_map<Expr, Expr> moved;
  std::unordered_map<Expr, bool> known;
  const auto varies = [&](const auto& self, Expr e) -> bool {
    if (const auto found = known.find(e); found != known.end()) return found->second;
    bool result = e == loop.variable || (e->kind == ExprKind::local && changing_locals.contains(e->value)) ||
                  (e->kind == ExprKind::load && changing_buffers.contains(e->value));
    for (Expr term : e->terms) result = result || self(self, term);
    known.emplace(e, result);
    return result;
  };
  const auto is_index = [](Expr e) { return e->kind <= ExprKind::modulo; };
  std::unordered_set<Expr> seen;
  const auto walk = [&](const auto& self, Expr e) -> void {
    if (!seen.insert(e).second) return;
    const bool trivial =
        is_index(e) || e->kind == ExprKind::number || e->kind == ExprKind::local || e->kind == ExprKind::within;
    if (!varies(varies, e) && !trivial) {
      const int local = builder.new_local();
      before.push_back({Declare{.local = local, .dtype = e->dtype, .initial = e}});
      moved.emplace(e, pool.local_for(e, local));
      return;
    }
    // The branches of a selection may be loads that must not happen unless its test of an index holds. Such a test
    // stays where it is, too: by it the renderer knows what it guards.
    const bool selects = e->kind == ExprKind::scalar && e->scalar == Scalar::where;
    if (selects && tests_an_index(e->terms[0])) return;
    for (std::size_t i = 0; i < (selects ? 1 : e->terms.size()); ++i) self(self, e->terms[i]);
  };
  change_expressions(loop.body, [&](Expr e) {
    walk(walk, e);
    const std::vector<std::pair<Expr, Expr>> replacements(moved.begin(), moved.end());
    return pool.substitute(e, replacements);
  });
  before.push_back({std::move(loop)});
  return before;
}

namespace {

// Products of neighbouring axes with one among them that varies.
void add_products(std::span<const std::int64_t> sizes, unsigned varying_axes, std::set<std::int64_t>& found) {
  for (std::size_t first = 0; first < sizes.size(); ++first) {
    std::int64_t product = 1;
    for (std::size_t last = first; last < sizes.size(); ++last) {
      product *= sizes[last];
      if ((varying_axes >> first & ((2u << (last - first)) - 1)) != 0) found.insert(product);
    }
  }
}

}  // namespace

std::set<std::int64_t> varying_sizes(const Graph& graph) {
  std::set<std::int64_t> found;
  for (const GraphNode& node : graph.nodes) {
    add_products(node.shape, node.varying_axes, found);
    if (node.op == Op::scan && node.varying_axes != 0)
      found.insert(node.shape[static_cast<int>(node.attributes[0])] - 1);
    if (node.op != Op::reduce) continue;
    const GraphNode& input = graph.nodes[node.inputs[0]];
    Shape reduced;
    unsigned varying = 0;
    for (int i = 0; i < input.shape.rank(); ++i) {
      if ((node.attributes[0] >> i & 1) == 0) continue;
      varying |= static_cast<unsigned>(input.varies(i)) << reduced.rank();
      reduced.push_back(input.shape[i]);
    }
    add_products(reduced, varying, found);
  }
  return found;
}

AxisSplit split_axes(ExprPool& pool, std::span<const std::int64_t> shape,
                     const std::function<std::vector<Expr>(Index)>& values_at) {
  AxisSplit split{1, 1};
  for (std::int64_t dim : shape) split.inner *= dim;
  for (std::size_t axes = 0; axes < shape.size(); ++axes) {
    if (axes > 0) {
      split.outer *= shape[axes - 1];
      split.inner /= std::max<std::int64_t>(shape[axes - 1], 1);
    }
    if (split.inner <= 1 || axes + 1 == shape.size()) break;
    const Expr inner = pool.variable(split.inner), outer = pool.variable(split.outer);
    Index index = delinearise(pool, shape.first(axes), outer);
    const Index tail = delinearise(pool, shape.subspan(axes), inner);
    index.insert(index.end(), tail.begin(), tail.end());
    const std::vector<Expr> values = values_at(index);
    bool is_linear = true;
    for_each_node(values, [&](Expr e) {
      if (e->kind == ExprKind::load) is_linear &= linear_in(e->terms[0], inner).is_linear;
    });
    if (is_linear) break;
  }
  return split;
}

Expr identity_of(ExprPool& pool, Scalar combine, DType dtype) {
  const bool is_max = combine == Scalar::maximum;
  if (combine == Scalar::maximum || combine == Scalar::minimum) {
    switch (dtype) {
      case DType::f16:
      case DType::bf16:
      case DType::f32:
      case DType::f64:
        return pool.number(dtype, constant_bits(dtype, is_max ? -std::numeric_limits<double>::infinity()
                                                              : std::numeric_limits<double>::infinity()));
      case DType::boolean: return pool.number(dtype, is_max ? 0 : 1);
      case DType::u8: return pool.number(dtype, is_max ? 0 : 255);
      case DType::i8:
        return pool.number(dtype,
                           is_max ? std::numeric_limits<std::int8_t>::min() : std::numeric_limits<std::int8_t>::max());
      case DType::i16:
        return pool.number(
            dtype, is_max ? std::numeric_limits<std::int16_t>::min() : std::numeric_limits<std::int16_t>::max());
      case DType::u32: return pool.number(dtype, is_max ? 0 : std::numeric_limits<std::uint32_t>::max());
      case DType::i32:
        return pool.number(
            dtype, is_max ? std::numeric_limits<std::int32_t>::min() : std::numeric_limits<std::int32_t>::max());
      case DType::i64:
        return pool.number(
            dtype, is_max ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max());
    }
  }
  return pool.number(dtype, constant_bits(dtype, combine == Scalar::mul ? 1 : 0));
}

double operations_of(Expr value) {
  double operations = 1;
  for_each_node(std::span(&value, 1), [&](Expr e) {
    if (e->kind == ExprKind::scalar) operations += info(e->scalar).cost;
    if (e->kind == ExprKind::load) operations += 1;
  });
  return operations;
}

}  // namespace tenon

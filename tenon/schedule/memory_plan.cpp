#include "tenon/schedule/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "tenon/core/error.h"

namespace tenon {
namespace {

// A cache line; also what kernels may read behind a value's end.
constexpr std::size_t alignment = 64;

struct Lifetime {
  NodeId node;
  std::size_t bytes;
  std::size_t first, last;  // kernels
};

std::vector<Lifetime> lifetimes_of(const Schedule& schedule, const std::vector<Place>& places) {
  std::vector<Lifetime> lifetimes;
  std::vector<std::size_t> number(schedule.graph.nodes.size(), SIZE_MAX);
  for (std::size_t k = 0; k < schedule.kernels.size(); ++k) {
    for (const KernelBuffer& buffer : schedule.kernels[k].buffers) {
      if (places[buffer.value].kind != Place::Kind::nowhere) continue;
      std::size_t& n = number[buffer.value];
      if (n == SIZE_MAX) {
        const GraphNode& node = schedule.graph.nodes[buffer.value];
        const std::size_t bytes = static_cast<std::size_t>(node.shape.elements()) * size_of(node.dtype);
        n = lifetimes.size();
        lifetimes.push_back({buffer.value, (bytes + 2 * alignment - 1) / alignment * alignment, k, k});
      }
      lifetimes[n].last = k;
    }
  }
  return lifetimes;
}

bool overlap(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

// Largest first, each at the lowest offset where it disturbs none that lives at the same time
// (Pisarchyk, Lee: "Efficient memory management for deep neural net inference", 2020, greedy by size).
std::size_t place_in_arena(std::vector<Lifetime> lifetimes, std::vector<Place>& places) {
  std::sort(lifetimes.begin(), lifetimes.end(), [](const Lifetime& a, const Lifetime& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.node < b.node;
  });
  std::size_t arena_bytes = 0;
  std::vector<const Lifetime*> placed;  // by offset
  for (const Lifetime& lifetime : lifetimes) {
    std::size_t offset = 0;
    for (const Lifetime* other : placed) {
      if (!overlap(lifetime, *other)) continue;
      const std::size_t start = places[other->node].number;
      if (start >= offset + lifetime.bytes) break;
      offset = std::max(offset, start + other->bytes);
    }
    places[lifetime.node] = {Place::Kind::arena, offset};
    arena_bytes = std::max(arena_bytes, offset + lifetime.bytes);
    const auto position =
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [&](std::size_t value, const Lifetime* other) { return value < places[other->node].number; });
    placed.insert(position, &lifetime);
  }
  return arena_bytes;
}

// Whether a kernel that reads buffer `read` and writes buffer `written` may have both in one place: wherever
// it reads an element of the one, it writes the same element of the other, in the same innermost loop.
class InPlaceChecker {
 public:
  InPlaceChecker(int read, int written) : read_(read), written_(written) {}

  bool check(const Kernel& kernel) {
    if (const auto* program = std::get_if<LoopProgram>(&kernel.body)) {
      return std::all_of(program->stages.begin(), program->stages.end(),
                         [&](const Stage& stage) { return check(stage.body); });
    }
    if (std::holds_alternative<Call>(kernel.body)) return false;
    const Contraction& contraction = std::get<Contraction>(kernel.body);
    std::vector<Expr> operands = {contraction.a, contraction.b}, positions;
    if (!positions_of(operands).empty()) return false;
    std::vector<Expr> values;
    for (const Store& store : contraction.epilogue) {
      values.push_back(store.value);
      values.push_back(store.index);
      if (store.buffer == written_) positions.push_back(store.index);
    }
    return fits(positions_of(values), positions);
  }

 private:
  bool check(const Statements& statements) {
    std::vector<Expr> values, positions;
    for (const Statement& statement : statements) {
      if (const auto* declare = std::get_if<Declare>(&statement.what)) {
        if (declare->initial) values.push_back(declare->initial);
      } else if (const auto* assign = std::get_if<Assign>(&statement.what)) {
        values.push_back(assign->value);
        if (assign->index) values.push_back(assign->index);
      } else if (const auto* store = std::get_if<Store>(&statement.what)) {
        values.push_back(store->value);
        values.push_back(store->index);
        if (store->buffer == written_) positions.push_back(store->index);
      } else if (const auto* loop = std::get_if<Loop>(&statement.what)) {
        if (!check(loop->body)) return false;
      }
    }
    return fits(positions_of(values), positions);
  }

  std::vector<Expr> positions_of(const std::vector<Expr>& values) const {
    std::vector<Expr> positions;
    for_each_node(values, [&](Expr e) {
      if (e->kind == ExprKind::load && e->value == read_) positions.push_back(e->terms[0]);
    });
    return positions;
  }

  static bool fits(const std::vector<Expr>& reads, const std::vector<Expr>& writes) {
    return std::all_of(reads.begin(), reads.end(),
                       [&](Expr read) { return std::find(writes.begin(), writes.end(), read) != writes.end(); });
  }

  int read_, written_;
};

bool fits_in_place(const Schedule& schedule, NodeId leaf, NodeId output) {
  const GraphNode &from = schedule.graph.nodes[leaf], &to = schedule.graph.nodes[output];
  if (from.shape.elements() != to.shape.elements() || from.dtype != to.dtype) return false;
  bool is_written = false;
  for (const Kernel& kernel : schedule.kernels) {
    int read = -1, written = -1;
    for (std::size_t i = 0; i < kernel.buffers.size(); ++i) {
      if (kernel.buffers[i].value == leaf) read = static_cast<int>(i);
      if (kernel.buffers[i].value == output && kernel.buffers[i].is_written) written = static_cast<int>(i);
    }
    if (is_written && read >= 0) return false;
    if (written >= 0) {
      is_written = true;
      if (read >= 0 && !InPlaceChecker(read, written).check(kernel)) return false;
    }
  }
  return is_written;
}

}  // namespace

MemoryPlan plan_memory(const Schedule& schedule, const std::vector<Donation>& donations) {
  MemoryPlan plan;
  const std::vector<GraphNode>& nodes = schedule.graph.nodes;
  plan.places.resize(nodes.size());
  std::vector<int> leaves_of_slot(schedule.graph.leaves.size(), 0);
  for (NodeId id = 0; id < nodes.size(); ++id)
    if (nodes[id].op == Op::parameter) {
      plan.places[id] = {Place::Kind::slot, static_cast<std::size_t>(nodes[id].attributes[0])};
      ++leaves_of_slot[static_cast<std::size_t>(nodes[id].attributes[0])];
    }
  for (std::size_t i = 0; i < schedule.outputs.size(); ++i)
    if (plan.places[schedule.outputs[i]].kind == Place::Kind::nowhere)
      plan.places[schedule.outputs[i]] = {Place::Kind::output, i};
  for (const Donation& donation : donations) {
    const NodeId leaf = schedule.graph.leaves[donation.slot], output = schedule.outputs[donation.output];
    const Place& place = plan.places[output];
    if (leaf == no_node || leaves_of_slot[donation.slot] != 1) continue;
    if (place.kind != Place::Kind::output || place.number != donation.output) continue;
    const auto takes_same_leaf = [&](const Donation& other) { return other.slot == donation.slot; };
    if (std::any_of(plan.in_place.begin(), plan.in_place.end(), takes_same_leaf)) continue;
    // A leaf that is itself a result has to survive.
    if (std::find(schedule.outputs.begin(), schedule.outputs.end(), leaf) != schedule.outputs.end()) continue;
    if (fits_in_place(schedule, leaf, output)) plan.in_place.push_back(donation);
  }
  plan.arena_bytes = place_in_arena(lifetimes_of(schedule, plan.places), plan.places);
  return plan;
}

void verify(const MemoryPlan& plan, const Schedule& schedule) {
  std::vector<Place> without_arena = plan.places;
  for (Place& place : without_arena)
    if (place.kind == Place::Kind::arena) place = {};
  const std::vector<Lifetime> lifetimes = lifetimes_of(schedule, without_arena);
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    const Place& place = plan.places[lifetimes[i].node];
    if (place.kind != Place::Kind::arena || place.number % alignment != 0 ||
        place.number + lifetimes[i].bytes > plan.arena_bytes)
      throw InternalError(fmt::format("memory plan: %{} has no place", lifetimes[i].node));
    for (std::size_t j = 0; j < i; ++j) {
      const Place& other = plan.places[lifetimes[j].node];
      if (overlap(lifetimes[i], lifetimes[j]) && place.number < other.number + lifetimes[j].bytes &&
          other.number < place.number + lifetimes[i].bytes)
        throw InternalError(fmt::format("memory plan: %{} and %{} overlap", lifetimes[i].node, lifetimes[j].node));
    }
  }
}

}  // namespace tenon

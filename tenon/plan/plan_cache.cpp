#include "tenon/plan/plan_cache.h"

#include <fmt/format.h>

#include <cstdio>

#include "tenon/core/hash.h"
#include "tenon/plan/plan_family.h"

namespace tenon {
namespace {

// So many plans of one structure are no coincidence.
constexpr std::size_t suspicious_misses = 16;

std::uint64_t hash_without_constants(const Graph& graph) {
  std::uint64_t hash = 0;
  for (GraphNode node : graph.nodes) {
    if (node.op == Op::constant) node.attributes.clear();
    hash = hash_mix(hash, hash_of(node));
  }
  return hash;
}

}  // namespace

std::shared_ptr<Plan> PlanCache::find_or_make(Device& device, const Graph& graph, std::uint64_t hash, bool is_dynamic) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = index_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    const auto entry = it->second;
    if (entry->device != &device || !(entry->graph == graph)) continue;
    if (entry != entries_.begin()) entries_.splice(entries_.begin(), entries_, entry);
    ++statistics_.hits;
    return entry->plan;
  }
  ++statistics_.misses;
  std::shared_ptr<PlanFamily> family;
  if (is_dynamic)
    family = family_of(device, graph);
  else
    report_repeated_misses(graph, hash);
  entries_.push_front(
      {hash, &device, graph, std::make_shared<Plan>(device, graph, std::vector<Donation>(), family.get())});
  index_.emplace(hash, entries_.begin());
  if (entries_.size() > capacity_) {
    const auto oldest = std::prev(entries_.end());
    const auto [begin, end] = index_.equal_range(oldest->hash);
    for (auto it = begin; it != end; ++it)
      if (it->second == oldest) {
        index_.erase(it);
        break;
      }
    entries_.pop_back();
  }
  return entries_.front().plan;
}

void PlanCache::report_repeated_misses(const Graph& graph, std::uint64_t hash) {
  // Values seen before were evicted: the cache is too small for them, which no Array would change.
  std::unordered_set<std::uint64_t>& seen = constants_by_structure_[hash_without_constants(graph)];
  if (seen.size() >= suspicious_misses || !seen.insert(hash).second || seen.size() < suspicious_misses) return;
  std::string constants;
  for (const GraphNode& node : graph.nodes)
    if (node.op == Op::constant) constants += fmt::format(" {}", constant_value(node.dtype, node.attributes[0]));
  fmt::print(stderr,
             "tenon: {} plans have been made that differ only in the values of constants (now:{}). A number that "
             "changes from "
             "step to step should be an Array, e.g. Array(learning_rate), so that one plan serves all steps.\n",
             seen.size(), constants);
}

PlanStatistics PlanCache::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void PlanCache::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  index_.clear();
  constants_by_structure_.clear();
  statistics_ = {};
}

PlanCache& PlanCache::instance() {
  static PlanCache& cache = *new PlanCache;
  return cache;
}

}  // namespace tenon

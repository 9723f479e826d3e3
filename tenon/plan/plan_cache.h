// Plans by structure: leaves are slots, so a graph that differs only in its data finds the plan made before.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "tenon/plan/plan.h"

namespace tenon {

struct PlanStatistics {
  std::int64_t hits = 0;
  std::int64_t misses = 0;  // plans made
};

/// Bounded: the plan used longest ago goes first. Safe to use from several threads.
class PlanCache {
 public:
  explicit PlanCache(std::size_t capacity = 512) : capacity_(capacity) {}

  /// The plan of an equal graph (the hash only leads to it), or a new one. When graphs keep coming that
  /// differ in nothing but the values of their constants, says so on stderr, once: such a value belongs in an
  /// Array.
  /// `is_dynamic`: sizes will change; a new plan takes or gives its kernels to others of its family.
  std::shared_ptr<Plan> find_or_make(Device& device, const Graph& graph, std::uint64_t hash, bool is_dynamic = false);

  PlanStatistics statistics() const;
  void clear();

  /// The process's cache, which `evaluate` uses.
  static PlanCache& instance();

 private:
  struct Entry {
    std::uint64_t hash;
    Device* device;
    Graph graph;
    std::shared_ptr<Plan> plan;
  };
  void report_repeated_misses(const Graph& graph, std::uint64_t hash);

  std::size_t capacity_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_multimap<std::uint64_t, std::list<Entry>::iterator> index_;
  // Hashes of graphs that missed, by their hash without constants.
  std::unordered_map<std::uint64_t, std::unordered_set<std::uint64_t>> constants_by_structure_;
  PlanStatistics statistics_;
};

}  // namespace tenon

#include "tenon/schedule/arrange.h"

#include <algorithm>
#include <functional>
#include <map>

#include "tenon/schedule/values.h"

namespace tenon {
namespace {

// Compilers take more than twice as long for functions of twice the length.
constexpr std::size_t most_side_by_side = 64;

// A group this small is done by one thread while the others wait; starting a kernel for it would cost as
// much.
constexpr std::int64_t small_work = 16384;

std::int64_t work_of(const Graph& graph, const Anchors& anchors, const Group& group) {
  std::int64_t work = 0;
  for (NodeId id : group.anchors) {
    const GraphNode& node = graph.nodes[id];
    const bool may_grow =
        node.varying_axes != 0 || std::any_of(node.inputs.begin(), node.inputs.end(),
                                              [&](NodeId input) { return graph.nodes[input].varying_axes != 0; });
    if (may_grow) return small_work + 1;
    std::int64_t elements = graph.nodes[id].shape.elements();
    if (anchors.kind[id] == AnchorKind::reduction) elements *= reduced_shape(graph, id).elements();
    work += elements;
  }
  return work;
}

class Arranger {
 public:
  Arranger(const Graph& graph, const Anchors& anchors, const Fusion& fusion)
      : graph_(graph), anchors_(anchors), fusion_(fusion), kernel_of_(fusion.groups.size()) {
    for (std::uint32_t g = 0; g < fusion.groups.size(); ++g) {
      kernel_of_[g] = g;
      kernels_.push_back({{g}});
    }
  }

  std::vector<KernelGroups> run() {
    put_side_by_side();
    append_small_groups();
    prepend_small_groups();
    return ordered();
  }

 private:
  bool is_loops(std::uint32_t group) const { return fusion_.groups[group].kind == Group::Kind::rows; }
  // Counts how many groups come after one on the longest path: groups that agree in that cannot depend on
  // each other.
  std::vector<int> distances_to_end() const {
    std::vector<int> distance(fusion_.groups.size(), 0);
    for (std::uint32_t g = static_cast<std::uint32_t>(fusion_.groups.size()); g-- > 0;)
      for (std::uint32_t producer : fusion_.producers[g])
        distance[producer] = std::max(distance[producer], distance[g] + 1);
    return distance;
  }

  void put_side_by_side() {
    const std::vector<int> distance = distances_to_end();
    std::map<int, std::uint32_t> newest;  // for each distance the kernel that takes more
    for (std::uint32_t g = 0; g < fusion_.groups.size(); ++g) {
      if (!is_loops(g)) continue;
      const auto [position, is_new] = newest.try_emplace(distance[g], g);
      if (is_new) continue;
      if (kernels_[position->second][0].size() == most_side_by_side) {
        position->second = g;
        continue;
      }
      kernels_[position->second][0].push_back(g);
      kernels_[g].clear();
      kernel_of_[g] = position->second;
    }
  }

  std::vector<std::uint32_t> producers_of_kernel(std::uint32_t kernel) const {
    std::vector<std::uint32_t> producers;
    for (const auto& stage : kernels_[kernel])
      for (std::uint32_t group : stage)
        for (std::uint32_t producer : fusion_.producers[group])
          if (kernel_of_[producer] != kernel &&
              std::find(producers.begin(), producers.end(), kernel_of_[producer]) == producers.end())
            producers.push_back(kernel_of_[producer]);
    return producers;
  }

  bool depends(std::uint32_t kernel, std::uint32_t on) const {
    std::vector<bool> seen(kernels_.size(), false);
    std::vector<std::uint32_t> stack = {kernel};
    while (!stack.empty()) {
      const std::uint32_t current = stack.back();
      stack.pop_back();
      for (std::uint32_t producer : producers_of_kernel(current)) {
        if (producer == on) return true;
        if (seen[producer]) continue;
        seen[producer] = true;
        stack.push_back(producer);
      }
    }
    return false;
  }

  // A kernel that is one small stage joins the kernel that it waits for, if that does not wait for the
  // others.
  void append_small_groups() {
    for (std::uint32_t k = 0; k < kernels_.size(); ++k) {
      if (!is_small(k)) continue;
      const std::vector<std::uint32_t> producers = producers_of_kernel(k);
      for (std::uint32_t target : producers) {
        const bool is_last = std::none_of(producers.begin(), producers.end(), [&](std::uint32_t other) {
          return other != target && depends(other, target);
        });
        if (!is_last || !is_loops(kernels_[target][0][0])) continue;
        kernels_[target].push_back(kernels_[k][0]);
        for (std::uint32_t group : kernels_[k][0]) kernel_of_[group] = target;
        kernels_[k].clear();
        break;
      }
    }
  }

  // One stage of loops with little work.
  bool is_small(std::uint32_t kernel) const {
    if (kernels_[kernel].size() != 1) return false;
    std::int64_t work = 0;
    for (std::uint32_t group : kernels_[kernel][0]) {
      if (!is_loops(group)) return false;
      work += work_of(graph_, anchors_, fusion_.groups[group]);
    }
    return work <= small_work;
  }

  // A small kernel that serves one other kernel only becomes that one's first stage.
  void prepend_small_groups() {
    for (std::uint32_t k = 0; k < kernels_.size(); ++k) {
      if (!is_small(k)) continue;
      std::vector<std::uint32_t> consumers;
      for (std::uint32_t other = 0; other < kernels_.size(); ++other) {
        const std::vector<std::uint32_t> producers = producers_of_kernel(other);
        if (std::find(producers.begin(), producers.end(), k) != producers.end()) consumers.push_back(other);
      }
      if (consumers.size() != 1 || !is_loops(kernels_[consumers[0]][0][0])) continue;
      KernelGroups& target = kernels_[consumers[0]];
      target.insert(target.begin(), kernels_[k][0]);
      for (std::uint32_t group : kernels_[k][0]) kernel_of_[group] = consumers[0];
      kernels_[k].clear();
    }
  }

  // Producers first, otherwise in the order of the kernels' last groups.
  std::vector<KernelGroups> ordered() const {
    std::vector<KernelGroups> result;
    std::vector<bool> done(kernels_.size(), false);
    const std::function<void(std::uint32_t)> visit = [&](std::uint32_t kernel) {
      if (done[kernel]) return;
      done[kernel] = true;
      for (std::uint32_t producer : producers_of_kernel(kernel)) visit(producer);
      result.push_back(kernels_[kernel]);
    };
    for (std::uint32_t g = 0; g < kernel_of_.size(); ++g) {
      // A kernel's turn comes with its last group.
      bool is_last = true;
      for (std::uint32_t later = g + 1; later < kernel_of_.size(); ++later)
        is_last &= kernel_of_[later] != kernel_of_[g];
      if (is_last) visit(kernel_of_[g]);
    }
    return result;
  }

  const Graph& graph_;
  const Anchors& anchors_;
  const Fusion& fusion_;
  std::vector<std::uint32_t> kernel_of_;  // of each group
  std::vector<KernelGroups> kernels_;     // empty where merged into another
};

}  // namespace

std::vector<KernelGroups> arrange(const Graph& graph, const Anchors& anchors, const Fusion& fusion) {
  return Arranger(graph, anchors, fusion).run();
}

}  // namespace tenon

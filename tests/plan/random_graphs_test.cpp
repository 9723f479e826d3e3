// Random graphs: every stage of the engine against the reference interpreter.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "tenon/graph/compose.h"
#include "tenon/graph/simplify.h"
#include "tenon/plan/plan.h"
#include "tenon/schedule/split_reductions.h"
#include "tests/plan/random_graph.h"
#include "tests/support/enclosure.h"

namespace tenon::testing {
namespace {

// Graphs of one plan: their kernels are compiled together, and may be fused with each other's.
constexpr int most_graphs_per_plan = 8;
constexpr int usual_graphs = 40;

Graph graph_of(std::span<const NodeRef> outputs, std::size_t arguments) {
  const std::lock_guard lock(graph_mutex());
  return trace(outputs, static_cast<int>(arguments)).graph;
}

std::vector<HostTensor> interpreted(const Graph& graph, std::span<const HostTensor> leaves) {
  std::vector<HostView> views;
  for (const HostTensor& leaf : leaves) views.push_back(leaf.view());
  return interpret(graph, views);
}

Ref<Buffer> to_device(Device& device, const HostTensor& value) {
  Ref<Buffer> buffer = device.allocate(value.bytes.size(), Origin("leaf"));
  device.copy_from_host(*buffer, value.bytes.data(), value.bytes.size());
  return buffer;
}

// Pairs of a leaf and an output that could take its place, each used once.
std::vector<Donation> possible_donations(const Graph& graph) {
  std::vector<Donation> donations;
  std::vector<bool> is_given(graph.leaves.size(), false);
  for (std::size_t output = 0; output < graph.outputs.size(); ++output) {
    const GraphNode& to = graph.nodes[graph.outputs[output]];
    for (std::size_t slot = 0; slot < graph.leaves.size(); ++slot) {
      if (is_given[slot] || graph.leaves[slot] == no_node) continue;
      const GraphNode& from = graph.nodes[graph.leaves[slot]];
      if (from.dtype != to.dtype || from.shape.elements() != to.shape.elements()) continue;
      donations.push_back({static_cast<std::uint32_t>(slot), static_cast<std::uint32_t>(output)});
      is_given[slot] = true;
      break;
    }
  }
  return donations;
}

// In fresh memory, or with the outputs of granted donations in the memory of their leaves.
std::vector<HostTensor> run_plan(Plan& plan, const Graph& graph, std::span<const HostTensor> leaves, bool in_place) {
  Device& device = plan.device();
  std::vector<Ref<Buffer>> owned, results(plan.output_count());
  std::vector<const Buffer*> slots, outputs(plan.output_count());
  for (const HostTensor& leaf : leaves) {
    owned.push_back(to_device(device, leaf));
    slots.push_back(owned.back().get());
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (const int slot = plan.output_slot(i); slot >= 0) {
      results[i] = owned[static_cast<std::size_t>(slot)];
    } else {
      const std::size_t original = plan.output_original(i);
      results[i] = original != i ? results[original] : device.allocate(plan.output_bytes(i), Origin("output"));
    }
    for (const Donation& donation : plan.in_place())
      if (in_place && donation.output == i) results[i] = owned[donation.slot];
    outputs[i] = results[i].get();
  }
  plan.run(slots, outputs);
  std::vector<HostTensor> values;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const GraphNode& node = graph.nodes[graph.outputs[i]];
    HostTensor value(node.dtype, node.shape);
    device.copy_to_host(value.bytes.data(), *results[i], value.bytes.size());
    values.push_back(std::move(value));
  }
  return values;
}

// The random graphs of some seeds as one, with what they may compute.
struct Example {
  std::vector<HostTensor> leaves;
  Graph graph;
  std::vector<Enclosure> enclosures;  // of each output
};

Example make_example(std::uint64_t first_seed, int graphs) {
  Example example;
  std::vector<NodeRef> outputs;
  for (int i = 0; i < graphs; ++i) {
    RandomGraph random(first_seed + static_cast<std::uint64_t>(i), example.leaves);
    random.grow(3 + static_cast<int>((first_seed + static_cast<std::uint64_t>(i)) * 7 % 38));
    for (const RandomValue& value : random.choose_outputs()) outputs.push_back(value.device);
  }
  example.graph = graph_of(outputs, example.leaves.size());
  std::vector<HostView> views;
  for (const HostTensor& leaf : example.leaves) views.push_back(leaf.view());
  example.enclosures = enclose(example.graph, views);
  return example;
}

void expect_right(const std::vector<HostTensor>& actual, const Example& example) {
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_TRUE(lies_within(actual[i], example.enclosures[i])) << "output " << i;
}

// How many elements were compared, and how many of them with a bound of a hundredth or more.
struct Coverage {
  std::int64_t elements = 0, loose = 0;

  void add(const Example& example) {
    for (const Enclosure& output : example.enclosures) {
      elements += output.shape.elements();
      loose += loose_elements(output, 0.01);
    }
  }
};

bool bits_differ(const std::vector<HostTensor>& a, const std::vector<HostTensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].bytes != b[i].bytes) return true;
  return false;
}

void check_stages(const Example& example) {
  verify(example.graph);
  const Graph simplified = simplify(example.graph);
  verify(simplified);
  const std::vector<HostTensor> before = interpreted(example.graph, example.leaves),
                                after = interpreted(simplified, example.leaves);
  expect_right(before, example);  // the interpreter is one of the devices that enclosures are about
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(matches(after[i], before[i])) << "simplified output " << i;
  const Graph split = split_reductions(simplified);
  verify(split);
  const Schedule schedule = make_schedule(example.graph);
  verify(schedule);
  verify(plan_memory(schedule, possible_donations(example.graph)), schedule);
}

// For how long graphs are drawn, and how many at least.
struct Budget {
  int graphs = usual_graphs;
  std::chrono::seconds time{0};

  static Budget wanted() {
    Budget budget;
    if (const char* const seconds = std::getenv("TENON_FUZZ_SECONDS"))
      budget.time = std::chrono::seconds(std::atoi(seconds));
    if (const char* const graphs = std::getenv("TENON_FUZZ_GRAPHS")) budget.graphs = std::atoi(graphs);
    return budget;
  }
};

TEST(RandomGraphs, EveryStageComputesWhatTheInterpreterDoes) {
  const char* const chosen = std::getenv("TENON_FUZZ_SEED");
  const std::uint64_t base = chosen ? std::strtoull(chosen, nullptr, 10) : 1;
  const Budget budget = Budget::wanted();
  const auto end = std::chrono::steady_clock::now() + budget.time;
  Device& device = find_device("cpu");
  Coverage coverage;
  int done = 0;
  while (done < budget.graphs || std::chrono::steady_clock::now() < end) {
    const std::uint64_t seed = base + static_cast<std::uint64_t>(done);
    const int graphs =
        done < budget.graphs ? std::min(most_graphs_per_plan, budget.graphs - done) : most_graphs_per_plan;
    SCOPED_TRACE(fmt::format("TENON_FUZZ_SEED={} TENON_FUZZ_GRAPHS={} repeats this plan", seed, graphs));
    // Long runs tell how far they are, so that a crash names its seeds.
    if (std::getenv("TENON_FUZZ_GRAPHS")) fmt::print(stderr, "seeds from {}\n", seed);
    const Example example = make_example(seed, graphs);
    coverage.add(example);
    check_stages(example);
    Plan plan(device, example.graph, possible_donations(example.graph));
    const std::vector<HostTensor> values = run_plan(plan, example.graph, example.leaves, false);
    expect_right(values, example);
    EXPECT_FALSE(bits_differ(values, run_plan(plan, example.graph, example.leaves, true))) << "in place";
    done += graphs;
  }
  fmt::print("{} random graphs from seed {}: {} elements compared, {} of them loosely\n", done, base, coverage.elements,
             coverage.loose);
  RecordProperty("random_graphs", done);
  // Bounds that say nothing would hold whatever kernels compute.
  if (done >= usual_graphs) {
    EXPECT_LT(coverage.loose * 10, coverage.elements);
  }
}

}  // namespace
}  // namespace tenon::testing

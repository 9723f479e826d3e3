// Random graphs: every stage of the engine against the reference interpreter.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tenon/graph/compose.h"
#include "tenon/graph/simplify.h"
#include "tenon/plan/plan.h"
#include "tenon/schedule/split_reductions.h"
#include "tests/plan/random_graph.h"

namespace tenon::testing {
namespace {

// Graphs of one plan: their kernels are compiled together, and may be fused with each other's.
constexpr int most_graphs_per_plan = 8;
constexpr int usual_graphs = 40;

int wanted_graphs() {
  const char* const graphs = std::getenv("TENON_FUZZ_GRAPHS");
  return graphs ? std::atoi(graphs) : usual_graphs;
}

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

// |actual - exact| <= error, element by element.
::testing::AssertionResult lies_within(const HostTensor& actual, const HostTensor& exact, const HostTensor& error) {
  for (std::int64_t i = 0; i < actual.elements(); ++i) {
    const double a = get_floating(actual, i), e = get_floating(exact, i), bound = get_floating(error, i);
    if (!std::isfinite(e) || !std::isfinite(bound))
      return ::testing::AssertionFailure() << "the test's own reference is not finite: " << e << ", " << bound;
    if (!(std::fabs(a - e) <= bound))
      return ::testing::AssertionFailure()
             << fmt::format("{} {}, {}: found {}, expected {} within {}", name(actual.dtype), to_string(actual.shape),
                            position_of(actual.shape, i), a, e, bound);
  }
  return ::testing::AssertionSuccess();
}

// The random graphs of some seeds as one, with what they must compute.
struct Example {
  std::vector<HostTensor> leaves;
  Graph graph;
  std::vector<HostTensor> exact, error;  // of each output; an error of no elements for equality
};

Example make_example(std::uint64_t first_seed, int graphs) {
  Example example;
  std::vector<NodeRef> device, exact, error;
  for (int i = 0; i < graphs; ++i) {
    RandomGraph random(first_seed + static_cast<std::uint64_t>(i), example.leaves);
    random.grow(3 + static_cast<int>((first_seed + static_cast<std::uint64_t>(i)) * 7 % 38));
    for (const RandomValue& value : random.choose_outputs()) {
      device.push_back(value.device);
      exact.push_back(value.error ? value.exact : value.device);
      error.push_back(value.error ? value.error : build::full(DType::f64, Shape{0}, 0));
    }
  }
  example.graph = graph_of(device, example.leaves.size());
  example.exact = interpreted(graph_of(exact, example.leaves.size()), example.leaves);
  example.error = interpreted(graph_of(error, example.leaves.size()), example.leaves);
  return example;
}

void expect_right(const std::vector<HostTensor>& actual, const Example& example) {
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const bool is_equal = example.error[i].shape == Shape{0} && !(actual[i].shape == Shape{0});
    if (is_equal || !is_floating(actual[i].dtype))
      EXPECT_TRUE(matches(actual[i], example.exact[i])) << "output " << i;
    else
      EXPECT_TRUE(lies_within(actual[i], example.exact[i], example.error[i])) << "output " << i;
  }
}

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
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(matches(after[i], before[i])) << "simplified output " << i;
  const Graph split = split_reductions(simplified);
  verify(split);
  const Schedule schedule = make_schedule(example.graph);
  verify(schedule);
  verify(plan_memory(schedule, possible_donations(example.graph)), schedule);
}

TEST(RandomGraphs, EveryStageComputesWhatTheInterpreterDoes) {
  const char* const chosen = std::getenv("TENON_FUZZ_SEED");
  const std::uint64_t base = chosen ? std::strtoull(chosen, nullptr, 10) : 1;
  Device& device = find_device("cpu");
  for (int done = 0; done < wanted_graphs(); done += most_graphs_per_plan) {
    const std::uint64_t seed = base + static_cast<std::uint64_t>(done);
    const int graphs = std::min(most_graphs_per_plan, wanted_graphs() - done);
    SCOPED_TRACE(fmt::format("TENON_FUZZ_SEED={} TENON_FUZZ_GRAPHS={} repeats this plan", seed, graphs));
    // Long runs tell how far they are, so that a crash names its seeds.
    if (std::getenv("TENON_FUZZ_GRAPHS")) fmt::print(stderr, "seeds from {}\n", seed);
    const Example example = make_example(seed, graphs);
    check_stages(example);
    Plan plan(device, example.graph, possible_donations(example.graph));
    const std::vector<HostTensor> values = run_plan(plan, example.graph, example.leaves, false);
    expect_right(values, example);
    EXPECT_FALSE(bits_differ(values, run_plan(plan, example.graph, example.leaves, true))) << "in place";
  }
}

}  // namespace
}  // namespace tenon::testing

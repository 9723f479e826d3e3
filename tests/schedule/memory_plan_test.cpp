// Where values live: what may share memory, and when an output may take a donated leaf's place.
#include "tenon/schedule/memory_plan.h"

#include <gtest/gtest.h>

#include "tenon/graph/compose.h"
#include "tests/support/errors.h"
#include "tests/support/host_values.h"

namespace tenon::testing {
namespace {

// A schedule of kernels that use some values, without a body.
Schedule with_lifetimes(std::mt19937_64& random, int values, int kernels) {
  const auto below = [&](std::int64_t limit) {
    return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random);
  };
  Schedule schedule;
  schedule.kernels.resize(static_cast<std::size_t>(kernels));
  for (int i = 0; i < values; ++i) {
    schedule.graph.nodes.push_back({.op = Op::elementwise,
                                    .dtype = below(2) == 0 ? DType::f32 : DType::u8,
                                    .shape = {1 + below(below(4) == 0 ? 5000 : 100)},
                                    .attributes = {}});
    const auto first = static_cast<std::size_t>(below(kernels));
    const std::size_t last = first + static_cast<std::size_t>(below(kernels - static_cast<std::int64_t>(first)));
    const auto use = [&](std::size_t kernel, bool is_written) {
      schedule.kernels[kernel].buffers.push_back({static_cast<std::uint32_t>(i), DType::f32, is_written});
    };
    use(first, true);
    if (last != first) use(last, false);
  }
  return schedule;
}

struct Span {
  std::size_t begin, end;   // bytes
  std::size_t first, last;  // kernels
};

Span span_of(const Schedule& schedule, const MemoryPlan& plan, NodeId id) {
  const GraphNode& node = schedule.graph.nodes[id];
  Span span{plan.places[id].number, 0, SIZE_MAX, 0};
  span.end = span.begin + static_cast<std::size_t>(node.shape.elements()) * size_of(node.dtype);
  for (std::size_t k = 0; k < schedule.kernels.size(); ++k)
    for (const KernelBuffer& buffer : schedule.kernels[k].buffers)
      if (buffer.value == id) {
        span.first = std::min(span.first, k);
        span.last = k;
      }
  return span;
}

TEST(MemoryPlan, ValuesThatLiveAtTheSameTimeNeverOverlap) {
  SeededRandom random(1);
  for (int round = 0; round < 200; ++round) {
    const Schedule schedule = with_lifetimes(random.engine, 40, 15);
    const MemoryPlan plan = plan_memory(schedule, {});
    EXPECT_NO_THROW(verify(plan, schedule));
    for (NodeId a = 0; a < 40; ++a)
      for (NodeId b = 0; b < a; ++b) {
        ASSERT_EQ(plan.places[a].kind, Place::Kind::arena);
        const Span x = span_of(schedule, plan, a), y = span_of(schedule, plan, b);
        ASSERT_LE(x.end + 64, plan.arena_bytes) << "kernels may read 64 bytes behind a value";
        const bool at_once = x.first <= y.last && y.first <= x.last;
        ASSERT_FALSE(at_once && x.begin < y.end && y.begin < x.end) << "%" << a << " and %" << b;
      }
  }
}

TEST(MemoryPlan, ValuesThatLiveOneAfterTheOtherShareMemory) {
  Schedule schedule;
  schedule.kernels.resize(10);
  for (std::uint32_t i = 0; i < 10; ++i) {
    schedule.graph.nodes.push_back({.op = Op::elementwise, .dtype = DType::f32, .shape = {1024}, .attributes = {}});
    schedule.kernels[i].buffers.push_back({i, DType::f32, true});
    if (i > 0) schedule.kernels[i].buffers.push_back({i - 1, DType::f32, false});
  }
  EXPECT_LE(plan_memory(schedule, {}).arena_bytes, 2 * (4096u + 128u));
}

TEST(MemoryPlan, VerifierRejectsOverlapsAndMissingPlaces) {
  SeededRandom random(2);
  const Schedule schedule = with_lifetimes(random.engine, 2, 1);
  const MemoryPlan plan = plan_memory(schedule, {});
  MemoryPlan broken = plan;
  broken.places[0] = broken.places[1];
  expect_error<InternalError>([&] { verify(broken, schedule); }, {"overlap"});
  broken = plan;
  broken.places[1] = {};
  expect_error<InternalError>([&] { verify(broken, schedule); }, {"%1 has no place"});
  broken = plan;
  broken.arena_bytes = 64;
  expect_error<InternalError>([&] { verify(broken, schedule); }, {"has no place"});
  broken = plan;
  broken.places[0].number += 4;
  expect_error<InternalError>([&] { verify(broken, schedule); }, {"has no place"});
}

// --- donated leaves

// Argument 0 is the state and output 0 its successor.
class DonatedLeaf : public ::testing::Test {
 protected:
  NodeRef x = make_argument(DType::f32, {64, 64}, 0), y = make_argument(DType::f32, {64, 64}, 1);

  static NodeRef add(const NodeRef& a, const NodeRef& b) { return build::binary(Scalar::add, a, b); }
  static NodeRef exp(const NodeRef& a) { return build::unary(Scalar::exp, a); }
  static NodeRef transposed(const NodeRef& a) { return build::permute(a, std::array{1, 0}); }

  static MemoryPlan plan_of(std::initializer_list<NodeRef> outputs, const std::vector<Donation>& donations,
                            bool is_state = true) {
    Graph graph;
    {
      const std::lock_guard lock(graph_mutex());
      graph = trace(std::span(outputs.begin(), outputs.size()), 2).graph;
    }
    std::vector<std::uint32_t> state;
    for (const Donation& donation : donations)
      if (is_state) state.push_back(donation.output);
    const Schedule schedule = make_schedule(graph, state);
    verify(schedule);
    MemoryPlan plan = plan_memory(schedule, donations);
    verify(plan, schedule);
    return plan;
  }
  static bool is_in_place(std::initializer_list<NodeRef> outputs) {
    return plan_of(outputs, {{.slot = 0, .output = 0}}).in_place.size() == 1;
  }
  static bool is_in_place_when_fused(std::initializer_list<NodeRef> outputs) {
    return plan_of(outputs, {{.slot = 0, .output = 0}}, false).in_place.size() == 1;
  }
};

TEST_F(DonatedLeaf, AnElementwiseSuccessorTakesItsPlace) {
  EXPECT_TRUE(is_in_place({add(x, y)}));
  EXPECT_TRUE(is_in_place({add(exp(x), x)}));
  EXPECT_TRUE(is_in_place({add(transposed(y), x)}));
}

// One kernel, unless the schedule is told that its output is a state.
TEST_F(DonatedLeaf, TheEpilogueOfAContractionMayReplaceIt) {
  EXPECT_TRUE(is_in_place_when_fused({add(build::contract(y, y, 0, 1), x)}));
  EXPECT_FALSE(is_in_place_when_fused({add(build::contract(y, y, 0, 1), transposed(x))}));
}

TEST_F(DonatedLeaf, ReadsOfOtherElementsKeepItsMemory) {
  EXPECT_FALSE(is_in_place({add(transposed(x), y)}));
  EXPECT_FALSE(is_in_place({add(build::flip(x, 1), x)}));
  const NodeRef first = build::expand(build::narrow(x, 0, 0, 1), {64, 64});
  EXPECT_FALSE(is_in_place({add(x, first)}));
}

TEST_F(DonatedLeaf, OperandsOfTheContractionThatReplacesItKeepTheirMemory) {
  EXPECT_FALSE(is_in_place({build::contract(x, y, 0, 1)}));
  EXPECT_FALSE(is_in_place_when_fused({add(build::contract(y, x, 0, 1), x)}));
  // As a state the sum is a kernel of its own, which reads nothing but its own element.
  EXPECT_TRUE(is_in_place({add(build::contract(y, x, 0, 1), x)}));
}

// x / sum of x by rows: the sum needs the whole row before the first element is written.
TEST_F(DonatedLeaf, ALaterPhaseThatReadsItAgainDecides) {
  const NodeRef sum = build::expand_reduced(build::reduce(Scalar::add, x, 0b10), x->shape, 0b10);
  EXPECT_FALSE(is_in_place({build::binary(Scalar::div, x, sum), build::reduce(Scalar::maximum, exp(x), 0b01)}));
}

TEST_F(DonatedLeaf, AKernelThatReadsItLaterKeepsItsMemory) {
  // The contraction has to wait for the state's successor, and reads the old state.
  const NodeRef next = exp(add(x, y));
  EXPECT_FALSE(is_in_place({next, build::contract(next, x, 0, 1)}));
}

TEST_F(DonatedLeaf, ALeafThatIsAResultItselfKeepsItsMemory) { EXPECT_FALSE(is_in_place({add(x, y), x})); }

TEST_F(DonatedLeaf, SuccessorsOfAnotherTypeOrSizeGetTheirOwnMemory) {
  EXPECT_FALSE(is_in_place({build::cast(x, DType::i32)}));
  EXPECT_FALSE(is_in_place({build::reduce(Scalar::add, x, 0b11)}));
}

TEST_F(DonatedLeaf, OneLeafIsGivenToOneOutputOnly) {
  const MemoryPlan plan = plan_of({exp(x), add(x, y)}, {{.slot = 0, .output = 0}, {.slot = 0, .output = 1}});
  EXPECT_EQ(plan.in_place.size(), 1u);
}

TEST_F(DonatedLeaf, TwoOutputsMayTakeTheirOwnLeavesInOneKernel) {
  const MemoryPlan plan =
      plan_of({add(x, y), build::binary(Scalar::sub, x, y)}, {{.slot = 0, .output = 0}, {.slot = 1, .output = 1}});
  EXPECT_EQ(plan.in_place.size(), 2u);
}

TEST_F(DonatedLeaf, OutputsThatAreOneValueShareAPlace) {
  const NodeRef sum = add(x, y);
  const MemoryPlan plan = plan_of({sum, build::reshape(sum, {4096})}, {});
  int outputs = 0;
  for (const Place& place : plan.places) outputs += place.kind == Place::Kind::output;
  EXPECT_EQ(outputs, 1);
}

}  // namespace
}  // namespace tenon::testing

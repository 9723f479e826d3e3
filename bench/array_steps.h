// Training steps written on Arrays: no types, no structs. They are the twins of typed steps, which are to run the same
// kernels at the same speed: bench/typed_bench.cpp times the two side by side, tests/plan compares them bit by bit, and
// bench/overhead_bench.cpp, which measures below the typed layer, takes them alone.
#pragma once

#include <vector>

#include "examples/grok/training.h"
#include "tenon/array/compile.h"

namespace tenon::bench {

/// A function to compile, its first state, and what it is called with.
struct ArrayStep {
  StepFunction function;         // returns {the state's successor, {the loss before the update}}
  std::vector<Array> state;      // AdamWState::flat()
  std::vector<Array> arguments;  // of every call
  std::size_t parameters() const { return state.size() / 3; }
};

/// examples/grok's. The initial values are those that make_transformer draws from the same `rng`.
ArrayStep array_grok(const grok::Sizes& sizes, const grok::Recipe& recipe, const grok::Examples& examples, Rng& rng);

/// A network 2-64-64-1 learns to add, as examples/mlp: x [128, 2], y [128, 1]; AdamW at a rate of 0.01.
ArrayStep array_mlp(Rng& rng);

}  // namespace tenon::bench

// Small models for the tests of trees.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "tenon/tensor/ops.h"
#include "tenon/tree/tree.h"

namespace tenon::testing {

template <int in, int out>
struct Dense {
  Tensor<float, out, in> weight;
  Tensor<float, out> bias;

  Tensor<float, "batch", out> operator()(const Tensor<float, "batch", in>& x) const { return linear(x, weight, bias); }
};

template <int in, int out>
Dense<in, out> dense(Rng& rng) {
  return {normal<float, out, in>(rng), zeros<float, out>()};
}

struct Mlp {
  Dense<2, 16> first;
  Dense<16, 1> last;

  Tensor<float, "batch", 1> operator()(const Tensor<float, "batch", 2>& x) const { return last(relu(first(x))); }
};

inline Mlp mlp(int seed = 1) {
  Rng rng(static_cast<std::uint64_t>(seed));
  const Mlp model{dense<2, 16>(rng), dense<16, 1>(rng)};
  eval(leaves(model));
  return model;
}

enum class Activation { relu, gelu };

/// All that may be in a model beside parameters.
struct Assorted {
  Tensor<float, 2> weight;
  State<Tensor<float, 2>> mean;
  Frozen<Tensor<float, 2>> table;
  Tensor<std::int64_t, 2> tokens;
  Array loose;
  Array indices;
  int heads = 4;
  double rate = 0.5;
  bool causal = true;
  std::string name = "assorted";
  Activation activation = Activation::gelu;
  std::vector<int> sizes = {1, 2};
};

inline Assorted assorted() {
  Assorted model;
  model.weight = Tensor<float, 2>::from({1, 2});
  model.mean = Tensor<float, 2>::from({3, 4});
  model.table = Tensor<float, 2>::from({5, 6});
  model.tokens = Tensor<std::int64_t, 2>::from({7, 8});
  model.loose = Array::from<float>({9}, {1});
  model.indices = Array::from<std::int32_t>({10}, {1});
  return model;
}

struct Scale {
  Tensor<float, 3> factor;
};
struct Shift {
  Tensor<float, 3> offset;
};

/// Every container.
struct Containers {
  std::vector<Scale> list;
  std::array<Scale, 2> pair_of;
  Scale plain[2];
  std::optional<Scale> maybe;
  std::variant<Scale, Shift> either;
  std::tuple<Scale, Tensor<float, 3>> both;
  std::pair<Tensor<float, 3>, int> counted;
  std::map<std::string, Scale> by_name;
  std::unordered_map<std::string, Scale> by_hash;
};

inline Tensor<float, 3> three(float first) { return Tensor<float, 3>::from({first, first + 1, first + 2}); }

inline Containers containers() {
  Containers tree;
  tree.list = {{three(0)}, {three(10)}};
  tree.pair_of = {Scale{three(20)}, Scale{three(30)}};
  tree.plain[0].factor = three(40);
  tree.plain[1].factor = three(50);
  tree.maybe = Scale{three(60)};
  tree.either = Shift{three(70)};
  tree.both = {Scale{three(80)}, three(90)};
  tree.counted = {three(100), 7};
  tree.by_name = {{"b", {three(120)}}, {"a", {three(110)}}};
  tree.by_hash = {{"z", {three(150)}}, {"x", {three(130)}}, {"y", {three(140)}}};
  return tree;
}

}  // namespace tenon::testing

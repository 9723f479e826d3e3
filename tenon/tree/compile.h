// compile: a function of models, traced once and then replayed.
//
//   auto step = compile(std::tie(model, optimizer), [](Mlp& model, auto& optimizer, Batch batch) { ... return loss; });
//   const auto loss = step(batch);
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "tenon/array/compile.h"
#include "tenon/tree/tree.h"

namespace tenon {

namespace detail {

// The element type and shape of a leaf, or that it has no value.
struct LeafSignature {
  bool has_value = false;
  DType dtype = DType::f32;
  Shape shape;

  explicit LeafSignature(const Array& array);
  bool fits(const Array& array) const {
    if (!array || !has_value) return static_cast<bool>(array) == has_value;
    return array.dtype() == dtype && array.shape() == shape;
  }
};

[[noreturn]] void throw_changed(const Path* path, std::string_view what);
// Throws unless a state's successor has its element type and shape.
void check_successor(const Path* path, const LeafSignature& before, const Array& after);

// Whether two fields of configuration are equal. Functions and other things that cannot be compared count as equal.
template <class T>
bool same_configuration(const T& a, const T& b) {
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
    return std::memcmp(&a, &b, sizeof(T)) == 0;  // a NaN is equal to itself
  else if constexpr (requires { static_cast<bool>(a == b); })
    return a == b;
  else if constexpr (std::has_unique_object_representations_v<T>)
    return std::memcmp(&a, &b, sizeof(T)) == 0;
  else
    return true;
}

// Walks a tree beside the skeleton of a trace and lists its leaves, for as long as it is the same but for values.
template <class Pointer>
struct Matcher {
  static constexpr bool sees_configuration = true;
  const std::vector<LeafSignature>& signature;
  std::size_t next;
  std::vector<Pointer>& places;

  template <class Leaf, class Other>
  bool leaf(const Path*, const Leaf&, Other& leaf) {
    if (!signature[next].fits(leaf)) return false;
    if (signature[next].has_value) places.push_back(&array_of(leaf));
    ++next;
    return true;
  }
  template <class T>
  bool configuration(const Path*, const T& a, const T& b) {
    return same_configuration(a, b);
  }
  bool mismatch(const Path*, std::string_view) { return false; }
};

// Walks the state that a traced function leaves behind beside the skeleton of what it got, and lists its leaves.
struct SuccessorVisitor {
  static constexpr bool sees_configuration = true;
  const std::vector<LeafSignature>& signature;
  std::vector<Array>& successors;
  std::size_t next = 0;

  template <class Leaf, class Other>
  bool leaf(const Path* path, const Leaf&, const Other& leaf) {
    check_successor(path, signature[next++], leaf);
    if (leaf) successors.push_back(leaf);
    return true;
  }
  template <class T>
  bool configuration(const Path* path, const T& a, const T& b) {
    if (!same_configuration(a, b)) throw_changed(path, "its value");
    return true;
  }
  bool mismatch(const Path* path, std::string_view what) { throw_changed(path, what); }
};

// An Array on its way to a parameter that says what tensor it is.
struct AsTensor {
  const Array& array;

  template <TensorType X>
  operator X() const {
    return X(array);
  }
  operator const Array&() const { return array; }
};

template <class T>
using Passed = std::conditional_t<std::is_same_v<T, Array>, AsTensor, const T&>;

template <class F, class States, class Arguments>
struct Call;
template <class F, class... State, class... Argument>
struct Call<F, std::tuple<State...>, std::tuple<Argument...>> {
  static constexpr bool is_direct = std::is_invocable_v<F&, State&..., const Argument&...>;
  static constexpr bool is_possible = std::disjunction_v<std::is_invocable<F&, State&..., const Argument&...>,
                                                         std::is_invocable<F&, State&..., Passed<Argument>...>>;

  static decltype(auto) call(F& f, std::tuple<State...>& states, const std::tuple<Argument...>& arguments) {
    return std::apply(
        [&](State&... state) -> decltype(auto) {
          return std::apply(
              [&](const Argument&... argument) -> decltype(auto) {
                if constexpr (is_direct) {
                  return f(state..., argument...);
                } else {
                  return f(state..., Passed<Argument>{argument}...);
                }
              },
              arguments);
        },
        states);
  }
};
template <class F, class States, class Arguments>
using CallResult = std::remove_cvref_t<decltype(Call<F, States, Arguments>::call(
    std::declval<F&>(), std::declval<States&>(), std::declval<const Arguments&>()))>;

struct NoResult {};

// A function traced for one structure, configuration, and set of shapes of states and arguments.
template <class F, class States, class Arguments>
struct Traced {
  using Result = CallResult<F, States, Arguments>;
  static constexpr bool has_result = !std::is_void_v<Result>;

  // Without values: structure and configuration.
  States states;
  Arguments arguments;
  std::vector<LeafSignature> signature;  // of all leaves, states first
  std::optional<std::conditional_t<has_result, Result, NoResult>> result;
  std::vector<bool> result_has_value;  // of each leaf
  CompiledStep step;

  template <class StateReferences, class ArgumentReferences>
  Traced(std::shared_ptr<F> function, const StateReferences& now, const ArgumentReferences& with)
      : states(now), arguments(with), step([this, function](std::span<const Array> state, std::span<const Array> more) {
          return trace(*function, state, more);
        }) {
    empty(states);
    empty(arguments);
  }
  Traced(const Traced&) = delete;
  Traced& operator=(const Traced&) = delete;

  template <class Tree>
  void empty(Tree& tree) {
    for_each_leaf(tree, [&](auto& leaf) {
      signature.emplace_back(leaf);
      leaf = {};
    });
  }

  template <class Tree>
  void fill(Tree& tree, std::span<const Array> values, std::size_t& leaf_number) {
    std::size_t next = 0;
    for_each_leaf(tree, [&](auto& leaf) {
      if (signature[leaf_number++].has_value) array_of(leaf) = values[next++];
    });
  }

  StepResult trace(F& f, std::span<const Array> state, std::span<const Array> more) {
    States states_now = states;
    Arguments arguments_now = arguments;
    std::size_t leaf_number = 0;
    fill(states_now, state, leaf_number);
    fill(arguments_now, more, leaf_number);
    StepResult step_result;
    const auto call = [&]() -> decltype(auto) {
      return Call<F, States, Arguments>::call(f, states_now, std::as_const(arguments_now));
    };
    if constexpr (has_result) {
      result.emplace(call());
      result_has_value.clear();
      for_each_leaf(*result, [&](auto& leaf) {
        result_has_value.push_back(static_cast<bool>(leaf));
        if (leaf) step_result.results.push_back(leaf);
        leaf = {};
      });
    } else {
      call();
    }
    SuccessorVisitor visitor{signature, step_result.state};
    walk(visitor, nullptr, std::as_const(states), std::as_const(states_now));
    return step_result;
  }

  Result make_result(std::span<const Array> values) const
    requires(has_result)
  {
    Result made = *result;
    std::size_t leaf_number = 0, next = 0;
    for_each_leaf(made, [&](auto& leaf) {
      if (result_has_value[leaf_number++]) array_of(leaf) = values[next++];
    });
    return made;
  }
};

template <class T>
inline constexpr char type_tag = 0;

// The states' arrays, taken out of their leaves for the time of a call so that nobody else refers to them.
class TakenOut {
 public:
  TakenOut(std::span<Array* const> places, std::vector<Array>& arrays) : places_(places), arrays_(arrays) {
    arrays_.clear();
    for (Array* place : places_) arrays_.push_back(std::move(*place));
  }
  ~TakenOut() {
    for (std::size_t i = 0; i < places_.size(); ++i) *places_[i] = std::move(arrays_[i]);
  }
  TakenOut(const TakenOut&) = delete;
  TakenOut& operator=(const TakenOut&) = delete;

 private:
  std::span<Array* const> places_;
  std::vector<Array>& arrays_;
};

}  // namespace detail

/// A function of states, which each call replaces in place, and of arguments: what `compile` returns. It refers to the
/// states, which have to live as long. Not for use by several threads at once.
template <class F, class... State>
class CompiledFunction {
  static_assert((!std::is_const_v<State> && ...), "compile: a state is replaced by every call, it cannot be const");
  static_assert((detail::require_tree<State>() && ...));

 public:
  CompiledFunction(std::tuple<State&...> states, F function)
      : states_(states), function_(std::make_shared<F>(std::move(function))) {}

  /// Runs the step and returns what the function returns, with values. Throws what the function throws while it is
  /// traced; ValueError that names a field of configuration which the function changes, or a state whose structure it
  /// changes; ShapeError or DTypeError that names a state whose shape or element type it changes.
  template <class... Argument>
  auto operator()(const Argument&... arguments) {
    if constexpr (require_fitting<Argument...>()) {
      auto& traced = traced_for(arguments...);
      std::vector<Array> results;
      {
        const detail::TakenOut taken_out(state_places_, state_arrays_);
        results = traced.step(state_arrays_, argument_arrays_);
      }
      argument_arrays_.clear();
      if constexpr (std::remove_reference_t<decltype(traced)>::has_result) return traced.make_result(results);
    }
  }

  /// Traces and compiles for arguments like these, and runs nothing: for looking at kernel counts and memory.
  template <class... Argument>
  const Executable& prepare(const Argument&... arguments) {
    static_assert(require_fitting<Argument...>());
    auto& traced = traced_for(arguments...);
    const detail::TakenOut taken_out(state_places_, state_arrays_);
    return traced.step.prepare(state_arrays_, argument_arrays_);
  }

 private:
  using States = std::tuple<State...>;

  // All that was traced for arguments of one set of types.
  struct Variants {
    const void* type;
    std::shared_ptr<void> list;
  };

  // Compile errors for arguments that the function cannot take.
  template <class... Argument>
  static constexpr bool require_fitting() {
    constexpr bool has_number = (std::is_floating_point_v<Argument> || ...);
    static_assert(!has_number, "compile: a plain number would be compiled in; pass it as a scalar, Tensor<float>(x)");
    if constexpr (has_number) {
      return false;
    } else {
      constexpr bool fits = detail::Call<F, States, std::tuple<Argument...>>::is_possible;
      static_assert(fits, "compile: the function does not take the states followed by these arguments");
      if constexpr (fits) {
        using Result = detail::CallResult<F, States, std::tuple<Argument...>>;
        constexpr bool returns_tensors = std::is_void_v<Result> || detail::holds_leaves<Result>;
        static_assert(returns_tensors, "compile: the function returns tensors, a struct or tuple of them, or nothing");
        return returns_tensors;
      }
      return false;
    }
  }

  template <class List>
  List& list_of() {
    const void* type = &detail::type_tag<List>;
    for (const Variants& variants : variants_)
      if (variants.type == type) return *static_cast<List*>(variants.list.get());
    variants_.push_back({type, std::make_shared<List>()});
    return *static_cast<List*>(variants_.back().list.get());
  }

  // Lists the leaves of states and arguments when they are as in this trace.
  template <class Traced, class References>
  bool matches(const Traced& traced, const References& arguments) {
    state_places_.clear();
    argument_places_.clear();
    detail::Matcher<Array*> states{traced.signature, 0, state_places_};
    if (!detail::walk(states, nullptr, traced.states, states_)) return false;
    detail::Matcher<const Array*> rest{traced.signature, states.next, argument_places_};
    return detail::walk(rest, nullptr, traced.arguments, arguments);
  }

  template <class... Argument>
  auto& traced_for(const Argument&... arguments) {
    using Traced = detail::Traced<F, States, std::tuple<Argument...>>;
    using List = std::vector<std::unique_ptr<Traced>>;  // the last one used is the last
    const auto references = std::tie(arguments...);
    List& list = list_of<List>();
    std::size_t found = list.size();
    while (found > 0 && !matches(*list[found - 1], references)) --found;
    if (found == 0) {
      auto traced = std::make_unique<Traced>(function_, states_, references);
      matches(*traced, references);
      collect_arguments();
      {
        const detail::TakenOut taken_out(state_places_, state_arrays_);
        traced->step.prepare(state_arrays_, argument_arrays_);
      }
      list.push_back(std::move(traced));
    } else {
      collect_arguments();
      if (found != list.size()) std::swap(list[found - 1], list.back());
    }
    return *list.back();
  }

  void collect_arguments() {
    argument_arrays_.clear();
    for (const Array* place : argument_places_) argument_arrays_.push_back(*place);
  }

  std::tuple<State&...> states_;
  std::shared_ptr<F> function_;
  std::vector<Variants> variants_;
  // Of the call that runs; kept for their memory.
  std::vector<Array*> state_places_;
  std::vector<const Array*> argument_places_;
  std::vector<Array> state_arrays_, argument_arrays_;
};

/// compile(std::tie(model, optimizer), f): a function that calls f(model, optimizer, arguments...) once for each
/// combination of argument types, shapes and configuration that it meets, records what it computes, and from then on
/// only runs the kernels. States and arguments are any trees, and f may take them as `auto&`; an Array goes where f
/// wants a Tensor, checked.
///
/// f changes the states; they are replaced in place, in their own memory where nothing else refers to it. What f
/// returns, tensors in any tree or nothing, comes back with every call. All else that f reads is fixed when it is
/// traced: numbers that it captures, and configuration that it gets (another configuration is another trace). It may
/// not change configuration.
template <class... State, class F>
CompiledFunction<F, State...> compile(std::tuple<State&...> states, F function) {
  return {states, std::move(function)};
}

/// The same without a state. A function whose parameters are all `auto` is given as compile(std::tie(), f).
template <class F>
  requires(!std::is_constructible_v<StepFunction, F>)
CompiledFunction<F> compile(F function) {
  return {std::tuple<>(), std::move(function)};
}

}  // namespace tenon

// compile: a function of models, traced once and then replayed.
//
//   auto step = compile(std::tie(model, optimizer), [](Mlp& model, auto& optimizer, Batch batch) { ... return loss; });
//   const auto loss = step(batch);
#pragma once

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

// The arrays of states and arguments at one call.
struct CallArrays {
  std::vector<Array*> states;
  std::vector<Array*> arguments;  // not changed
};

// A function traced for one structure, configuration, and set of shapes: what does not depend on its type.
class Trace {
 public:
  const std::vector<LeafSignature>& signature() const { return signature_; }
  CompiledStep& step() { return step_; }

  // Lists the arrays of live trees beside this trace's skeletons. False unless they are the same but for values.
  bool matches(TreePair states, TreePair arguments, CallArrays& arrays) const;

 protected:
  explicit Trace(StepFunction function) : step_(std::move(function)) {}
  ~Trace() = default;

  // Takes the values out of a tree, and notes down what was there.
  void empty(AnyTree tree);
  // Puts values back into a tree; `leaf_number` counts through states and arguments.
  void fill(AnyTree tree, std::span<const Array> values, std::size_t& leaf_number) const;
  // Moves the values of a result.
  void take_result(AnyTree result, std::vector<Array>& values);
  void put_result(AnyTree result, std::span<const Array> values) const;
  // What the function left behind in its states, which differ from the skeleton in values only, or else throws.
  void take_successors(TreePair skeleton_and_states, std::vector<Array>& successors) const;

 private:
  std::vector<LeafSignature> signature_;  // of all leaves, states first
  std::vector<bool> result_has_value_;    // of each leaf
  CompiledStep step_;
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

template <class F, class States, class Arguments>
class Traced final : public Trace {
 public:
  using Result = CallResult<F, States, Arguments>;
  static constexpr bool has_result = !std::is_void_v<Result>;

  // Without values: structure and configuration.
  States states;
  Arguments arguments;

  template <class StateReferences, class ArgumentReferences>
  Traced(std::shared_ptr<F> function, const StateReferences& now, const ArgumentReferences& with)
      : Trace([this, function](std::span<const Array> state, std::span<const Array> more) {
          return trace(*function, state, more);
        }),
        states(now),
        arguments(with) {
    empty(states);
    empty(arguments);
  }
  Traced(const Traced&) = delete;
  Traced& operator=(const Traced&) = delete;

  Result make_result(std::span<const Array> values) const
    requires(has_result)
  {
    Result made = *result_;
    put_result(made, values);
    return made;
  }

 private:
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
      result_.emplace(call());
      take_result(*result_, step_result.results);
    } else {
      call();
    }
    take_successors({states, states_now}, step_result.state);
    return step_result;
  }

  std::optional<std::conditional_t<has_result, Result, NoResult>> result_;
};

template <class T>
inline constexpr char type_tag = 0;

// What calls of a compiled function share, whatever its type.
class CallRunner {
 public:
  CallArrays& places() { return places_; }
  // With the arrays that a match has listed.
  std::vector<Array> run(Trace& trace);
  const Executable& prepare(Trace& trace);

 private:
  void collect_arguments();

  CallArrays places_;
  std::vector<Array> states_, arguments_;  // kept for their memory
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
      const std::vector<Array> results = runner_.run(traced);
      if constexpr (std::remove_reference_t<decltype(traced)>::has_result) return traced.make_result(results);
    }
  }

  /// Traces and compiles for arguments like these, and runs nothing: for looking at kernel counts and memory.
  template <class... Argument>
  const Executable& prepare(const Argument&... arguments) {
    static_assert(require_fitting<Argument...>());
    return runner_.prepare(traced_for(arguments...));
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

  template <class... Argument>
  auto& traced_for(const Argument&... arguments) {
    using Traced = detail::Traced<F, States, std::tuple<Argument...>>;
    using List = std::vector<std::unique_ptr<Traced>>;  // the last one used is the last
    const std::tuple<const Argument&...> references(arguments...);
    const auto matches = [&](const Traced& traced) {
      return traced.matches({traced.states, states_}, {traced.arguments, references}, runner_.places());
    };
    List& list = list_of<List>();
    std::size_t found = list.size();
    while (found > 0 && !matches(*list[found - 1])) --found;
    if (found == 0) {
      auto traced = std::make_unique<Traced>(function_, states_, references);
      matches(*traced);
      runner_.prepare(*traced);
      list.push_back(std::move(traced));
    } else if (found != list.size()) {
      std::swap(list[found - 1], list.back());
    }
    return *list.back();
  }

  std::tuple<const State&...> states_;  // to which the calls write
  std::shared_ptr<F> function_;
  std::vector<Variants> variants_;
  detail::CallRunner runner_;
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

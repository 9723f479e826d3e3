// init: a model with the initial values of its layers.
#pragma once

#include "tenon/array/random.h"
#include "tenon/nn/axis_sizes.h"
#include "tenon/tree/walk.h"

namespace tenon {

/// A struct that knows its own initial values: void initialize(Rng&, const AxisSizes&). Every layer of this folder is
/// one; a model becomes one by declaring that member, which may call the function below for its parts.
template <class Layer>
concept SelfInitializing = requires(Layer& layer, Rng& rng, const AxisSizes& sizes) { layer.initialize(rng, sizes); };

namespace detail {

/// ValueError: nobody gives the tensor at `path` a value.
[[noreturn]] void throw_without_initial_value(const Path* path, const std::source_location& where);

// The parts of a model, in their order, as tree/walk.h knows them, down to those that initialise themselves.
struct Initialization {
  Rng& rng;
  const AxisSizes& sizes;
  const std::source_location& where;

  template <class Part>
  void initialize(Part& part, const Path* path) const {
    constexpr TreeKind kind = kind_of<Part>();
    if constexpr (SelfInitializing<Part>) {
      part.initialize(rng, sizes);
    } else if constexpr (kind == TreeKind::leaf) {
      if (!part) throw_without_initial_value(path, where);
    } else if constexpr (kind == TreeKind::sequence) {
      for (std::size_t i = 0; i < std::size(part); ++i) element(part[i], Path{path, {}, i, false});
    } else if constexpr (kind == TreeKind::map) {
      std::vector<std::string_view> keys = sorted_keys(part);
      sort_keys(keys);
      for (const std::string_view key : keys) element(part.find(std::string(key))->second, Path{path, key});
    } else if constexpr (kind == TreeKind::optional) {
      if (part) initialize(*part, path);
    } else if constexpr (kind == TreeKind::variant) {
      std::visit([&](auto& held) { initialize(held, path); }, part);
    } else if constexpr (kind == TreeKind::tuple) {
      tuple(part, path, std::make_index_sequence<std::tuple_size_v<Part>>());
    } else if constexpr (kind == TreeKind::structure) {
      if constexpr (require_reflectable<Part>())
        fields<Part>(fields_of(part), path, std::make_index_sequence<static_cast<std::size_t>(field_count<Part>())>());
    }
  }

 private:
  template <class Part>
  void element(Part& part, const Path& path) const {
    initialize(part, &path);
  }
  template <class Tuple, std::size_t... i>
  void tuple(Tuple& parts, const Path* path, std::index_sequence<i...>) const {
    (element(std::get<i>(parts), Path{path, {}, i, false}), ...);
  }
  template <class Struct, class Parts, std::size_t... i>
  void fields(const Parts& parts, const Path* path, std::index_sequence<i...>) const {
    (element(field_at<i>(parts), Path{path, field_names<Struct>[i]}), ...);
  }
};

}  // namespace detail

/// Draws the initial values of a model in place: those of its layers, in the order of its fields, through vectors,
/// arrays, optionals, maps, tuples and structs. Settings such as a dropout rate stay, and so do the lengths of vectors
/// and tensors outside of layers, which have to have a value: Tensor<float, 8> scale = ones<float, 8>(). Throws
/// ValueError that names one without, or an axis whose size is neither in its type nor in `sizes`.
template <class Model>
void initialize(Model& model, Rng& rng, const AxisSizes& sizes = {},
                std::source_location where = std::source_location::current()) {
  detail::Initialization{rng, sizes, where}.initialize(model, nullptr);
}

/// auto model = init<Mlp>(rng); sizes that the types leave open are given by name,
/// init<Gpt>(rng, {{"embd", 128}, {"vocab", 65}}). A number of blocks that is known at run time goes into the vector
/// first: Gpt model; model.blocks.resize(layers); initialize(model, rng, sizes).
template <class Model>
Model init(Rng& rng, const AxisSizes& sizes = {}, std::source_location where = std::source_location::current()) {
  Model model{};
  initialize(model, rng, sizes, where);
  return model;
}

}  // namespace tenon

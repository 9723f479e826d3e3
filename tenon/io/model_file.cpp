#include "tenon/io/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "tenon/array/elementwise.h"
#include "tenon/io/nearest_name.h"

namespace tenon::detail {
namespace {

constexpr std::size_t longest_list = 20;

std::string describe(const Array& array) { return fmt::format("{} {}", name(array.dtype()), to_string(array.shape())); }
std::string describe(const NamedTensors& tensors, const std::string& name) {
  return fmt::format("{} {}", tensors.dtype(name), to_string(tensors.shape(name)));
}

// Why an array cannot stand in such a leaf; empty: it can.
std::string problem_of(const LeafKind& kind, const Array& array) {
  try {
    kind.check(array, std::source_location());
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

// Collects a report and its text, in which long lists are cut.
class Report {
 public:
  explicit Report(const NamedTensors& tensors) : tensors_(tensors) {}

  void missing(const LeafPlace& place) {
    add(report_.missing, "missing", place.name, [&] {
      const std::string near = nearest_name(place.name, tensors_.names);
      return fmt::format("{}{}", place.now ? " " + describe(place.now) : "",
                         near.empty() ? "" : fmt::format("; the nearest name there is {}", quoted_name(near)));
    });
  }
  void unexpected(const std::string& name) {
    add(report_.unexpected, "unexpected", name, [&] { return " " + describe(tensors_, name); });
  }
  void misfit(const std::string& name, const std::string& wanted) {
    add(report_.misfits, "misfit", name,
        [&] { return fmt::format(" is {}, and the model's {}", describe(tensors_, name), wanted); });
  }

  LoadReport take() {
    for (const auto& [names, kind] :
         {std::pair(&report_.missing, "missing"), {&report_.unexpected, "unexpected"}, {&report_.misfits, "misfit"}})
      if (names->size() > longest_list)
        report_.text += fmt::format("\n  {}: and {} more", kind, names->size() - longest_list);
    return std::move(report_);
  }

 private:
  template <class Rest>
  void add(std::vector<std::string>& names, std::string_view kind, const std::string& name, Rest rest) {
    names.push_back(name);
    if (names.size() <= longest_list) report_.text += fmt::format("\n  {}: {}{}", kind, quoted_name(name), rest());
  }

  const NamedTensors& tensors_;
  LoadReport report_;
};

}  // namespace

std::string joined_name(std::string_view prefix, std::string_view name) {
  return fmt::format("{}{}{}", prefix, prefix.empty() || name.empty() ? "" : ".", name);
}

std::vector<LeafPlace> places_of(AnyTree tree) {
  std::vector<LeafPlace> places;
  tree.visit([&](const Path* path, const Array& leaf, const LeafKind& kind) {
    places.push_back({name_of(path), leaf, &kind});
  });
  return places;
}

std::vector<NamedArray> named_leaves(AnyTree tree, std::string_view prefix) {
  std::vector<NamedArray> arrays;
  tree.visit([&](const Path* path, const Array& leaf, const LeafKind&) {
    if (leaf) arrays.push_back({joined_name(prefix, name_of(path)), leaf});
  });
  return arrays;
}

NamedTensors tensors_of(const SafetensorsFile& file) {
  return {file.path(), file.names(), [&](const std::string& name) { return file.info(name).shape; },
          [&](const std::string& name) { return std::string(file.info(name).dtype); },
          [&](const std::string& name) { return file.array(name); }};
}

NamedTensors tensors_of(std::span<const NamedArray> arrays, std::string_view prefix) {
  // By the part of the name behind the prefix.
  std::map<std::string, Array> by_name;
  NamedTensors tensors;
  tensors.origin = prefix.empty() ? "the arrays" : fmt::format("the arrays of {}", quoted_name(prefix));
  for (const NamedArray& named : arrays) {
    std::string_view name = named.name;
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    if (!prefix.empty() && !name.empty()) {
      if (name.front() != '.') continue;
      name.remove_prefix(1);
    }
    if (by_name.emplace(name, named.array).second) tensors.names.emplace_back(name);
  }
  tensors.array = [by_name](const std::string& name) { return by_name.at(name); };
  tensors.shape = [find = tensors.array](const std::string& name) { return find(name).shape(); };
  tensors.dtype = [find = tensors.array](const std::string& name) {
    return std::string(tenon::name(find(name).dtype()));
  };
  return tensors;
}

LoadReport match_leaves(const NamedTensors& tensors, std::span<const LeafPlace> places, const LoadOptions& options,
                        std::vector<Array>& values) {
  const bool is_new =
      std::none_of(places.begin(), places.end(), [](const LeafPlace& place) { return bool(place.now); });
  std::set<std::string_view> left(tensors.names.begin(), tensors.names.end());
  Report report(tensors);
  values.clear();
  for (const LeafPlace& place : places) {
    values.push_back(place.now);
    if (left.erase(place.name) == 0) {
      if (place.now || is_new) report.missing(place);
      continue;
    }
    if (place.now && !(tensors.shape(place.name) == place.now.shape())) {
      report.misfit(place.name, describe(place.now));
      continue;
    }
    Array array = tensors.array(place.name);
    const DType wanted = place.now ? place.now.dtype() : place.kind->is_typed ? place.kind->dtype : array.dtype();
    if (is_half(array.dtype()) && wanted == DType::f32) array = astype(array, DType::f32);
    if (place.now && array.dtype() != place.now.dtype()) {
      report.misfit(place.name, describe(place.now));
    } else if (const std::string problem = problem_of(*place.kind, array); !problem.empty()) {
      report.misfit(place.name, "type does not take it: " + problem);
    } else {
      values.back() = std::move(array);
    }
  }
  for (const std::string& name : tensors.names)
    if (left.contains(name)) report.unexpected(name);

  LoadReport done = report.take();
  if (options.strict && !done.complete())
    throw FileError(fmt::format("{}: does not fit the model (load it with {{.strict = false}} to take what fits):{}",
                                tensors.origin, done.text));
  return done;
}

}  // namespace tenon::detail

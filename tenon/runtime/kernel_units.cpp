#include "tenon/runtime/kernel_units.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tenon {
namespace {

/// The number of units for kernels with `part` of the batch's `total` text.
std::size_t unit_count(std::size_t kernels, std::size_t part, std::size_t total, std::size_t batch, int parallel) {
  // Some 25 ms for each more unit; with many kernels, evening out what text size gets wrong about
  // the compiler's time is worth more.
  const std::size_t cpus = static_cast<std::size_t>(std::max(parallel, 1));
  const std::size_t wanted = batch >= 16 * cpus ? 2 * cpus : cpus;
  return std::clamp<std::size_t>((wanted * part + total / 2) / total, 1, kernels);
}

}  // namespace

std::vector<KernelUnit> split_into_units(std::span<const KernelSource* const> sources, int parallel) {
  struct Sized {
    KernelUnit unit;
    std::size_t text = 0;
  };
  // Never zero: an empty text still is a kernel, whose compilation ends in a clear error.
  const auto size_of_text = [&](std::size_t i) { return sources[i]->text.size() + 1; };
  std::size_t total = 0;
  std::vector<Sized> units;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i]->users_name.empty())
      total += size_of_text(i);
    else
      units.push_back({{sources[i]->optimization, {i}}, size_of_text(i)});
  }
  for (const auto optimization : {OptimizationClass::vector_types, OptimizationClass::scalar_loops}) {
    std::vector<std::size_t> kernels;
    std::size_t part = 0;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (sources[i]->optimization != optimization || !sources[i]->users_name.empty()) continue;
      kernels.push_back(i);
      part += size_of_text(i);
    }
    if (kernels.empty()) continue;
    // Ties by position, so that one batch always gives the same files.
    std::sort(kernels.begin(), kernels.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(size_of_text(b), a) < std::pair(size_of_text(a), b);
    });
    std::vector<Sized> of_class(unit_count(kernels.size(), part, total, sources.size(), parallel),
                                {{optimization, {}}, 0});
    // Largest first, each into the unit that has least: at most a third above the best split.
    for (const std::size_t kernel : kernels) {
      Sized& least = *std::min_element(of_class.begin(), of_class.end(),
                                       [](const Sized& a, const Sized& b) { return a.text < b.text; });
      least.unit.kernels.push_back(kernel);
      least.text += size_of_text(kernel);
    }
    units.insert(units.end(), of_class.begin(), of_class.end());
  }
  std::sort(units.begin(), units.end(), [](const Sized& a, const Sized& b) {
    return std::tie(b.text, a.unit.kernels) < std::tie(a.text, b.unit.kernels);
  });
  std::vector<KernelUnit> result;
  for (Sized& sized : units) {
    std::sort(sized.unit.kernels.begin(), sized.unit.kernels.end());
    result.push_back(std::move(sized.unit));
  }
  return result;
}

}  // namespace tenon

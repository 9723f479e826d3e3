// How the new kernels of a batch are spread over files for the compiler.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tenon/runtime/device.h"

namespace tenon {

/// Kernels to compile in one file, as positions in the batch, in ascending order.
struct KernelUnit {
  OptimizationClass optimization;
  std::vector<std::size_t> kernels;
};

/// Puts kernels of one optimisation class together, in about as many units as compilers run side by
/// side, twice as many when there are many kernels; units of a class have about equal amounts of
/// text. The largest unit comes first.
std::vector<KernelUnit> split_into_units(std::span<const KernelSource* const> sources, int parallel);

}  // namespace tenon

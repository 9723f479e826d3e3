#include "tenon/array/normalization.h"

#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/array/reduction.h"
#include "tenon/array/windows.h"
#include "tenon/graph/build_check.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

Array as_floating(const Array& x) { return is_floating(x.dtype()) ? x : astype(x, DType::f32); }

// Axes 2 and up, all but axis 1 with the first.
Axes all_but_channels(const Array& x) {
  InlineVector<int, max_rank> axes{0};
  for (int axis = 2; axis < x.rank(); ++axis) axes.push_back(axis);
  return Axes(std::span<const int>(axes));
}

// [channels] -> [channels, 1...], as many axes as x has behind its first.
Array per_channel(const Array& parameter, const Array& x) {
  Shape shape(x.rank() - 1, 1);
  shape[0] = x.size(1);
  return reshape(parameter, shape);
}

void check_channels(std::string_view op, const Array& x) {
  if (x.rank() < 2) fail<ShapeError>("{}: {} is not [batch, channels, ...]", op, describe(x.node()));
}

void check_parameter(std::string_view op, std::string_view role, const Array& x, const Array& parameter) {
  if (parameter && !(parameter.shape() == Shape{x.size(1)}))
    fail<ShapeError>("{}: the {} is {}, it must be [{}], one number for each channel of {}", op, role,
                     describe(parameter.node()), x.size(1), describe(x.node()));
}

void check_batch_norm(const Array& x, const Array& running_mean, const Array& running_var, const Array& weight,
                      const Array& bias) {
  constexpr std::string_view op = "batch_norm";
  check_channels(op, x);
  check_parameter(op, "running mean", x, running_mean);
  check_parameter(op, "running variance", x, running_var);
  check_parameter(op, "weight", x, weight);
  check_parameter(op, "bias", x, bias);
}

Array scaled(const Array& y, const Array& weight, const Array& bias) {
  const Array product = weight ? y * per_channel(weight, y) : y;
  return bias ? product + per_channel(bias, y) : product;
}

// In the shape [batch, groups, channels / groups, elements] throughout, so that a group stays one row.
Array normalised_groups(std::string_view op, const Array& x, std::int64_t groups, const Array& weight,
                        const Array& bias, double eps) {
  check_parameter(op, "weight", x, weight);
  check_parameter(op, "bias", x, bias);
  const std::int64_t channels = groups == 0 ? 0 : x.size(1) / groups;
  const std::int64_t elements = part_of(x.shape(), 2, x.rank()).elements();
  const Array values = reshape(as_floating(x), {x.size(0), groups, channels, elements});
  const Array centred = values - mean(values, {2, 3}, true);
  Array y = centred * rsqrt(mean(square(centred), {2, 3}, true) + eps);
  if (weight) y = y * reshape(weight, {groups, channels, 1});
  if (bias) y = y + reshape(bias, {groups, channels, 1});
  return reshape(y, x.shape());
}

}  // namespace

BatchNormResult batch_norm_training(const Array& x, const Array& running_mean, const Array& running_var,
                                    const Array& weight, const Array& bias, const BatchNormOptions& options,
                                    std::source_location where) {
  const WhereScope scope(where);
  check_batch_norm(x, running_mean, running_var, weight, bias);
  const std::int64_t count = x.size(1) == 0 ? 0 : x.elements() / x.size(1);
  if (count < 2 && x.size(1) > 0)
    fail<ValueError>("batch_norm: {} has {} elements in each channel; training needs two or more", describe(x.node()),
                     count);
  const Array values = as_floating(x);
  const Axes axes = all_but_channels(x);
  const Array batch_mean = mean(values, axes);                     // [channels]
  const Array centred = values - per_channel(batch_mean, values);  // [batch, channels, ...]
  const Array batch_var = mean(square(centred), axes);             // [channels]
  const Array y = centred * per_channel(rsqrt(batch_var + options.eps), values);

  const double unbiased = static_cast<double>(count) / static_cast<double>(count - 1);
  const auto moved = [&](const Array& running, const Array& batch) {
    return running * (1 - options.momentum) + astype(stop_gradient(batch), running.dtype()) * options.momentum;
  };
  return {scaled(y, weight, bias), moved(running_mean, batch_mean), moved(running_var, batch_var * unbiased)};
}

Array batch_norm(const Array& x, const Array& running_mean, const Array& running_var, const Array& weight,
                 const Array& bias, double eps, std::source_location where) {
  const WhereScope scope(where);
  check_batch_norm(x, running_mean, running_var, weight, bias);
  const Array values = as_floating(x);
  const Array scale = rsqrt(running_var + eps);
  return scaled((values - per_channel(running_mean, values)) * per_channel(scale, values), weight, bias);
}

Array group_norm(const Array& x, std::int64_t groups, const Array& weight, const Array& bias, double eps,
                 std::source_location where) {
  const WhereScope scope(where);
  check_channels("group_norm", x);
  if (groups < 1) fail<ValueError>("group_norm: {} groups; there must be at least 1", groups);
  if (x.size(1) % groups != 0)
    fail<ShapeError>("group_norm: the {} channels of {} do not divide into {} groups", x.size(1), describe(x.node()),
                     groups);
  return normalised_groups("group_norm", x, groups, weight, bias, eps);
}

Array instance_norm(const Array& x, const Array& weight, const Array& bias, double eps, std::source_location where) {
  const WhereScope scope(where);
  if (x.rank() < 3) fail<ShapeError>("instance_norm: {} is not [batch, channels, spatial...]", describe(x.node()));
  return normalised_groups("instance_norm", x, x.size(1), weight, bias, eps);
}

Array rms_norm(const Array& x, const Array& weight, double eps, std::source_location where) {
  const WhereScope scope(where);
  if (x.rank() == 0) fail<ShapeError>("rms_norm: {} has no axis to normalise over", describe(x.node()));
  if (weight && !(weight.shape() == Shape{x.size(-1)}))
    fail<ShapeError>("rms_norm: the weight is {}, it must have the size of the last axis of {}",
                     describe(weight.node()), describe(x.node()));
  const Array values = as_floating(x);
  const Array y = values * rsqrt(mean(square(values), -1, true) + eps);
  return weight ? y * weight : y;
}

}  // namespace tenon

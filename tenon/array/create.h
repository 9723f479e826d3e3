// New arrays whose values follow from a few numbers: filled, counted, spaced.
#pragma once

#include <concepts>
#include <vector>

#include "tenon/array/array.h"

namespace tenon {

Array zeros(const Sizes& shape, DType dtype = DType::f32, std::source_location where = std::source_location::current());
Array ones(const Sizes& shape, DType dtype = DType::f32, std::source_location where = std::source_location::current());
/// The value is part of the graph, not data. Throws ValueError when the type cannot hold it.
Array full(const Sizes& shape, double value, DType dtype = DType::f32,
           std::source_location where = std::source_location::current());
/// In the shape and element type of x.
Array zeros_like(const Array& x, std::source_location where = std::source_location::current());
Array ones_like(const Array& x, std::source_location where = std::source_location::current());
Array full_like(const Array& x, double value, std::source_location where = std::source_location::current());

/// start, start + step, ... before stop.
Array arange(std::int64_t stop, DType dtype = DType::i64, std::source_location where = std::source_location::current());
Array arange(std::int64_t start, std::int64_t stop, std::int64_t step = 1, DType dtype = DType::i64,
             std::source_location where = std::source_location::current());

namespace detail {
Array arange_of_fractions(double start, double stop, double step, DType dtype, const std::source_location& where);
}

/// The same with fractions: ceil((stop - start) / step) elements, start + i * step, computed in float64. Whether
/// the last one reaches `stop` is a matter of rounding; `linspace` counts exactly. float32 or float64.
template <class Start, class Stop, class Step = int>
  requires((std::floating_point<Start> || std::floating_point<Stop> || std::floating_point<Step>) &&
           std::is_arithmetic_v<Start> && std::is_arithmetic_v<Stop> && std::is_arithmetic_v<Step>)
Array arange(Start start, Stop stop, Step step = 1, DType dtype = DType::f32,
             std::source_location where = std::source_location::current()) {
  return detail::arange_of_fractions(static_cast<double>(start), static_cast<double>(stop), static_cast<double>(step),
                                     dtype, where);
}
template <std::floating_point Stop>
Array arange(Stop stop, DType dtype = DType::f32, std::source_location where = std::source_location::current()) {
  return detail::arange_of_fractions(0, static_cast<double>(stop), 1, dtype, where);
}

/// `count` numbers from start to stop at equal distances, the first start and the last stop exactly; one number
/// is start. Computed in float64, then rounded to float32 or float64.
Array linspace(double start, double stop, std::int64_t count, DType dtype = DType::f32,
               std::source_location where = std::source_location::current());

/// Which axes the first two vectors of a mesh lie along.
enum class Meshing : std::uint8_t {
  ij,  ///< axes 0 and 1, as a matrix is indexed
  xy,  ///< axes 1 and 0, as points in the plane are drawn; NumPy's default
};
/// Vectors [n0], [n1], ... as coordinates [n0, n1, ...], one array for each. Nothing is copied.
/// Throws ShapeError for what has not one axis.
std::vector<Array> meshgrid(std::span<const Array> vectors, Meshing meshing = Meshing::ij,
                            std::source_location where = std::source_location::current());
std::vector<Array> meshgrid(std::initializer_list<Array> vectors, Meshing meshing = Meshing::ij,
                            std::source_location where = std::source_location::current());

}  // namespace tenon

// Matrices by their diagonals. Diagonal `offset` of a matrix holds the elements [i, i + offset]: 0 is the main
// one, positive ones lie above it, negative ones below.
#pragma once

#include "tenon/array/array.h"

namespace tenon {

/// [rows, columns]: ones on a diagonal, zeros elsewhere. `columns` of -1: as many as rows.
Array eye(std::int64_t rows, std::int64_t columns = -1, std::int64_t offset = 0, DType dtype = DType::f32,
          std::source_location where = std::source_location::current());

/// A diagonal of the matrices along two axes, which disappear; its elements are the last axis of the result, as
/// in NumPy. A view. An offset outside the matrix gives an axis of size 0. Throws ShapeError when the axes are
/// one.
Array diagonal(const Array& x, std::int64_t offset = 0, int row_axis = 0, int column_axis = 1,
               std::source_location where = std::source_location::current());
/// [n] -> [n + |offset|, n + |offset|] with x on a diagonal and zeros elsewhere; [m, n] -> its diagonal. Throws
/// ShapeError for other ranks.
Array diag(const Array& x, std::int64_t offset = 0, std::source_location where = std::source_location::current());
/// [..., n] -> [..., n + |offset|, n + |offset|]: `diag` of each row, PyTorch's name.
Array diag_embed(const Array& x, std::int64_t offset = 0, std::source_location where = std::source_location::current());
/// The sum of a diagonal; integers and bool are summed in int64.
Array trace(const Array& x, std::int64_t offset = 0, int row_axis = 0, int column_axis = 1,
            std::source_location where = std::source_location::current());

/// Ones on and below a diagonal, zeros above it: NumPy's tri. `columns` -1: as many as rows. Throws as `eye`.
Array tri(std::int64_t rows, std::int64_t columns = -1, std::int64_t offset = 0, DType dtype = DType::f32,
          std::source_location where = std::source_location::current());

/// The matrices of the last two axes with zeros above (tril) or below (triu) a diagonal.
Array tril(const Array& x, std::int64_t offset = 0, std::source_location where = std::source_location::current());
Array triu(const Array& x, std::int64_t offset = 0, std::source_location where = std::source_location::current());

}  // namespace tenon

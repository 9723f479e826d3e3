// Sums of products, by letters.
#pragma once

#include <span>
#include <string_view>

#include "tenon/array/array.h"

namespace tenon {

/// einsum("bthd,bkhd->bhtk", {query, key}): one letter for each axis of each operand; letters that the result
/// lacks are summed over. A letter that stands twice in an operand means its diagonal: "ii->" is the trace. "..."
/// stands for any number of axes, aligned at their end and broadcast; they are summed over where the result lacks
/// them. Operands are multiplied from the left, and the result is spelled out. Throws ValueError for another
/// specification, ShapeError for sizes that differ.
Array einsum(std::string_view specification, std::span<const Array> operands,
             std::source_location where = std::source_location::current());
Array einsum(std::string_view specification, std::initializer_list<Array> operands,
             std::source_location where = std::source_location::current());

}  // namespace tenon

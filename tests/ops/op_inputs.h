// Inputs of the op table's cases in any element type, and as views.
#pragma once

#include <string_view>
#include <vector>

#include "tenon/array/array.h"
#include "tests/ops/op_table.h"

namespace tenon::testing {

/// How an input lies in the memory that it is read from.
enum class InputView : std::uint8_t {
  whole,
  strided,     // every second element along each axis
  flipped,     // backwards along each axis
  expanded,    // one element along the first axis that has several
  transposed,  // axes in reverse order
};
inline constexpr InputView all_input_views[] = {InputView::whole, InputView::strided, InputView::flipped,
                                                InputView::expanded, InputView::transposed};
std::string_view name(InputView view);

/// What memory holds so that `viewed` reads `value` from it, or (`expanded`) something of its shape.
HostTensor stored_for(const HostTensor& value, InputView view);
/// The array of this shape that is such a view of what is stored.
Array viewed(const Array& stored, const Shape& shape, InputView view);

/// A case with inputs of one kind in one element type; the others are float32, int64 and bool.
struct TypedCase {
  InputKind varied;
  DType dtype;
};
/// The type of an input of that kind.
DType type_of(InputKind kind, const TypedCase& typed);

/// Whether the case takes such inputs; a typed error says no, anything else is thrown on.
bool takes(const OpCase& op_case, const TypedCase& typed);

/// The case's inputs in those types: what an integer type cannot hold is rounded and brought into its range.
std::vector<HostTensor> typed_inputs(const OpRow& row, const OpCase& op_case, const TypedCase& typed);

/// The case with another size wherever an input has this one.
OpCase resized(const OpCase& op_case, std::int64_t from, std::int64_t to);

}  // namespace tenon::testing

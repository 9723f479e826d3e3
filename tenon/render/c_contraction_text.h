// The text of one contraction while it is written, and the stages that write its parts.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tenon/kernel/kernel.h"
#include "tenon/render/c_contraction.h"
#include "tenon/render/c_contraction_operand.h"
#include "tenon/render/c_expr.h"
#include "tenon/render/general_text.h"

namespace tenon {

/// What all parts of the text need to know, and the text so far.
class ContractionText {
 public:
  ContractionText(const Kernel& kernel, const ContractionTarget& target);

  const Kernel& kernel;
  const Contraction& contraction;
  const ContractionPlan plan;
  const OrientedContraction oriented;
  const int vector_bytes;
  const std::string name;     // of the kernel; prefix of all helpers
  const std::string element;  // "float" or "double"
  const std::string vector;   // the type of a vector in a register
  const std::string memory;   // the type of a vector in memory: any alignment, aliases everything

  template <class... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    append(fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  /// A line that ends in " {"; what follows is indented until close().
  template <class... Arguments>
  void open(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    append(fmt::format(format, std::forward<Arguments>(arguments)...) + " {");
    ++depth_;
  }
  void close(std::string_view tail = "");
  void blank() { out_ += '\n'; }

  /// `const float* const b3 = arguments->buffers[3];` for each buffer that the expressions or stores touch.
  void declare_buffers(std::span<const Expr> expressions, std::span<const Store> stores = {});
  /// A block of expressions at the current indentation, in which `names` stand for variables.
  CBlock block(CNames names = {});
  /// The text of a single expression, with declarations before it where needed.
  std::string value(Expr expression, const CNames& names) { return block(names).value(expression); }

  /// Names of the variables batch, m, n and k as they are declared in the text.
  CNames variables() const;
  std::string_view row_name() const { return plan.swaps ? "n" : "m"; }
  std::string_view column_name() const { return plan.swaps ? "m" : "n"; }
  std::string_view row_operand_name() const { return plan.swaps ? "b" : "a"; }
  std::string_view column_operand_name() const { return plan.swaps ? "a" : "b"; }

  /// A number that follows from sizes that vary, marked as such.
  std::string number(std::int64_t value) const {
    return plan.is_general ? varying_number_mark + std::to_string(value) : std::to_string(value);
  }

  /// The first row of tile number `tile`, and how many of its rows there are.
  std::string first_row() const;
  std::string rows() const;

  /// Numbers of rows that tiles have, and of vectors (outer) or columns (dot) that panels have: two at most
  /// of each.
  std::vector<std::int64_t> tile_heights() const;
  std::vector<int> panel_widths() const;

  std::string finish() && { return std::move(out_); }

 private:
  void append(std::string_view text);

  std::string out_;
  std::string indent_;
  int depth_ = 0;
  int next_temporary_ = 0;
};

/// Whether the row, or the column, operand is packed before the tiles run.
inline bool packs_rows(const ContractionPlan& plan) { return plan.row_source != OperandSource::direct; }
inline bool packs_columns(const ContractionPlan& plan) { return plan.column_source != OperandSource::direct; }

// The stages, in the order in which their functions stand in the text.
void write_header(ContractionText& text);
void write_row_packing(ContractionText& text);     // NAME_pack_rows
void write_column_packing(ContractionText& text);  // NAME_pack_columns
void write_tiles(ContractionText& text);           // NAME_tile_14x2, ..., NAME_tile
void write_epilogue(ContractionText& text);        // NAME_epilogue
void write_driver(ContractionText& text);          // NAME

}  // namespace tenon

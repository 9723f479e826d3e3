// Packing: operands are copied, transposed or computed into the order in which the tiles read them.
#include "tenon/render/c_contraction_indices.h"
#include "tenon/render/c_contraction_text.h"

namespace tenon {
namespace {

// The address of an operand's element where one variable is left out of the index: the caller adds it, as a
// unit stride.
std::string base_address(ContractionText& t, Expr load, Expr left_out) {
  ExprPool& pool = *t.kernel.pool;
  const std::pair<Expr, Expr> zero[] = {{left_out, pool.integer(0)}};
  const Expr index = pool.substitute(load->terms[0], zero);
  return fmt::format("b{} + {}", load->value, t.value(index, t.variables()));
}

// The pointers to buffers, and the variables that a text may leave unused.
void begin_function(ContractionText& t, Expr operand) {
  t.line("(void)arguments, (void)batch;");
  t.declare_buffers(std::span(&operand, 1));
}

// --- rows: [tile][depth][tile rows], or [tile][row][depth]

// Whole vectors are copied; what they hold beyond the tile's rows is overwritten by the next step of depth.
void write_rows_by_lane_copies(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  t.open("for (long i = 0; i < depth; ++i)");
  t.line("const long k = k0 + i;");
  t.line("(void)k;");
  t.line("const {}* const source = {};", t.element, base_address(t, t.oriented.row_operand, t.oriented.row));
  t.open("for (long tile = tile_begin; tile < tile_end; ++tile)");
  t.line("const {}* const from = source + {};", t.element, t.first_row());
  t.line("{}* const to = out + (tile - tile_begin) * {} + i * {};", t.element, p.packed_tile_elements, p.tile_rows);
  for (std::int64_t r = 0; r < p.tile_rows; r += p.lanes)
    t.line("*({0}*)(to + {1}) = *(const {0}*)(from + {1});", t.memory, r);
  t.close();
  t.close();
}

void write_rows_by_lane_values(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  t.open("for (long tile = tile_begin; tile < tile_end; ++tile)");
  t.line("const long row0 = {}, rows = {};", t.first_row(), t.rows());
  t.open("for (long i = 0; i < depth; ++i)");
  t.line("const long k = k0 + i;");
  t.line("(void)k;");
  t.line("{}* const to = out + (tile - tile_begin) * {} + i * {};", t.element, p.packed_tile_elements, p.tile_rows);
  t.line("#pragma omp simd");
  t.open("for (long r = 0; r < rows; ++r)");
  t.line("const long {} = row0 + r;", t.row_name());
  t.line("(void){};", t.row_name());
  const std::string value = t.value(t.oriented.row_operand, t.variables());
  t.line("to[r] = {};", value);
  t.close();
  t.close();
  t.close();
}

// A computed operand whose indices are looked up in tables, along `run`.
SplitIndices split_indices(ContractionText& t, Expr operand, OperandSource source, Expr run, Expr fixed) {
  if (source != OperandSource::computed) return {*t.kernel.pool, {}, {}, run, fixed};
  return {*t.kernel.pool, std::span(&operand, 1), {}, run, fixed};
}

std::int64_t whole_vectors(const ContractionPlan& p, std::int64_t elements) {
  return (elements + p.lanes - 1) / p.lanes * p.lanes;
}

// Tables lie on the stack.
constexpr std::int64_t most_table_bytes = 48 << 10;
bool uses_tables(const ContractionPlan& p, const SplitIndices& split) {
  return split.saves_quotients() && split.table_bytes(whole_vectors(p, p.depth_block)) <= most_table_bytes;
}

void write_depth_tables(ContractionText& t, const SplitIndices& split) {
  const ContractionPlan& p = t.plan;
  if (!uses_tables(p, split)) return;
  split.write_run_tables(t, whole_vectors(p, p.depth_block),
                         fmt::format("(depth + {0}) / {1} * {1}", p.lanes - 1, p.lanes), "k0", "k0 + depth - 1");
}

// The body of a loop over the rows r of a tile or of a block of columns: `to[i]` for all i < depth, and what fills up
// the last vector.
void write_depth_run(ContractionText& t, Expr operand, OperandSource source, const SplitIndices& split,
                     std::string_view to) {
  if (source == OperandSource::copied_depth) {
    t.line("const {}* const from = {} + k0;", t.element, base_address(t, operand, t.oriented.depth));
    t.line("#pragma omp simd");
    t.line("for (long i = 0; i < depth; ++i) {}[i] = from[i];", to);
    return;
  }
  if (uses_tables(t.plan, split)) {
    split.write_fixed_values(t);
    t.open("for (long v = 0; v * {} < depth; ++v)", t.plan.lanes);
    split.write_vector(t, "v", [&](const CNames& names) {
      t.line("const long k = k0 + (i < depth ? i : depth - 1);");
      t.line("(void)k;");
      const std::string value = t.value(operand, names);
      t.line("{}[i] = {};", to, value);
    });
    t.close();
    return;
  }
  t.line("#pragma omp simd");
  t.open("for (long i = 0; i < depth; ++i)");
  t.line("const long k = k0 + i;");
  t.line("(void)k;");
  const std::string value = t.value(operand, t.variables());
  t.line("{}[i] = {};", to, value);
  t.close();
}

void write_rows_by_depth(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  const SplitIndices split = split_indices(t, t.oriented.row_operand, p.row_source, t.oriented.depth, t.oriented.row);
  write_depth_tables(t, split);
  t.open("for (long tile = tile_begin; tile < tile_end; ++tile)");
  t.line("const long row0 = {}, rows = {};", t.first_row(), t.rows());
  t.open("for (long r = 0; r < rows; ++r)");
  t.line("const long {} = row0 + r;", t.row_name());
  t.line("(void){};", t.row_name());
  t.line("{}* const to = out + (tile - tile_begin) * {} + r * {};", t.element, p.packed_tile_elements, p.row_stride);
  write_depth_run(t, t.oriented.row_operand, p.row_source, split, "to");
  t.close();
  t.close();
}

// --- columns: [panel][depth][panel columns]; for dot products [column][depth]

// x[row][lane] -> x[lane][row] in log2(lanes) rounds; a round exchanges one bit of the row's number with the
// same bit of the lane's.
void write_transpose(ContractionText& t) {
  const int lanes = t.plan.lanes;
  t.blank();
  t.line("// [{0}, {0}] from rows at from[0..{0}) to rows {1} elements apart", lanes, t.plan.panel_columns);
  t.line("__attribute__((noinline))");
  t.open("static void {0}_transpose(const {1}* const* from, long i, {1}* to)", t.name, t.element);
  for (int r = 0; r < lanes; ++r) t.line("{0} x{1} = *(const {2}*)(from[{1}] + i);", t.vector, r, t.memory);
  t.line("{} low, high;", t.vector);
  for (int bit = 1; bit < lanes; bit *= 2) {
    std::string low, high;
    for (int i = 0; i < lanes; ++i) {
      low += fmt::format(", {}", i & bit ? lanes + i - bit : i);
      high += fmt::format(", {}", i & bit ? lanes + i : i + bit);
    }
    t.line("#define LOW(p, q) __builtin_shufflevector(p, q{})", low);
    t.line("#define HIGH(p, q) __builtin_shufflevector(p, q{})", high);
    for (int r = 0; r < lanes; ++r)
      if (!(r & bit)) t.line("low = LOW(x{0}, x{1}), high = HIGH(x{0}, x{1}), x{0} = low, x{1} = high;", r, r + bit);
    t.line("#undef LOW");
    t.line("#undef HIGH");
  }
  for (int r = 0; r < lanes; ++r) t.line("*({}*)(to + {}) = x{};", t.memory, r * t.plan.panel_columns, r);
  t.close();
}

void write_columns_by_lane_copies(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  t.open("for (long i = 0; i < depth; ++i)");
  t.line("const long k = k0 + i;");
  t.line("(void)k;");
  t.line("const {}* const source = {};", t.element, base_address(t, t.oriented.column_operand, t.oriented.column));
  t.open("for (long panel = panel_begin; panel < panel_end; ++panel)");
  t.line("const {}* const from = source + panel * {};", t.element, p.panel_columns);
  t.line("{0}* const to = out + ((panel - panel_begin) * depth + i) * {1};", t.element, p.panel_columns);
  const auto copies = [&](int vectors) {
    for (int v = 0; v < vectors; ++v) t.line("*({0}*)(to + {1}) = *(const {0}*)(from + {1});", t.memory, v * p.lanes);
  };
  if (p.last_vectors == p.panel_vectors) {
    copies(p.panel_vectors);
  } else {
    t.open("if (panel == {})", t.number(p.panels - 1));
    copies(p.last_vectors);
    t.close();
    t.open("else");
    copies(p.panel_vectors);
    t.close();
  }
  t.close();
  t.close();
}

void write_columns_by_tables(ContractionText& t, const SplitIndices& split) {
  const ContractionPlan& p = t.plan;
  split.write_fixed_tables(t, p.depth_block, "depth", "k0");
  t.open("for (long panel = panel_begin; panel < panel_end; ++panel)");
  t.line("const long column0 = panel * {0}, columns = panel == {1} ? {2} : {0};", p.panel_columns,
         t.number(p.panels - 1), t.number(p.last_columns));
  split.write_run_tables(t, p.panel_columns, std::to_string(p.panel_columns), "column0", "column0 + columns - 1");
  t.open("for (long d = 0; d < depth; ++d)");
  t.line("const long k = k0 + d;");
  t.line("(void)k;");
  t.line("{}* const to = out + ((panel - panel_begin) * depth + d) * {};", t.element, p.panel_columns);
  split.write_fixed_values(t, "d");
  t.open("for (long v = 0; v < {}; ++v)", p.panel_vectors);
  split.write_vector(t, "v", [&](const CNames& names) {
    t.line("const long {} = column0 + (i < columns ? i : columns - 1);", t.column_name());
    t.line("(void){};", t.column_name());
    const std::string value = t.value(t.oriented.column_operand, names);
    t.line("to[i] = {};", value);
  });
  t.close();
  t.close();
  t.close();
}

// Columns whose values are next to each other along columns, or whose values are computed that way.
void write_columns_by_lane_values(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  const SplitIndices split =
      split_indices(t, t.oriented.column_operand, p.column_source, t.oriented.column, t.oriented.depth);
  if (uses_tables(p, split)) return write_columns_by_tables(t, split);
  t.open("for (long panel = panel_begin; panel < panel_end; ++panel)");
  t.line("const long column0 = panel * {0}, columns = panel == {1} ? {2} : {0};", p.panel_columns,
         t.number(p.panels - 1), t.number(p.last_columns));
  t.open("for (long i = 0; i < depth; ++i)");
  t.line("const long k = k0 + i;");
  t.line("(void)k;");
  t.line("{0}* const to = out + ((panel - panel_begin) * depth + i) * {1};", t.element, p.panel_columns);
  t.line("#pragma omp simd");
  t.open("for (long c = 0; c < columns; ++c)");
  t.line("const long {} = column0 + c;", t.column_name());
  t.line("(void){};", t.column_name());
  const std::string value = t.value(t.oriented.column_operand, t.variables());
  t.line("to[c] = {};", value);
  t.close();
  t.line("for (long c = columns; c < {}; ++c) to[c] = 0;", p.panel_columns);
  t.close();
  t.close();
}

// Blocks of as many columns as a vector has lanes; columns behind the last one repeat it.
void write_columns_by_transposition(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  const bool computes = p.column_source == OperandSource::computed;
  const std::int64_t row = p.depth_block + p.lanes;  // of the block of computed values
  const SplitIndices split =
      split_indices(t, t.oriented.column_operand, p.column_source, t.oriented.depth, t.oriented.column);
  write_depth_tables(t, split);
  if (computes)
    t.line("{}* const values = out + {};  // [{}][depth]", t.element, p.chunk_panels * p.depth_block * p.panel_columns,
           p.lanes);
  t.open("for (long block = panel_begin * {0}; block < panel_end * {0} && block * {1} < {2}; ++block)", p.panel_vectors,
         p.lanes, t.number(p.columns));
  t.line("const {}* from[{}];", t.element, p.lanes);
  t.open("for (long c = 0; c < {}; ++c)", p.lanes);
  t.line("const long column = block * {0} + c, {1} = column < {2} ? column : {2} - 1;", p.lanes, t.column_name(),
         t.number(p.columns));
  t.line("(void){};", t.column_name());
  if (computes) {
    t.line("{}* const to = values + c * {};", t.element, row);
    write_depth_run(t, t.oriented.column_operand, p.column_source, split, "to");
    t.line("from[c] = to;");
  } else {
    t.line("from[c] = {} + k0;", base_address(t, t.oriented.column_operand, t.oriented.depth));
  }
  t.close();
  t.line("{}* const to = out + (block / {} - panel_begin) * depth * {} + block % {} * {};", t.element, p.panel_vectors,
         p.panel_columns, p.panel_vectors, p.lanes);
  t.line("long i = 0;");
  t.line("for (; i + {0} <= depth; i += {0}) {1}_transpose(from, i, to + i * {2});", p.lanes, t.name, p.panel_columns);
  if (p.depth % p.lanes != 0 || p.depth_varies) {
    t.open("for (; i < depth; ++i)");
    t.line("for (long c = 0; c < {}; ++c) to[i * {} + c] = from[c][i];", p.lanes, p.panel_columns);
    t.close();
  }
  t.close();
}

void write_columns_by_depth(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  const SplitIndices split =
      split_indices(t, t.oriented.column_operand, p.column_source, t.oriented.depth, t.oriented.column);
  t.line("(void)panel_begin, (void)panel_end;");
  write_depth_tables(t, split);
  t.open("for (long {0} = 0; {0} < {1}; ++{0})", t.column_name(), p.columns);
  t.line("{}* const to = out + {} * {};", t.element, t.column_name(), p.column_stride);
  write_depth_run(t, t.oriented.column_operand, p.column_source, split, "to");
  t.close();
}

}  // namespace

void write_row_packing(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  t.blank();
  if (p.rows_vary) {
    // Said where it is needed: in functions that get the arguments.
  } else if (p.tall_tiles == p.row_tiles) {
    t.line("static inline long {}_row(long tile) {{ return tile * {}; }}", t.name, p.tile_rows);
    t.line("static inline long {}_rows(long tile) {{ return (void)tile, {}; }}", t.name, p.tile_rows);
  } else {
    t.line("// The first {} tiles have {} rows, the others {}.", p.tall_tiles, p.tile_rows, p.tile_rows - 1);
    t.line("static inline long {0}_row(long tile) {{ return tile * {1} - (tile > {2} ? tile - {2} : 0); }}", t.name,
           p.tile_rows, p.tall_tiles);
    t.line("static inline long {}_rows(long tile) {{ return tile < {} ? {} : {}; }}", t.name, p.tall_tiles, p.tile_rows,
           p.tile_rows - 1);
  }
  if (!packs_rows(p)) return;

  t.blank();
  t.line("// {} -> {}", t.row_operand_name(), p.packs_rows_by_lane ? "[tile][depth][row]" : "[tile][row][depth]");
  t.line("__attribute__((noinline))");
  t.open(
      "static void {}_pack_rows(const tenon_arguments* arguments, long batch, long tile_begin, long "
      "tile_end, long k0, "
      "long depth, {}* out)",
      t.name, t.element);
  begin_function(t, t.oriented.row_operand);
  if (p.row_source == OperandSource::copied_lanes)
    write_rows_by_lane_copies(t);
  else if (p.packs_rows_by_lane)
    write_rows_by_lane_values(t);
  else
    write_rows_by_depth(t);
  t.close();
}

void write_column_packing(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  if (!packs_columns(p)) return;
  const bool is_dot = p.tile_kernel == TileKernel::dot;
  if (p.transposes_columns) write_transpose(t);
  t.blank();
  t.line("// {} -> {}", t.column_operand_name(),
         is_dot ? "[column][depth]" : fmt::format("[panel][depth][{}]", p.panel_columns));
  t.line("__attribute__((noinline))");
  t.open(
      "static void {}_pack_columns(const tenon_arguments* arguments, long batch, long panel_begin, long "
      "panel_end, "
      "long k0, long depth, {}* out)",
      t.name, t.element);
  begin_function(t, t.oriented.column_operand);
  if (is_dot)
    write_columns_by_depth(t);
  else if (p.transposes_columns)
    write_columns_by_transposition(t);
  else if (p.column_source == OperandSource::copied_lanes)
    write_columns_by_lane_copies(t);
  else
    write_columns_by_lane_values(t);
  t.close();
}

}  // namespace tenon

// What happens to a finished tile that is not simply stored: a loop over its elements.
#include "tenon/render/c_contraction_indices.h"
#include "tenon/render/c_contraction_text.h"

namespace tenon {
namespace {

void write_stores(ContractionText& t, CNames names) {
  names[t.contraction.sum] = "sum";
  CBlock block = t.block(std::move(names));
  // Everything is computed before anything is written: a store may overwrite what another one reads.
  std::vector<Expr> roots;
  for (const Store& store : t.contraction.epilogue) roots.insert(roots.end(), {store.index, store.value});
  const bool is_single = t.contraction.epilogue.size() == 1;
  const std::vector<std::string> texts = block.values(roots, std::vector<bool>(roots.size(), !is_single));
  for (std::size_t i = 0; i < t.contraction.epilogue.size(); ++i)
    t.line("b{}[{}] = {};", t.contraction.epilogue[i].buffer, texts[2 * i], texts[2 * i + 1]);
}

void write_row_of_tables(ContractionText& t, const SplitIndices& split) {
  const ContractionPlan& p = t.plan;
  const auto element = [&](const CNames& names) {
    t.line("const long {0} = {0}0 + i;", t.column_name());
    t.line("(void){};", t.column_name());
    t.line("const {} sum = sums[r * {} + i];", t.element, p.panel_columns);
    t.line("(void)sum;");
    write_stores(t, names);
  };
  split.write_fixed_values(t);
  t.open("for (long v = 0; v < columns / {}; ++v)", p.lanes);
  split.write_vector(t, "v", element);
  t.close();
  t.open("for (long i = columns / {0} * {0}; i < columns; ++i)", p.lanes);
  element(split.names(t, false));
  t.close();
}

// What stores and loads of an epilogue do along columns.
SplitIndices split_indices(ContractionText& t) {
  std::vector<Expr> values, positions;
  for (const Store& store : t.contraction.epilogue) {
    values.push_back(store.value);
    positions.push_back(store.index);
  }
  return {*t.kernel.pool, values, positions, t.oriented.column, t.oriented.row};
}

}  // namespace

void write_epilogue(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  const bool by_columns = analyse_epilogue(t.contraction, t.oriented).prefers_columns;
  t.blank();
  t.line("// sums [rows, columns], rows {} elements apart: elements from ({}0, {}0) on", p.panel_columns, t.row_name(),
         t.column_name());
  t.line("__attribute__((noinline))");
  t.open(
      "static void {}_epilogue(const tenon_arguments* arguments, const {}* sums, long batch, long {}0, long "
      "rows, "
      "long {}0, long columns)",
      t.name, t.element, t.row_name(), t.column_name());
  t.line("(void)batch;");
  t.declare_buffers({}, t.contraction.epilogue);
  const auto loop_over_rows = [&] {
    t.open("for (long r = 0; r < rows; ++r)");
    t.line("const long {0} = {0}0 + r;", t.row_name());
    t.line("(void){};", t.row_name());
  };
  const auto loop_over_columns = [&] {
    t.open("for (long c = 0; c < columns; ++c)");
    t.line("const long {0} = {0}0 + c;", t.column_name());
    t.line("(void){};", t.column_name());
  };
  const SplitIndices split = split_indices(t);
  if (by_columns && p.tile_kernel == TileKernel::outer && split.saves_quotients()) {
    split.write_run_tables(t, p.panel_columns, fmt::format("(columns + {0}) / {1} * {1}", p.lanes - 1, p.lanes),
                           fmt::format("{}0", t.column_name()), fmt::format("{}0 + columns - 1", t.column_name()));
    loop_over_rows();
    write_row_of_tables(t, split);
    t.close();
    t.close();
    return;
  }
  if (by_columns) {
    loop_over_rows();
    t.line("#pragma omp simd");
    loop_over_columns();
  } else {
    loop_over_columns();
    t.line("#pragma omp simd");
    loop_over_rows();
  }
  t.line("const {} sum = sums[r * {} + c];", t.element, p.panel_columns);
  t.line("(void)sum;");
  write_stores(t, t.variables());
  t.close();
  t.close();
  t.close();
}

}  // namespace tenon

#include "tenon/render/c_contraction.h"

#include "tenon/render/c_contraction_text.h"

namespace tenon {
namespace {

// Full tiles of a plain store go straight to the result; all others pass through memory of the thread.
bool needs_epilogue(const ContractionPlan& p) {
  return !p.stores_directly || p.last_columns != p.panel_columns || p.is_general;
}

// The address of an operand's first element of a tile or panel.
std::string direct_address(ContractionText& t, Expr load, Expr lane, std::string_view first) {
  CNames names = t.variables();
  names[lane] = first;
  names[t.oriented.depth] = "k0";
  return fmt::format("b{} + {}", load->value, t.value(load->terms[0], names));
}

void write_tile_call(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  const bool continues = p.continues_sums();
  const std::string_view row = t.row_name(), column = t.column_name();

  t.line("const long {}0 = panel * {}, columns = {};", column, p.panel_columns,
         p.last_columns == p.panel_columns && !p.columns_vary
             ? std::to_string(p.panel_columns)
             : fmt::format("panel == {} ? {} : {}", t.number(p.panels - 1), t.number(p.last_columns), p.panel_columns));
  t.line("(void){}0;", column);
  const std::string b =
      packs_columns(p) ? (p.tile_kernel == TileKernel::dot
                              ? "packed_columns"
                              : fmt::format("packed_columns + (panel - panel_begin) * depth * {}", p.panel_columns))
                       : direct_address(t, t.oriented.column_operand, t.oriented.column, fmt::format("{}0", column));
  t.line("const {}* const b = {};", t.element, b);
  if (continues)
    t.line("{}* const kept = sums + ((tile - tile_begin) * {} + panel - panel_begin) * {};", t.element, p.chunk_panels,
           p.tile_rows * p.panel_columns);
  else if (needs_epilogue(p))
    t.line("{}* const kept = sums;", t.element);

  const std::string first_sums = continues ? "k0 > 0 ? kept : 0, " : "";
  const std::string is_direct =
      fmt::format("{}{}columns == {}", continues ? "is_last && " : "",
                  p.rows_vary ? fmt::format("rows == {} && ", p.tile_rows) : "", p.panel_columns);
  if (p.stores_directly) {
    const Store& store = t.contraction.epilogue[0];
    CNames names = t.variables();
    names[t.oriented.row] = fmt::format("{}0", row);
    names[t.oriented.column] = fmt::format("{}0", column);
    const bool is_always = !needs_epilogue(p) && !continues;
    if (!is_always) t.open("if ({})", is_direct);
    const std::string index = t.value(store.index, names);
    t.line("{}_tile(rows, columns, a, b, depth, {}b{} + {}, {});", t.name, first_sums, store.buffer, index,
           p.store_stride);
    if (is_always) return;
    t.line("continue;");
    t.close();
  }
  t.line("{}_tile(rows, columns, a, b, depth, {}kept, {});", t.name, first_sums, p.panel_columns);
  if (needs_epilogue(p))
    t.line("{}{}_epilogue(arguments, kept, batch, {}0, rows, {}0, columns);", continues ? "if (is_last) " : "", t.name,
           row, column);
}

void write_tile_loop(ContractionText& t, std::string_view begin, std::string_view end) {
  const ContractionPlan& p = t.plan;
  t.open("for (long tile = {}; tile < {}; ++tile)", begin, end);
  t.line("const long {}0 = {}, rows = {};", t.row_name(), t.first_row(), t.rows());
  t.line("(void){}0;", t.row_name());
  t.line("const {}* const a = {};", t.element,
         packs_rows(p) ? fmt::format("packed_rows + (tile - group) * {}", p.packed_tile_elements)
                       : direct_address(t, t.oriented.row_operand, t.oriented.row, fmt::format("{}0", t.row_name())));
  t.open("for (long panel = panel_begin; panel < panel_end; ++panel)");
  write_tile_call(t);
  t.close();
  t.close();
}

void write_group_loop(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  if (!packs_rows(p)) return write_tile_loop(t, "tile_begin", "tile_end");
  t.open("for (long group = tile_begin; group < tile_end; group += {})", p.group_tiles);
  t.line("const long group_end = group + {0} < tile_end ? group + {0} : tile_end;", p.group_tiles);
  t.line("{}_pack_rows(arguments, batch, group, group_end, k0, depth, packed_rows);", t.name);
  write_tile_loop(t, "group", "group_end");
  t.close();
}

void write_depth_loop(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  const auto pack_columns = [&] {
    if (packs_columns(p))
      t.line("{}_pack_columns(arguments, batch, panel_begin, panel_end, k0, depth, packed_columns);", t.name);
  };
  if (!p.continues_sums()) {
    t.line("const long k0 = 0, depth = {};", p.depth);
    t.line("(void)k0;");
    pack_columns();
    write_group_loop(t);
    return;
  }
  const std::string depth = p.depth_varies ? t.number(p.depth) : std::to_string(p.depth);
  t.open("for (long k0 = 0; k0 < {}; k0 += {})", depth, p.depth_block);
  t.line("const long is_last = k0 + {0} >= {1}, depth = is_last ? {1} - k0 : {0};", p.depth_block, depth);
  pack_columns();
  write_group_loop(t);
  t.close();
}

void write_summary(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  const Contraction& c = t.contraction;
  t.blank();
  t.line("// sum over k < {}: a [{}, {}, k] * b [{}, {}, k]; rows are {}, columns {}", c.k_size, c.batch_size, c.m_size,
         c.batch_size, c.n_size, t.row_name(), t.column_name());
  t.line("// {} row tiles of {}, {} panels of {} in {} chunks, {} blocks of depth", p.row_tiles, p.tile_rows, p.panels,
         p.panel_columns, p.chunks, p.depth_blocks);
}

}  // namespace

void write_header(ContractionText& t) {
  write_summary(t);
  t.line("typedef {} {} __attribute__((vector_size({})));", t.element, t.vector, t.vector_bytes);
  t.line("typedef {} {} __attribute__((vector_size({}), aligned({}), may_alias));", t.element, t.memory, t.vector_bytes,
         size_of(t.contraction.dtype));
}

void write_driver(ContractionText& t) {
  const ContractionPlan& p = t.plan;
  const std::int64_t tiles_of_batch = p.chunks * p.row_tiles;
  t.blank();
  t.open(
      "void {}(const tenon_arguments* arguments, long thread, long threads, void* scratch, tenon_barrier* "
      "barrier)",
      t.name);
  t.line("(void)scratch, (void)barrier;");
  std::vector<Expr> read_here;
  if (!packs_rows(p)) read_here.push_back(t.oriented.row_operand);
  if (!packs_columns(p)) read_here.push_back(t.oriented.column_operand);
  t.declare_buffers(read_here,
                    p.stores_directly ? std::span<const Store>(t.contraction.epilogue) : std::span<const Store>());
  if (packs_columns(p))
    t.line("{0}* const packed_columns = ({0}*)((char*)scratch + {1});", t.element, p.packed_columns_offset);
  if (packs_rows(p)) t.line("{0}* const packed_rows = ({0}*)((char*)scratch + {1});", t.element, p.packed_rows_offset);
  if (needs_epilogue(p) || p.continues_sums())
    t.line("{0}* const sums = ({0}*)((char*)scratch + {1});", t.element, p.sums_offset);

  t.line("// Items: row tiles within chunks within batch entries.");
  t.line("const long end = {0} * (thread + 1) / threads;", t.number(p.items));
  t.open("for (long item = {} * thread / threads; item < end;)", t.number(p.items));
  t.line("const long batch = item / {}, panel_begin = item / {} % {} * {};", t.number(tiles_of_batch),
         t.number(p.row_tiles), t.number(p.chunks), p.chunk_panels);
  t.line("const long panel_end = panel_begin + {0} < {1} ? panel_begin + {0} : {1};", p.chunk_panels,
         t.number(p.panels));
  t.line(
      "const long tile_begin = item % {0}, tiles = {0} - tile_begin < end - item ? {0} - tile_begin : end - "
      "item;",
      t.number(p.row_tiles));
  t.line("const long tile_end = tile_begin + {};", p.block_tiles < p.row_tiles || (p.rows_vary && p.continues_sums())
                                                       ? fmt::format("(tiles < {0} ? tiles : {0})", p.block_tiles)
                                                       : "tiles");
  t.line("(void)batch, (void)panel_end;");
  write_depth_loop(t);
  t.line("item += tile_end - tile_begin;");
  t.close();
  t.close();
}

std::string render_contraction_c(const Kernel& kernel, const ContractionTarget& target) {
  ContractionText text(kernel, target);
  if (text.plan.items == 0) {
    text.open(
        "void {}(const tenon_arguments* arguments, long thread, long threads, void* scratch, tenon_barrier* "
        "barrier)",
        kernel.name);
    text.line("(void)arguments, (void)thread, (void)threads, (void)scratch, (void)barrier;  // an empty result");
    text.close();
    return std::move(text).finish();
  }
  write_header(text);
  write_row_packing(text);
  write_column_packing(text);
  write_tiles(text);
  if (needs_epilogue(text.plan)) write_epilogue(text);
  write_driver(text);
  return std::move(text).finish();
}

}  // namespace tenon

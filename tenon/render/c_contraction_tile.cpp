// Tiles of sums in registers: one function for each height and width that occurs, and one that chooses among
// them.
#include "tenon/render/c_contraction_text.h"

namespace tenon {
namespace {

// Steps of depth that panels are fetched ahead.
constexpr int prefetch_distance = 8;

std::string tile_name(const ContractionText& t, std::int64_t rows, int width) {
  return fmt::format("{}_tile_{}x{}", t.name, rows, width);
}

// Whether sums of earlier blocks of depth have to be taken up.
bool continues(const ContractionText& t) { return t.plan.continues_sums(); }

std::string parameters(const ContractionText& t) {
  return fmt::format("const {0}* a, const {0}* b, long depth, {1}{0}* c, long c_stride", t.element,
                     continues(t) ? fmt::format("const {}* sums, ", t.element) : "");
}

std::string offset(std::int64_t distance) {
  return distance == 0 ? "" : fmt::format(" {} {}", distance < 0 ? "-" : "+", distance < 0 ? -distance : distance);
}

// base[k * stride + distance]
std::string element_at(std::string_view base, std::int64_t stride, std::int64_t distance) {
  return stride == 1 ? fmt::format("{}[k{}]", base, offset(distance))
                     : fmt::format("{}[k * {}{}]", base, stride, offset(distance));
}

std::string address(std::string_view base, std::int64_t stride, std::int64_t distance) {
  return fmt::format("({} + k * {}{})", base, stride, offset(distance));
}

// --- outer products

void write_first_sums(ContractionText& t, std::int64_t rows, int vectors) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (int v = 0; v < vectors; ++v) t.line("{} s{}_{} = {{0}};", t.vector, r, v);
  if (!continues(t)) return;
  t.open("if (sums)");
  for (std::int64_t r = 0; r < rows; ++r)
    for (int v = 0; v < vectors; ++v)
      t.line("s{}_{} = *(const {}*)(sums + {});", r, v, t.memory, r * t.plan.panel_columns + v * t.plan.lanes);
  t.close();
}

void write_outer_step(ContractionText& t, std::int64_t rows, int vectors) {
  const ContractionPlan& p = t.plan;
  for (int v = 0; v < vectors; ++v)
    t.line("const {} b{} = *(const {}*){};", t.vector, v, t.memory, address("b", p.column_depth_stride, v * p.lanes));
  for (int v = 0; v < vectors; ++v)
    t.line("__builtin_prefetch(b + (k + {}) * {}{});", prefetch_distance, p.column_depth_stride, offset(v * p.lanes));
  for (std::int64_t r = 0; r < rows; ++r) {
    t.line("const {} a{} = {};", t.element, r, element_at("a", p.row_depth_stride, r * p.row_stride));
    std::string sums;
    for (int v = 0; v < vectors; ++v) sums += fmt::format("{0}s{1}_{2} += a{1} * b{2};", v ? " " : "", r, v);
    t.line("{}", sums);
  }
}

void write_outer_tile(ContractionText& t, std::int64_t rows, int vectors) {
  const ContractionPlan& p = t.plan;
  t.blank();
  t.line("// c [{0}, {1}] {2}= a [{0}, depth] b [depth, {1}]; strides of a: {3}, {4}; of b: {5}, 1", rows,
         vectors * p.lanes, continues(t) ? "(sums or 0) + " : "", p.row_stride, p.row_depth_stride,
         p.column_depth_stride);
  t.line("__attribute__((noinline))");
  t.open("static void {}({})", tile_name(t, rows, vectors), parameters(t));
  for (std::int64_t r = 0; r < rows; ++r)
    for (int v = 0; v < vectors; ++v) t.line("__builtin_prefetch(c + {} * c_stride{}, 1);", r, offset(v * p.lanes));
  write_first_sums(t, rows, vectors);
  t.open("for (long k = 0; k < depth; ++k)");
  write_outer_step(t, rows, vectors);
  t.close();
  for (std::int64_t r = 0; r < rows; ++r)
    for (int v = 0; v < vectors; ++v)
      t.line("*({}*)(c + {} * c_stride{}) = s{}_{};", t.memory, r, offset(v * p.lanes), r, v);
  t.close();
}

// --- dot products

// The lanes of a vector are added in halves: always the same order.
void write_lane_sum(ContractionText& t) {
  t.blank();
  t.open("static inline {} {}_add_lanes({} x)", t.element, t.name, t.vector);
  for (int half = t.plan.lanes / 2; half >= 1; half /= 2) {
    std::string lanes;
    for (int i = 0; i < t.plan.lanes; ++i) lanes += fmt::format(", {}", i < half ? i + half : i);
    t.line("x += __builtin_shufflevector(x, x{});", lanes);
  }
  t.line("return x[0];");
  t.close();
}

void write_dot_tile(ContractionText& t, std::int64_t rows, int columns) {
  const ContractionPlan& p = t.plan;
  t.blank();
  t.line("// c [{0}, {1}] = a [{0}, depth] b [{1}, depth]; strides of a: {2}, 1; of b: {3}, 1", rows, columns,
         p.row_stride, p.column_stride);
  t.line("__attribute__((noinline))");
  t.open("static void {}({})", tile_name(t, rows, columns), parameters(t));
  for (std::int64_t r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) t.line("{} s{}_{} = {{0}};", t.vector, r, c);
  t.line("long k = 0;");
  t.open("for (; k + {0} <= depth; k += {0})", p.lanes);
  for (int c = 0; c < columns; ++c)
    t.line("const {} b{} = *(const {}*){};", t.vector, c, t.memory, address("b", 1, c * p.column_stride));
  for (std::int64_t r = 0; r < rows; ++r) {
    t.line("const {} a{} = *(const {}*){};", t.vector, r, t.memory, address("a", 1, r * p.row_stride));
    for (int c = 0; c < columns; ++c) t.line("s{0}_{1} += a{0} * b{1};", r, c);
  }
  t.close();
  for (std::int64_t r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) t.line("{0} d{1}_{2} = {3}_add_lanes(s{1}_{2});", t.element, r, c, t.name);
  if (p.depth % p.lanes != 0) {
    t.open("for (; k < depth; ++k)");
    for (std::int64_t r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c)
        t.line("d{}_{} += {} * {};", r, c, element_at("a", 1, r * p.row_stride),
               element_at("b", 1, c * p.column_stride));
    t.close();
  }
  for (std::int64_t r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) t.line("c[{} * c_stride{}] = d{}_{};", r, offset(c), r, c);
  t.close();
}

// --- choosing among the functions

void write_choice(ContractionText& t) {
  const auto heights = t.tile_heights();
  const auto widths = t.panel_widths();
  const auto call = [&](std::int64_t rows, int width) {
    t.line("{}(a, b, depth, {}c, c_stride);", tile_name(t, rows, width), continues(t) ? "sums, " : "");
  };
  t.blank();
  t.open("static inline void {}_tile(long rows, long columns, {})", t.name, parameters(t));
  t.line("(void)rows, (void)columns;");
  for (const std::int64_t rows : heights) {
    const bool tests_rows = heights.size() > 1;
    if (tests_rows) t.open("if (rows == {})", rows);
    if (widths.size() == 1) {
      call(rows, widths[0]);
    } else {
      t.line("if (columns == {})", t.plan.panel_columns);
      t.line("  {}(a, b, depth, {}c, c_stride);", tile_name(t, rows, widths[0]), continues(t) ? "sums, " : "");
      t.line("else");
      t.line("  {}(a, b, depth, {}c, c_stride);", tile_name(t, rows, widths[1]), continues(t) ? "sums, " : "");
    }
    if (tests_rows) t.close();
  }
  t.close();
}

}  // namespace

void write_tiles(ContractionText& t) {
  const bool is_dot = t.plan.tile_kernel == TileKernel::dot;
  if (is_dot) write_lane_sum(t);
  for (const std::int64_t rows : t.tile_heights())
    for (const int width : t.panel_widths()) is_dot ? write_dot_tile(t, rows, width) : write_outer_tile(t, rows, width);
  write_choice(t);
}

}  // namespace tenon

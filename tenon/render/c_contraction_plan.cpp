// The choice of tiles: every candidate is given an estimate in vector instructions, and the cheapest wins.
#include <algorithm>
#include <optional>

#include "tenon/core/error.h"
#include "tenon/render/c_contraction.h"
#include "tenon/render/c_contraction_operand.h"

namespace tenon {
namespace {

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::int64_t round_up(std::int64_t a, std::int64_t b) { return divide_up(a, b) * b; }

constexpr std::int64_t page = 4096;  // bytes; rows at multiples of this distance fall on the same cache sets

// Costs in fused multiply-adds of a vector, measured on Zen 4 with AVX-512; only their ratios matter.
struct PackingCost {
  double copied_lanes = 0.12, copied_depth = 0.12, transposed = 0.35, runs = 0.4, computed = 2.5;  // for an element
};
constexpr PackingCost packing_cost;
constexpr double latency = 4;         // of a multiply-add: fewer sums than this in a tile leave the units idle
constexpr double panel_load = 0.3;    // of a vector of b, which comes from L2
constexpr double tile_overhead = 30;  // call, first loads, stores
constexpr double epilogue_in_lanes = 0.15, epilogue_scalar = 1.5;  // for an element of the result

// Everything about a contraction that does not change between candidates of one orientation.
struct Setting {
  OrientedContraction oriented;
  OperandAccess row, column;
  EpilogueAccess epilogue;
  ContractionTarget target;
  bool is_general, rows_vary, columns_vary, depth_varies;
  std::int64_t element_bytes;
  int lanes, registers;
};

Setting setting_of(const Contraction& c, bool swaps, const ContractionTarget& target) {
  const OrientedContraction o = orient(c, swaps);
  const auto element_bytes = static_cast<std::int64_t>(size_of(c.dtype));
  Setting s{.oriented = o,
            .row = analyse_operand(o.row_operand, o.row, o.depth, c.dtype),
            .column = analyse_operand(o.column_operand, o.column, o.depth, c.dtype),
            .epilogue = analyse_epilogue(c, o),
            .target = target,
            .is_general = c.varies(),
            .rows_vary = swaps ? c.n_varies : c.m_varies,
            .columns_vary = swaps ? c.m_varies : c.n_varies,
            .depth_varies = c.k_varies,
            .element_bytes = element_bytes,
            .lanes = target.vector_bytes / static_cast<int>(element_bytes),
            .registers = target.vector_bytes == 64 ? 32 : 16};
  // How long runs are depends on sizes, and must not decide.
  if (s.is_general) s.row.run = s.column.run = s.epilogue.run = s.lanes;
  return s;
}

std::int64_t bytes(const Setting& s, std::int64_t elements) { return elements * s.element_bytes; }

// --- sources

OperandSource row_source(const Setting& s, TileKernel kernel) {
  const OperandAccess& a = s.row;
  const std::int64_t depth = s.oriented.depth_size;
  if (!a.is_load) return OperandSource::computed;
  // Vectors that are copied end behind the last row, too far where a tile is partly used.
  if (s.is_general)
    return a.is_unit_in_depth                  ? OperandSource::copied_depth
           : a.is_unit_in_lane && !s.rows_vary ? OperandSource::copied_lanes
                                               : OperandSource::computed;
  if (a.is_unit_in_depth) {
    // Rows a multiple of a page apart evict each other, unless they are short.
    const bool collides = bytes(s, a.lane_stride) % page == 0 && a.lane_stride != 0 && bytes(s, depth) > 256;
    return a.is_affine && !(collides && s.oriented.columns > 4 * s.lanes) ? OperandSource::direct
                                                                          : OperandSource::copied_depth;
  }
  if (kernel == TileKernel::dot) return OperandSource::computed;
  if (a.is_unit_in_lane) {
    const bool stays_in_l1 = bytes(s, depth * a.depth_stride) <= static_cast<std::int64_t>(s.target.l1_bytes / 2);
    return a.is_affine && stays_in_l1 ? OperandSource::direct : OperandSource::copied_lanes;
  }
  return OperandSource::computed;
}

OperandSource column_source(const Setting& s, TileKernel kernel, std::int64_t row_tiles) {
  const OperandAccess& b = s.column;
  if (!b.is_load) return OperandSource::computed;
  if (s.is_general)
    return b.is_unit_in_lane    ? (s.columns_vary ? OperandSource::computed : OperandSource::copied_lanes)
           : b.is_unit_in_depth ? OperandSource::copied_depth
                                : OperandSource::computed;
  if (kernel == TileKernel::dot) {
    if (!b.is_unit_in_depth) return OperandSource::computed;
    return b.is_affine ? OperandSource::direct : OperandSource::copied_depth;
  }
  if (b.is_unit_in_lane) {
    const std::int64_t footprint = bytes(s, s.oriented.depth_size * b.depth_stride);
    const bool is_small = footprint <= static_cast<std::int64_t>(s.target.l2_bytes / 4);
    return b.is_affine && (is_small || row_tiles <= 2) ? OperandSource::direct : OperandSource::copied_lanes;
  }
  return b.is_unit_in_depth ? OperandSource::copied_depth : OperandSource::computed;
}

// Rows are found next to each other along depth only: tiles have fewer of them than a vector has lanes.
double cost_of_values(const OperandAccess& access, int lanes, bool is_row) {
  if (access.run < lanes || (is_row && !access.prefers_depth)) return packing_cost.computed;
  return packing_cost.runs + (is_row || !access.prefers_depth ? 0 : packing_cost.transposed);
}

double cost_for_an_element(OperandSource source, bool transposes, double values) {
  switch (source) {
    case OperandSource::direct: return 0;
    case OperandSource::copied_lanes: return packing_cost.copied_lanes;
    case OperandSource::copied_depth: return transposes ? packing_cost.transposed : packing_cost.copied_depth;
    case OperandSource::computed: return values;
  }
  throw InternalError("contraction: unknown operand source");
}

// --- one candidate

void split_rows(ContractionPlan& plan, std::int64_t most_rows) {
  if (plan.rows_vary) {
    plan.tile_rows = most_rows;
    plan.row_tiles = plan.tall_tiles = divide_up(plan.rows, most_rows);
    return;
  }
  plan.row_tiles = divide_up(plan.rows, most_rows);
  plan.tile_rows = divide_up(plan.rows, plan.row_tiles);
  plan.tall_tiles = plan.rows - plan.row_tiles * (plan.tile_rows - 1);
}

void split_columns(ContractionPlan& plan) {
  plan.panels = divide_up(plan.columns, plan.panel_columns);
  plan.last_columns = plan.columns - (plan.panels - 1) * plan.panel_columns;
  plan.last_vectors = plan.tile_kernel == TileKernel::dot ? static_cast<int>(plan.last_columns)
                      : plan.columns_vary                 ? plan.panel_vectors
                                                          : static_cast<int>(divide_up(plan.last_columns, plan.lanes));
}

// Blocks of depth: a panel of b takes an eighth of L2 and streams from there. A tile that no other tile
// shares its panels with has nothing to keep in cache.
void split_depth(ContractionPlan& plan, const Setting& s) {
  const bool streams =
      plan.tile_kernel == TileKernel::dot || (plan.column_source == OperandSource::direct && plan.row_tiles <= 2);
  const std::int64_t panel_bytes = bytes(s, plan.panel_columns);
  const std::int64_t most = std::max<std::int64_t>(static_cast<std::int64_t>(s.target.l2_bytes) / 8 / panel_bytes, 64);
  plan.depth_blocks = streams ? 1 : std::max<std::int64_t>(divide_up(plan.depth, most), 1);
  plan.depth_block = round_up(divide_up(plan.depth, plan.depth_blocks), plan.lanes);
  plan.depth_blocks = std::max<std::int64_t>(divide_up(plan.depth, std::max<std::int64_t>(plan.depth_block, 1)), 1);
}

// Packed columns of one chunk take at most half of L2.
std::int64_t fewest_chunks(const ContractionPlan& plan, const Setting& s) {
  if (plan.column_source == OperandSource::direct) return 1;
  const std::int64_t panel_bytes = bytes(s, plan.panel_columns * plan.depth_block);
  const std::int64_t most_panels = std::max<std::int64_t>(
      static_cast<std::int64_t>(s.target.l2_bytes) / 2 / std::max<std::int64_t>(panel_bytes, 1), 1);
  return divide_up(plan.panels, most_panels);
}

void split_chunks(ContractionPlan& plan, std::int64_t chunks) {
  plan.chunk_panels = divide_up(plan.panels, chunks);
  plan.chunks = divide_up(plan.panels, plan.chunk_panels);
}

// Of a tile, for each k (outer) or each vector of k (dot).
double tile_cost(std::int64_t rows, int columns) {
  const auto r = static_cast<double>(rows), c = static_cast<double>(columns);
  return std::max({r * c, r + c, latency}) + panel_load * c;
}

double estimate(const ContractionPlan& plan, const Setting& s) {
  const auto threads = static_cast<double>(s.target.threads);
  const auto batches = static_cast<double>(s.oriented.batches);
  const auto tall = static_cast<double>(plan.tall_tiles), low = static_cast<double>(plan.row_tiles - plan.tall_tiles);
  const auto column_of_tiles = [&](int vectors) {
    return tall * tile_cost(plan.tile_rows, vectors) + low * tile_cost(plan.tile_rows - 1, vectors);
  };
  const auto panels = static_cast<double>(plan.panels), row_tiles = static_cast<double>(plan.row_tiles);
  const auto depth = static_cast<double>(plan.depth), chunks = static_cast<double>(plan.chunks);
  const bool is_dot = plan.tile_kernel == TileKernel::dot;

  double products = ((panels - 1) * column_of_tiles(plan.panel_vectors) + column_of_tiles(plan.last_vectors)) * depth;
  if (is_dot) products /= plan.lanes;
  // A dot's sums lie across lanes and have to be added up.
  const double finishing =
      is_dot ? static_cast<double>(plan.rows * plan.columns) * 6 : row_tiles * panels * tile_overhead;
  const double epilogue = static_cast<double>(plan.rows * plan.columns) *
                          (plan.stores_directly                                      ? 0
                           : s.epilogue.prefers_columns && s.epilogue.run >= s.lanes ? epilogue_in_lanes
                                                                                     : epilogue_scalar);

  const auto items = std::max(static_cast<double>(plan.items), 1.0);
  const double unevenness =
      std::max(static_cast<double>(divide_up(plan.items, s.target.threads)) * threads / items, 1.0);

  // Threads that share a chunk pack it each for themselves; each chunk packs all rows again.
  const double shares = std::max(threads / std::max(batches * chunks, 1.0), 1.0);
  const double packed_columns =
      depth * static_cast<double>(plan.columns) *
      cost_for_an_element(plan.column_source, !is_dot, cost_of_values(s.column, s.lanes, is_dot)) * shares;
  const double packed_rows = depth * static_cast<double>(plan.rows) *
                             cost_for_an_element(plan.row_source, false, cost_of_values(s.row, s.lanes, true)) * chunks;
  return batches * ((products + finishing + epilogue) * unevenness + packed_columns + packed_rows);
}

ContractionPlan candidate(const Setting& s, bool swaps, TileKernel kernel, int vectors, std::int64_t most_rows) {
  ContractionPlan plan;
  plan.swaps = swaps;
  plan.tile_kernel = kernel;
  plan.lanes = s.lanes;
  plan.rows = s.oriented.rows;
  plan.columns = s.oriented.columns;
  plan.depth = s.oriented.depth_size;
  plan.is_general = s.is_general;
  plan.rows_vary = s.rows_vary;
  plan.columns_vary = s.columns_vary;
  plan.depth_varies = s.depth_varies;
  plan.panel_vectors = vectors;
  plan.panel_columns = kernel == TileKernel::dot ? vectors : vectors * s.lanes;
  split_rows(plan, most_rows);
  split_columns(plan);
  plan.row_source = row_source(s, kernel);
  plan.column_source = column_source(s, kernel, plan.row_tiles);
  split_depth(plan, s);
  plan.stores_directly = s.epilogue.is_plain && kernel == TileKernel::outer;
  plan.store_stride = s.epilogue.row_stride;
  return plan;
}

// --- layout of the chosen one

// Rows of a copied operand: depth, and some elements so that they do not lie a multiple of a page apart.
std::int64_t padded_depth(const ContractionPlan& plan) { return round_up(plan.depth_block, plan.lanes) + plan.lanes; }

void lay_out_rows(ContractionPlan& plan, const Setting& s) {
  plan.packs_rows_by_lane =
      plan.row_source == OperandSource::copied_lanes ||
      (plan.row_source == OperandSource::computed && plan.tile_kernel == TileKernel::outer && !s.row.prefers_depth);
  if (plan.row_source == OperandSource::direct) {
    plan.row_stride = s.row.lane_stride;
    plan.row_depth_stride = s.row.depth_stride;
  } else if (plan.packs_rows_by_lane) {
    plan.row_stride = 1;
    plan.row_depth_stride = plan.tile_rows;
    // The vectors that copy the last row of a tile end beyond it.
    plan.packed_tile_elements = round_up(plan.tile_rows * plan.depth_block, plan.lanes) + 3 * plan.lanes;
  } else {
    plan.row_stride = padded_depth(plan);
    plan.row_depth_stride = 1;
    plan.packed_tile_elements = plan.tile_rows * plan.row_stride;
  }
}

void lay_out_columns(ContractionPlan& plan, const Setting& s) {
  const bool is_dot = plan.tile_kernel == TileKernel::dot;
  plan.transposes_columns = !is_dot && (plan.column_source == OperandSource::copied_depth ||
                                        (plan.column_source == OperandSource::computed && s.column.prefers_depth));
  if (plan.column_source == OperandSource::direct) {
    plan.column_stride = s.column.lane_stride;
    plan.column_depth_stride = s.column.depth_stride;
  } else if (is_dot) {
    plan.column_stride = padded_depth(plan);
    plan.column_depth_stride = 1;
  } else {
    plan.column_stride = 1;
    plan.column_depth_stride = plan.panel_columns;
  }
}

// Tiles packed together: a quarter of L2, so that neighbouring rows of a transposed operand are read by whole
// lines, and what computed rows have in common is worked out for all of them at once.
void group_tiles(ContractionPlan& plan, const Setting& s) {
  const auto l2 = static_cast<std::int64_t>(s.target.l2_bytes);
  const std::int64_t tile = std::max<std::int64_t>(bytes(s, plan.packed_tile_elements), 1);
  const std::int64_t most_tiles = plan.rows_vary ? l2 / 4 / tile : plan.row_tiles;
  const bool shares_work = plan.packs_rows_by_lane || plan.row_source == OperandSource::computed;
  plan.group_tiles =
      shares_work ? std::clamp<std::int64_t>(l2 / 4 / tile, 1, std::max<std::int64_t>(most_tiles, 1)) : 1;
  // Partial sums of a block of row tiles: half of L2. They are touched once in a block of depth.
  const std::int64_t sums = bytes(s, plan.tile_rows * plan.panel_columns * plan.chunk_panels);
  plan.block_tiles = !plan.continues_sums() ? plan.row_tiles
                     : plan.rows_vary       ? std::max<std::int64_t>(l2 / 2 / sums, 1)
                                            : std::clamp<std::int64_t>(l2 / 2 / sums, 1, plan.row_tiles);
}

void lay_out_scratch(ContractionPlan& plan, const Setting& s) {
  std::int64_t end = 0;
  const auto part = [&](std::int64_t elements) {
    const std::int64_t begin = end;
    // 64 bytes behind each part: vectors may be read and written beyond the last element.
    end = round_up(end + bytes(s, elements) + 64, 64);
    return static_cast<std::size_t>(begin);
  };
  const bool is_dot = plan.tile_kernel == TileKernel::dot;
  const std::int64_t column_elements =
      plan.column_source == OperandSource::direct ? 0
      : is_dot                                    ? plan.columns * plan.column_stride
               : plan.chunk_panels * plan.depth_block * plan.panel_columns + plan.lanes * padded_depth(plan);
  plan.packed_columns_offset = part(column_elements);
  plan.packed_rows_offset = part(plan.group_tiles * plan.packed_tile_elements);
  const std::int64_t kept = !plan.continues_sums() ? 1 : plan.block_tiles * plan.chunk_panels;
  plan.sums_offset = part(kept * plan.tile_rows * plan.panel_columns);
  plan.scratch_bytes = static_cast<std::size_t>(end);
}

// --- the search

struct Choice {
  ContractionPlan plan;
  double cost;
};

void consider(std::optional<Choice>& best, const ContractionPlan& plan, const Setting& s) {
  const double cost = estimate(plan, s);
  if (!best || cost < best->cost) best = Choice{plan, cost};
}

void consider_tile(std::optional<Choice>& best, const Setting& s, bool swaps, TileKernel kernel, int vectors,
                   std::int64_t most_rows) {
  ContractionPlan plan = candidate(s, swaps, kernel, vectors, most_rows);
  const std::int64_t fewest = fewest_chunks(plan, s);
  for (const std::int64_t chunks : {fewest, std::min(round_up(fewest, s.target.threads), plan.panels)}) {
    split_chunks(plan, chunks);
    plan.items = s.oriented.batches * plan.chunks * plan.row_tiles;
    consider(best, plan, s);
  }
}

void consider_orientation(std::optional<Choice>& best, const Contraction& c, bool swaps,
                          const ContractionTarget& target) {
  const Setting s = setting_of(c, swaps, target);
  // The usual shapes first: of equals, the first is taken.
  for (const int vectors : {2, 3, 1, 4, 6, 8, 12}) {
    if ((vectors - 1) * s.lanes >= s.oriented.columns) continue;
    const std::int64_t tallest =
        (s.registers - 1 - (vectors > 4 ? 1 : vectors)) / vectors;  // sums, a row of b, an element of a
    for (std::int64_t rows = tallest; rows >= 1 && rows >= tallest / 2; --rows)
      consider_tile(best, s, swaps, TileKernel::outer, vectors, rows);
  }
  constexpr std::int64_t most_dot_columns = 8;
  if (s.is_general || s.oriented.columns > most_dot_columns || s.oriented.depth_size < s.lanes) return;
  const int columns = static_cast<int>(s.oriented.columns);
  for (std::int64_t rows = std::max((s.registers - 4) / (columns + 1), 1); rows >= 1; --rows)
    consider_tile(best, s, swaps, TileKernel::dot, columns, rows);
}

// --- sizes that vary

// Tiles and blocks are chosen as for sizes of this order, whatever they are: the text must not depend on them.
constexpr std::int64_t usual_size = 512;

Contraction of_usual_sizes(Contraction c) {
  if (c.batch_varies) c.batch_size = 8;
  if (c.m_varies) c.m_size = usual_size;
  if (c.n_varies) c.n_size = usual_size;
  if (c.k_varies) c.k_size = usual_size;
  return c;
}

// Counts tiles, panels and blocks of a plan that was made for usual sizes.
void take_sizes(ContractionPlan& plan, const Setting& s) {
  plan.rows = s.oriented.rows;
  plan.columns = s.oriented.columns;
  plan.depth = s.oriented.depth_size;
  if (plan.rows_vary) split_rows(plan, plan.tile_rows);
  if (plan.columns_vary) {
    split_columns(plan);
    plan.chunks = divide_up(plan.panels, plan.chunk_panels);
  }
  if (plan.depth_varies) plan.depth_blocks = std::max<std::int64_t>(divide_up(plan.depth, plan.depth_block), 1);
  plan.store_stride = s.epilogue.row_stride;
  plan.items = s.oriented.batches * plan.chunks * plan.row_tiles;
}

}  // namespace

ContractionPlan plan_contraction(const Contraction& c, const ContractionTarget& target) {
  if (c.batch_size == 0 || c.m_size == 0 || c.n_size == 0) return {};
  std::optional<Choice> best;
  const Contraction usual = of_usual_sizes(c);
  for (const bool swaps : {false, true}) consider_orientation(best, usual, swaps, target);

  ContractionPlan plan = best->plan;
  const Setting s = setting_of(c, plan.swaps, target);
  if (plan.is_general) take_sizes(plan, s);
  lay_out_rows(plan, s);
  lay_out_columns(plan, s);
  group_tiles(plan, s);
  lay_out_scratch(plan, s);
  return plan;
}

}  // namespace tenon

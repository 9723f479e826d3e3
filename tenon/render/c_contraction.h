// Contractions as C text: products of matrices, batches of them, and everything that is lowered to one, with
// the operands' prologues and the result's epilogue inside.
//
// The scheme is that of Goto and van de Geijn ("Anatomy of High-Performance Matrix Multiplication", ACM TOMS
// 34, 2008): a tile of sums stays in registers while depth runs; rows of the tile are broadcast, columns lie
// in vector lanes.
//
//   for each (batch entry, chunk of columns, tiles of rows) of this thread
//     for each block of depth
//       pack the chunk of b          [panel][depth][panel columns]     fits in L2
//       for each group of row tiles
//         pack the group of a        [tile][depth][tile rows], or rows, or not at all
//         for each tile, each panel: tile += a b;  after the last block: epilogue
//
// The sum over depth has one order, whatever the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tenon/kernel/kernel.h"

namespace tenon {

/// What the choice of tiles depends on.
struct ContractionTarget {
  int vector_bytes = 64;  // of a vector register: 16, 32 or 64
  std::size_t l1_bytes = 32 << 10;
  std::size_t l2_bytes = 1 << 20;
  int threads = 1;  // that usually run the kernel; work is cut so that it spreads evenly over them
};

/// How an operand reaches the registers.
enum class OperandSource : std::uint8_t {
  direct,        // read where it lies: an affine load
  copied_lanes,  // a plain load with unit stride along m or n: packed by vector copies
  copied_depth,  // a plain load with unit stride along depth: rows are copied, columns transposed
  computed,      // anything else: evaluated element by element
};

/// What forms a tile of sums.
enum class TileKernel : std::uint8_t {
  outer,  // for each k: rows (broadcast) times columns (vectors)
  dot,    // for each row and column: vectors along depth; for products with few columns
};

/// How a contraction runs. "Rows" are m and "columns" n unless `swaps` exchanges them.
struct ContractionPlan {
  bool swaps = false;
  TileKernel tile_kernel = TileKernel::outer;
  int lanes = 1;  // elements of a vector
  std::int64_t rows = 0, columns = 0;

  // Row tiles: the first `tall_tiles` have `tile_rows` rows, the others one less.
  std::int64_t tile_rows = 1, row_tiles = 0, tall_tiles = 0;
  // Column panels of `panel_columns`; the last one has `last_columns` in `last_vectors` vectors.
  int panel_vectors = 1, last_vectors = 1;
  std::int64_t panel_columns = 1, panels = 0, last_columns = 0;
  std::int64_t chunks = 1, chunk_panels = 1;  // panels that are packed together

  std::int64_t depth = 0, depth_block = 0, depth_blocks = 1;
  std::int64_t group_tiles = 1;  // row tiles that are packed together
  std::int64_t block_tiles = 1;  // row tiles whose partial sums are kept at a time

  OperandSource row_source = OperandSource::direct, column_source = OperandSource::direct;
  // Distances in elements, as the tile kernel sees the operands, packed or not.
  std::int64_t row_stride = 0, row_depth_stride = 0;        // of a: along rows and along depth
  std::int64_t column_stride = 0, column_depth_stride = 0;  // of b
  std::int64_t packed_tile_elements = 0;                    // from one packed row tile to the next
  bool packs_rows_by_lane = false;                          // a's tiles as [depth][row] rather than [row][depth]
  bool transposes_columns = false;                          // b comes in runs along depth
  bool stores_directly = false;   // the epilogue is one plain store with unit stride along columns
  std::int64_t store_stride = 0;  // then: along rows

  // Sizes that the text takes as they come: tiles of one height and panels of one width, the last ones partly used;
  // blocks of depth of one length.
  bool rows_vary = false, columns_vary = false, depth_varies = false;
  bool is_general = false;  // any of them, or the number of batch entries: nothing is read where it lies

  bool continues_sums() const { return depth_blocks > 1 || depth_varies; }
  std::int64_t last_rows() const { return rows - (row_tiles - 1) * tile_rows; }  // if rows vary

  std::int64_t items = 0;  // units that can run on different threads: batch entries * chunks * row tiles
  // Parts of the scratch memory, in bytes.
  std::size_t packed_columns_offset = 0, packed_rows_offset = 0, sums_offset = 0;
  std::size_t scratch_bytes = 0;  // for each thread, 4096-byte aligned
};

/// Chooses tiles and blocks. The choice depends on shapes, layouts and `target` only.
ContractionPlan plan_contraction(const Contraction& contraction, const ContractionTarget& target);

/// The C text of a kernel whose body is a Contraction: one function named `kernel.name` with the signature of
/// KernelFunction (runtime/kernel_abi.h), and its static helpers, whose names start with that name. It needs
/// the kernels' prelude in front, `plan_contraction(...).scratch_bytes` of scratch, and no barrier. Reads up
/// to 63 bytes behind the last element of an operand.
std::string render_contraction_c(const Kernel& kernel, const ContractionTarget& target);

}  // namespace tenon

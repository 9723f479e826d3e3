// Row programs: one loop over rows; within a row, the loops of all anchors of the group, merged where they
// run over the same extent and none needs another's result before it is complete.
#include <algorithm>
#include <map>

#include "tenon/schedule/lower.h"

namespace tenon {
namespace {

// Roles of loop variables.
constexpr int inner_role = 0, row_role = 1, outer_role = 2, reduced_role = 3;

// Longest run of results that a reduction by columns keeps at once.
constexpr std::int64_t most_column_results = 4096;

// One anchor's part in a row.
struct Piece {
  enum class Form : std::uint8_t {
    scalar,            // one value a row
    elementwise,       // `outer` x `inner` values a row
    row_reduction,     // `outer` results, each over reduced_outer x inner terms
    column_reduction,  // outer x inner results, each over reduced_outer terms
  };
  NodeId id;
  Form form;
  std::int64_t row_size;  // results in a row
  std::int64_t outer = 1, inner = 1, reduced_outer = 1;
  Expr value = nullptr;     // or the term, in the variables of the piece's loops
  Expr position = nullptr;  // of the result within the row
  int local = -1;           // scalar or array, if it has one
};

// Pieces that share a loop, or a single scalar.
struct Block {
  std::int64_t extent = 0;  // of the shared loop; 0: not shared
  std::vector<std::size_t> pieces;
};

class RowLowering {
 public:
  RowLowering(KernelBuilder& builder, const Group& group)
      : builder_(builder),
        pool_(builder.pool()),
        rows_(group.row_counts.back()),
        row_(builder.variable(rows_, row_role)) {
    for (NodeId id : group.anchors) {
      number_of_[id] = pieces_.size();
      pieces_.push_back(make_piece(id));
    }
  }

  Statements run() {
    for (std::size_t i = 0; i < pieces_.size(); ++i) place(i);
    choose_locals();
    Statements body;
    for (const Block& block : blocks_) emit(block, body);
    if (pieces_.size() == 1 && rows_ == 1) return shared_out(std::move(body));
    if (rows_ == 1) return body;
    return {{Loop{Loop::Kind::parallel, row_, pool_.integer(0), pool_.integer(rows_), std::move(body)}}};
  }

 private:
  Piece make_piece(NodeId id) {
    const GraphNode& node = builder_.node(id);
    Piece piece{.id = id, .form = Piece::Form::scalar, .row_size = node.shape.elements() / rows_};
    const std::span<const std::int64_t> columns = column_axes(id);
    if (builder_.anchors().kind[id] == AnchorKind::elementwise) {
      if (piece.row_size != 1) {
        piece.form = Piece::Form::elementwise;
        const AxisSplit split = split_axes(pool_, columns, [&](const Index& index) {
          return std::vector<Expr>{builder_.values().compute(id, full_index(id, index))};
        });
        piece.outer = split.outer;
        piece.inner = split.inner;
      }
    } else {
      make_reduction(piece, columns);
    }
    set_value(piece);
    builder_.count_work(operations_of(piece.value) *
                        static_cast<double>(rows_ * piece.outer * piece.inner * piece.reduced_outer));
    return piece;
  }

  void make_reduction(Piece& piece, std::span<const std::int64_t> columns) {
    const Shape reduced = reduced_shape(builder_.graph(), piece.id);
    if (reduction_form(builder_.graph(), builder_.anchors(), piece.id) == ReductionForm::column && piece.row_size > 1) {
      piece.form = Piece::Form::column_reduction;
      piece.reduced_outer = reduced.elements();
      Index any_reduced(static_cast<std::size_t>(reduced.rank()), pool_.integer(0));
      AxisSplit split = split_axes(pool_, columns, [&](const Index& index) {
        return std::vector<Expr>{builder_.values().compute(piece.id, full_index(piece.id, index), any_reduced)};
      });
      // Few enough results to stay in cache while the terms stream by; at least two runs, if possible, to
      // share out.
      while (split.inner > most_column_results || (split.outer == 1 && rows_ == 1 && split.inner >= 64)) {
        std::int64_t divisor = 2;
        while (divisor < split.inner && split.inner % divisor != 0) ++divisor;
        if (divisor > 64 || split.inner / divisor < 16 || builder_.varies(split.inner)) break;
        split.inner /= divisor;
        split.outer *= divisor;
      }
      piece.outer = split.outer;
      piece.inner = split.inner;
      return;
    }
    piece.form = Piece::Form::row_reduction;
    piece.outer = piece.row_size;
    const Index kept = column_index(columns, builder_.variable(piece.outer, outer_role));
    const AxisSplit split = split_axes(pool_, reduced, [&](const Index& index) {
      return std::vector<Expr>{builder_.values().compute(piece.id, full_index(piece.id, kept), index)};
    });
    piece.reduced_outer = split.outer;
    piece.inner = split.inner;
  }

  // Axes of a node behind those that the row number covers.
  std::span<const std::int64_t> column_axes(NodeId id) const {
    const Shape& shape = builder_.node(id).shape;
    int axes = 0;
    for (std::int64_t product = 1; product < rows_; ++axes) product *= shape[axes];
    return std::span<const std::int64_t>(shape).subspan(static_cast<std::size_t>(axes));
  }

  Index column_index(std::span<const std::int64_t> columns, Expr position) {
    return delinearise(pool_, columns, position);
  }

  Index full_index(NodeId id, const Index& columns) {
    const Shape& shape = builder_.node(id).shape;
    const std::size_t axes = static_cast<std::size_t>(shape.rank()) - columns.size();
    Index index = delinearise(pool_, std::span<const std::int64_t>(shape).first(axes), row_);
    index.insert(index.end(), columns.begin(), columns.end());
    return index;
  }

  void set_value(Piece& piece) {
    const std::span<const std::int64_t> columns = column_axes(piece.id);
    const Expr outer = builder_.variable(piece.outer, outer_role), inner = builder_.variable(piece.inner, inner_role);
    const Expr reduced_outer = builder_.variable(piece.reduced_outer, reduced_role);
    const bool inner_is_reduced = piece.form == Piece::Form::row_reduction;
    piece.position = inner_is_reduced ? outer : pool_.add(pool_.multiply(outer, piece.inner), inner);
    Index reduced;
    if (builder_.anchors().kind[piece.id] == AnchorKind::reduction) {
      const Expr position =
          inner_is_reduced ? pool_.add(pool_.multiply(reduced_outer, piece.inner), inner) : reduced_outer;
      reduced = delinearise(pool_, reduced_shape(builder_.graph(), piece.id), position);
    }
    piece.value =
        builder_.values().compute(piece.id, full_index(piece.id, column_index(columns, piece.position)), reduced);
  }

  // The piece behind a load, if it belongs to this group.
  Piece* piece_of(Expr load) {
    const auto found = number_of_.find(builder_.node_of(load));
    return found == number_of_.end() ? nullptr : &pieces_[found->second];
  }

  // Where in its row a load reads.
  Expr column_of(Expr load, const Piece& source) {
    return pool_.add(load->terms[0], pool_.multiply(row_, -source.row_size));
  }

  // Whether pieces of this kind may share their inner loop with others.
  static std::int64_t shared_extent(const Piece& piece) {
    const bool one_loop = piece.outer == 1 && piece.reduced_outer == 1;
    const bool right_form = piece.form == Piece::Form::elementwise || piece.form == Piece::Form::row_reduction;
    return one_loop && right_form ? piece.inner : 0;
  }

  // Puts a piece into the first block that comes late enough, or into a new one at the end.
  void place(std::size_t number) {
    const Piece& piece = pieces_[number];
    const std::int64_t extent = shared_extent(piece);
    std::size_t earliest = 0;
    for_each_node(std::span(&piece.value, 1), [&](Expr e) {
      if (e->kind != ExprKind::load) return;
      const Piece* source = piece_of(e);
      if (!source) return;
      const std::size_t block = block_of_[static_cast<std::size_t>(source - pieces_.data())];
      const bool same_element = extent != 0 && source->form == Piece::Form::elementwise &&
                                shared_extent(*source) == extent &&
                                column_of(e, *source) == builder_.variable(extent, inner_role);
      earliest = std::max(earliest, block + (same_element ? 0 : 1));
    });
    std::size_t chosen = blocks_.size();
    for (std::size_t b = earliest; b < blocks_.size() && extent != 0; ++b)
      if (blocks_[b].extent == extent) {
        chosen = b;
        break;
      }
    if (chosen == blocks_.size()) blocks_.push_back({.extent = extent, .pieces = {}});
    blocks_[chosen].pieces.push_back(number);
    block_of_.push_back(chosen);
  }

  // Scalars live in local variables; other values that later blocks read, in memory where they are stored
  // anyway, else in local arrays.
  void choose_locals() {
    for (std::size_t reader = 0; reader < pieces_.size(); ++reader)
      for_each_node(std::span(&pieces_[reader].value, 1), [&](Expr e) {
        if (e->kind != ExprKind::load) return;
        Piece* source = piece_of(e);
        if (!source || source->local >= 0) return;
        const bool other_block = block_of_[static_cast<std::size_t>(source - pieces_.data())] != block_of_[reader];
        if (source->row_size == 1 || (other_block && !builder_.is_stored(source->id)))
          source->local = builder_.new_local();
      });
    for (Piece& piece : pieces_)
      if (piece.local < 0 && (piece.form == Piece::Form::row_reduction || piece.form == Piece::Form::column_reduction))
        piece.local = builder_.new_local();
  }

  // A piece's value with loads of the group's own anchors replaced by where these are at this point.
  Expr resolved(const Piece& piece, std::size_t block) {
    const auto key = std::pair(piece.id, block);
    if (const auto found = resolved_.find(key); found != resolved_.end()) return found->second;
    const Expr value = replace_loads(pool_, piece.value, [&](Expr load) -> Expr {
      const Piece* source = piece_of(load);
      if (!source) return nullptr;
      if (source->row_size == 1) return pool_.local(load->dtype, source->local);
      const std::size_t number = static_cast<std::size_t>(source - pieces_.data());
      if (block_of_[number] == block && source->form == Piece::Form::elementwise) return resolved(*source, block);
      if (builder_.is_stored(source->id)) return nullptr;
      return pool_.local(load->dtype, source->local, column_of(load, *source));
    });
    resolved_.emplace(key, value);
    return value;
  }

  DType dtype_of_piece(const Piece& piece) const { return builder_.node(piece.id).dtype; }
  Scalar combine_of(const Piece& piece) const {
    const GraphNode& node = builder_.node(piece.id);
    return node.op == Op::reduce ? node.scalar : Scalar::add;
  }
  Expr global_position(const Piece& piece, Expr column) {
    return pool_.add(pool_.multiply(row_, piece.row_size), column);
  }
  bool keeps_array(const Piece& piece) const {
    return piece.local >= 0 && !builder_.is_stored(piece.id) && piece.row_size > 1;
  }

  // Stores one finished result of a piece to wherever it has to go.
  void put(const Piece& piece, Expr column, Expr value, Statements& body) {
    if (keeps_array(piece)) body.push_back({Assign{.local = piece.local, .index = column, .value = value}});
    if (builder_.is_stored(piece.id)) body.push_back(builder_.store(piece.id, global_position(piece, column), value));
  }

  void emit(const Block& block, Statements& body) {
    const std::size_t number = static_cast<std::size_t>(&block - blocks_.data());
    for (std::size_t p : block.pieces) {
      const Piece& piece = pieces_[p];
      if (keeps_array(piece))
        body.push_back({Declare{.local = piece.local, .dtype = dtype_of_piece(piece), .size = piece.row_size}});
    }
    if (block.extent != 0) {
      emit_shared(block, number, body);
      return;
    }
    const Piece& piece = pieces_[block.pieces[0]];
    switch (piece.form) {
      case Piece::Form::scalar: emit_scalar(piece, number, body); break;
      case Piece::Form::elementwise: emit_elementwise(piece, number, body); break;
      case Piece::Form::row_reduction: emit_row_reduction(piece, number, body); break;
      case Piece::Form::column_reduction: emit_column_reduction(piece, number, body); break;
    }
  }

  void emit_scalar(const Piece& piece, std::size_t block, Statements& body) {
    Expr value = resolved(piece, block);
    if (piece.local >= 0) {
      body.push_back({Declare{.local = piece.local, .dtype = dtype_of_piece(piece), .initial = value}});
      value = pool_.local(dtype_of_piece(piece), piece.local);
    }
    if (builder_.is_stored(piece.id)) body.push_back(builder_.store(piece.id, row_, value));
  }

  // for inner: elementwise values and terms of reductions, side by side.
  void emit_shared(const Block& block, std::size_t number, Statements& body) {
    Statements inside;
    for (std::size_t p : block.pieces) {
      const Piece& piece = pieces_[p];
      const Expr value = resolved(piece, number);
      if (piece.form == Piece::Form::elementwise) {
        put(piece, builder_.variable(block.extent, inner_role), value, inside);
      } else {
        declare_sum(piece, body);
        inside.push_back(
            {Assign{.local = piece.local, .value = value, .combines = true, .combine = combine_of(piece)}});
      }
    }
    append_loop(Loop::Kind::simd, builder_.variable(block.extent, inner_role), block.extent, std::move(inside), body);
    for (std::size_t p : block.pieces) {
      const Piece& piece = pieces_[p];
      if (piece.form == Piece::Form::row_reduction && builder_.is_stored(piece.id))
        body.push_back(builder_.store(piece.id, row_, pool_.local(dtype_of_piece(piece), piece.local)));
    }
  }

  void declare_sum(const Piece& piece, Statements& body) {
    body.push_back({Declare{.local = piece.local,
                            .dtype = dtype_of_piece(piece),
                            .initial = identity_of(pool_, combine_of(piece), dtype_of_piece(piece))}});
  }

  void append_loop(Loop::Kind kind, Expr variable, std::int64_t extent, Statements inside, Statements& body) {
    if (inside.empty()) return;
    Loop loop{kind, variable, pool_.integer(0), pool_.integer(extent), std::move(inside)};
    if (extent == 1) {
      for (Statement& statement : loop.body) body.push_back(std::move(statement));
    } else if (kind == Loop::Kind::simd) {
      for (Statement& statement : hoisted(builder_, std::move(loop))) body.push_back(std::move(statement));
    } else {
      body.push_back({std::move(loop)});
    }
  }

  void emit_elementwise(const Piece& piece, std::size_t block, Statements& body) {
    Statements inner, outer;
    put(piece, piece.position, resolved(piece, block), inner);
    append_loop(Loop::Kind::simd, builder_.variable(piece.inner, inner_role), piece.inner, std::move(inner), outer);
    append_loop(Loop::Kind::serial, builder_.variable(piece.outer, outer_role), piece.outer, std::move(outer), body);
  }

  // for outer: sum = identity; for reduced_outer: for inner: combine; keep the sum
  void emit_row_reduction(const Piece& piece, std::size_t block, Statements& body) {
    // Scalar accumulators of a piece that also keeps an array need a variable of their own.
    Piece sum = piece;
    if (piece.row_size > 1) sum.local = builder_.new_local();
    Statements outer, reduced, inner;
    inner.push_back(
        {Assign{.local = sum.local, .value = resolved(piece, block), .combines = true, .combine = combine_of(piece)}});
    append_loop(Loop::Kind::simd, builder_.variable(piece.inner, inner_role), piece.inner, std::move(inner), reduced);
    declare_sum(sum, outer);
    append_loop(Loop::Kind::serial, builder_.variable(piece.reduced_outer, reduced_role), piece.reduced_outer,
                std::move(reduced), outer);
    put(piece, piece.position, pool_.local(dtype_of_piece(piece), sum.local), outer);
    append_loop(Loop::Kind::serial, builder_.variable(piece.outer, outer_role), piece.outer, std::move(outer), body);
  }

  // for outer: sums[inner] = identity; for reduced: for inner: combine into sums; keep them
  void emit_column_reduction(const Piece& piece, std::size_t block, Statements& body) {
    const int sums = builder_.new_local();
    const DType dtype = dtype_of_piece(piece);
    const Expr inner = builder_.variable(piece.inner, inner_role);
    Statements outer, start, terms, reduced, finish;
    outer.push_back({Declare{.local = sums, .dtype = dtype, .size = piece.inner}});
    start.push_back({Assign{.local = sums, .index = inner, .value = identity_of(pool_, combine_of(piece), dtype)}});
    append_loop(Loop::Kind::simd, inner, piece.inner, std::move(start), outer);
    terms.push_back({Assign{.local = sums,
                            .index = inner,
                            .value = resolved(piece, block),
                            .combines = true,
                            .combine = combine_of(piece)}});
    append_loop(Loop::Kind::simd, inner, piece.inner, std::move(terms), reduced);
    append_loop(Loop::Kind::serial, builder_.variable(piece.reduced_outer, reduced_role), piece.reduced_outer,
                std::move(reduced), outer);
    put(piece, piece.position, pool_.local(dtype, sums, inner), finish);
    append_loop(Loop::Kind::simd, inner, piece.inner, std::move(finish), outer);
    append_loop(Loop::Kind::serial, builder_.variable(piece.outer, outer_role), piece.outer, std::move(outer), body);
  }

  // A single row with a single loop over its results: that loop is what the threads share.
  Statements shared_out(Statements body) {
    for (Statement& statement : body)
      if (auto* loop = std::get_if<Loop>(&statement.what))
        if (loop->kind == Loop::Kind::serial && pieces_[0].outer > 1 &&
            loop->variable == builder_.variable(pieces_[0].outer, outer_role))
          loop->kind = Loop::Kind::parallel;
    return body;
  }

  KernelBuilder& builder_;
  ExprPool& pool_;
  std::int64_t rows_;
  Expr row_;
  std::vector<Piece> pieces_;
  std::map<NodeId, std::size_t> number_of_;
  std::vector<Block> blocks_;
  std::vector<std::size_t> block_of_;
  std::map<std::pair<NodeId, std::size_t>, Expr> resolved_;  // of a piece in a block
};

}  // namespace

Statements lower_rows(KernelBuilder& builder, const Group& group) {
  Statements flat = lower_flat(builder, group);
  return flat.empty() ? RowLowering(builder, group).run() : flat;
}

}  // namespace tenon

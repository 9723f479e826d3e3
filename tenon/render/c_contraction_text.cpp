#include "tenon/render/c_contraction_text.h"

#include <set>

namespace tenon {

ContractionText::ContractionText(const Kernel& k, const ContractionTarget& target)
    : kernel(k),
      contraction(std::get<Contraction>(k.body)),
      plan(plan_contraction(contraction, target)),
      oriented(orient(contraction, plan.swaps)),
      vector_bytes(target.vector_bytes),
      name(k.name),
      element(info(contraction.dtype).c_name),
      vector(k.name + "_vector"),
      memory(k.name + "_memory") {}

void ContractionText::append(std::string_view text) {
  out_.append(static_cast<std::size_t>(depth_) * 2, ' ');
  out_ += text;
  out_ += '\n';
}

void ContractionText::close(std::string_view tail) {
  --depth_;
  append("}" + std::string(tail));
}

void ContractionText::declare_buffers(std::span<const Expr> expressions, std::span<const Store> stores) {
  std::set<std::int64_t> used, written;
  for_each_node(expressions, [&](Expr e) {
    if (e->kind == ExprKind::load) used.insert(e->value);
  });
  for (const Store& store : stores) {
    const Expr parts[] = {store.index, store.value};
    for_each_node(std::span(parts), [&](Expr e) {
      if (e->kind == ExprKind::load) used.insert(e->value);
    });
    used.insert(store.buffer);
    written.insert(store.buffer);
  }
  for (const std::int64_t buffer : used) {
    const std::string_view type = info(kernel.buffers[static_cast<std::size_t>(buffer)].dtype).c_name;
    const std::string_view constness = written.contains(buffer) ? "" : "const ";
    line("{0}{1}* const b{2} = ({0}{1}*)arguments->buffers[{2}];", constness, type, buffer);
  }
}

CBlock ContractionText::block(CNames names) {
  indent_.assign(static_cast<std::size_t>(depth_) * 2, ' ');
  return CBlock(out_, indent_, next_temporary_, std::move(names));
}

CNames ContractionText::variables() const {
  return {{contraction.batch, "batch"}, {contraction.m, "m"}, {contraction.n, "n"}, {contraction.k, "k"}};
}

std::string ContractionText::first_row() const {
  return plan.rows_vary ? fmt::format("tile * {}", plan.tile_rows) : fmt::format("{}_row(tile)", name);
}

std::string ContractionText::rows() const {
  return plan.rows_vary
             ? fmt::format("tile == {} ? {} : {}", number(plan.row_tiles - 1), number(plan.last_rows()), plan.tile_rows)
             : fmt::format("{}_rows(tile)", name);
}

std::vector<std::int64_t> ContractionText::tile_heights() const {
  std::vector<std::int64_t> heights = {plan.tile_rows};
  if (plan.tall_tiles < plan.row_tiles) heights.push_back(plan.tile_rows - 1);
  return heights;
}

std::vector<int> ContractionText::panel_widths() const {
  std::vector<int> widths;
  if (plan.panels > 1 || plan.last_vectors == plan.panel_vectors) widths.push_back(plan.panel_vectors);
  if (plan.last_vectors != plan.panel_vectors) widths.push_back(plan.last_vectors);
  return widths;
}

}  // namespace tenon

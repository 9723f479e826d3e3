// Traversal of expressions; included by expr.h.
#pragma once

#include <unordered_set>

namespace tenon {

template <class Visit>
void for_each_node(std::span<const Expr> roots, Visit visit) {
  std::unordered_set<Expr> seen;
  const auto walk = [&](const auto& self, Expr expr) -> void {
    if (!seen.insert(expr).second) return;
    for (Expr term : expr->terms) self(self, term);
    visit(expr);
  };
  for (Expr root : roots) walk(walk, root);
}

}  // namespace tenon

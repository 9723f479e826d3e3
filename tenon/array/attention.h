// Attention.
#pragma once

#include <optional>

#include "tenon/array/array.h"

namespace tenon {

struct DotProductAttentionOptions {
  /// Broadcast to [..., heads, time, keys]. bool: where it is false, a key is not seen; floating: added to the scores.
  Array mask = {};
  bool causal = false;               ///< row t sees keys 0 to t only, beside what the mask says
  std::optional<double> scale = {};  ///< of the scores; 1 / sqrt(dim) by default
};

/// Scaled dot-product attention (Vaswani et al., arXiv:1706.03762, equation 1): softmax(query key^T * scale) value.
/// query [..., heads, time, dim], key [..., kv_heads, keys, dim], value [..., kv_heads, keys, out] -> [..., heads,
/// time, out]. heads is a multiple of kv_heads: query head h reads key head h / (heads / kv_heads), as PyTorch's
/// enable_gqa. Without heads, [time, dim] and [keys, dim] do.
///
/// A row that sees no key gives zeros and passes no gradient, as in PyTorch since 2.5. Throws ShapeError, and
/// DTypeError for a mask of integers or operands that are not floating.
Array scaled_dot_product_attention(const Array& query, const Array& key, const Array& value,
                                   const DotProductAttentionOptions& options = {},
                                   std::source_location where = std::source_location::current());

}  // namespace tenon

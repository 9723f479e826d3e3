// Attention of several heads, between projections.
#pragma once

#include "tenon/nn/dropout.h"

namespace tenon {

struct MultiHeadOptions {
  std::int64_t heads = 1;
  /// Each serves heads / key_value_heads query heads that follow each other: grouped-query attention (Ainslie et al.,
  /// arXiv:2305.13245). 0: as many as heads.
  std::int64_t key_value_heads = 0;
  /// The last query sees all keys, each one before it one key less.
  bool causal = false;
  /// Base of the rotary positions of queries and keys; 0: none.
  double rotary_base = 0;
  /// Of the weights after the softmax.
  Dropout dropout = {.rate = 0};
};

/// softmax(query * transpose(key) / sqrt(dim)) * value in each head (Vaswani et al., arXiv:1706.03762, section 3.2).
/// query: [..., time, heads * dim], key and value: [..., keys, key_value_heads * dim] -> as query. Throws ShapeError
/// where sizes do not fit or divide, ValueError for numbers of heads that do not divide.
Array multi_head_attention(const Array& query, const Array& key, const Array& value, const MultiHeadOptions& options,
                           std::source_location where = std::source_location::current());

}  // namespace tenon

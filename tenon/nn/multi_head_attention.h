// Attention of several heads, between projections.
#pragma once

#include "tenon/nn/dropout.h"
#include "tenon/tensor/contract.h"

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

namespace detail {

constexpr Mistake multi_head_mistake(const AxisList& query, const AxisList& key, const AxisList& value) {
  for (const AxisList* axes : {&query, &key, &value})
    if (axes->rank < 2) return mistake("attention: ", *axes, " is not [..., positions, heads * dim]");
  if (query.rank != key.rank || key.rank != value.rank)
    return mistake("attention: query ", query, ", key ", key, " and value ", value, " have not equally many axes");
  for (int i = 0; i < query.rank - 2; ++i)
    if (!unify(query[i], key[i]).fits)
      return mistake("attention: axis ", query[i], " of query ", query, " does not fit axis ", key[i], " of key ", key);
  for (int i = 0; i < key.rank; ++i)
    if (!unify(key[i], value[i]).fits)
      return mistake("attention: axis ", key[i], " of key ", key, " does not fit axis ", value[i], " of value ", value);
  return {};
}

}  // namespace detail

/// The same of tensors; the result has the axes of the query.
template <TensorType Query, TensorType Key, TensorType Value>
auto multi_head_attention(const Query& query, const Key& key, const Value& value, const MultiHeadOptions& options,
                          std::source_location where = std::source_location::current()) {
  detail::require<detail::unequal_types("attention", Query::dtype, Key::dtype)>();
  detail::require<detail::unequal_types("attention", Query::dtype, Value::dtype)>();
  detail::require<detail::multi_head_mistake(Query::axes, Key::axes, Value::axes)>();
  using Result = detail::TensorOf<typename Query::Element, Query::axes>;
  return Result::unchecked(multi_head_attention(query.array(), key.array(), value.array(), options, where));
}

}  // namespace tenon

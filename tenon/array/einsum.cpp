#include "tenon/array/einsum.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tenon/array/diagonal.h"
#include "tenon/array/movement.h"
#include "tenon/array/operand.h"
#include "tenon/array/reduction.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;
using Order = InlineVector<int, max_rank>;

bool has(std::string_view letters, char letter) { return letters.find(letter) != std::string_view::npos; }

int position(std::string_view letters, char letter) { return static_cast<int>(letters.find(letter)); }

// An operand, or the product so far, with one letter for each axis.
struct Lettered {
  std::string letters;
  Array array;
};

// The axes under an ellipsis have letters of their own, the last axis the last of them.
constexpr std::string_view ellipsis_letters = "\1\2\3\4\5\6\7\10";
static_assert(ellipsis_letters.size() == max_rank);
constexpr std::string_view ellipsis = "...";

void check_letters(std::string_view specification, std::string_view letters) {
  const std::size_t dots = letters.find(ellipsis);
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (i == dots) i += ellipsis.size();
    if (i == letters.size()) break;
    const char c = letters[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
      fail<ValueError>("einsum: '{}' in \"{}\"; axes are letters, and the result is spelled out after ->", c,
                       specification);
  }
}

// The terms of a specification: the operands' letters, and the result's.
std::pair<std::vector<std::string>, std::string> parse(std::string_view specification) {
  const std::size_t arrow = specification.find("->");
  if (arrow == std::string_view::npos) fail<ValueError>("einsum: no -> in \"{}\"; spell the result out", specification);
  const std::string_view output = specification.substr(arrow + 2);
  check_letters(specification, output);
  for (std::size_t i = 0; i < output.size(); ++i)
    if (output[i] != '.' && has(output.substr(0, i), output[i]))
      fail<ValueError>(R"(einsum: '{}' stands twice in the result of "{}")", output[i], specification);
  std::vector<std::string> inputs;
  std::string_view rest = specification.substr(0, arrow);
  while (true) {
    const std::size_t comma = rest.find(',');
    check_letters(specification, rest.substr(0, comma));
    inputs.emplace_back(rest.substr(0, comma));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  for (const char letter : output)
    if (std::none_of(inputs.begin(), inputs.end(), [&](const std::string& input) { return has(input, letter); }))
      fail<ValueError>("einsum: '{}' of the result is in no operand of \"{}\"", letter, specification);
  return {std::move(inputs), std::string(output)};
}

// The letters with an ellipsis spelled out, as so many axes.
std::string spelled_out(std::string letters, int axes) {
  if (const std::size_t dots = letters.find(ellipsis); dots != std::string::npos)
    letters.replace(dots, ellipsis.size(), ellipsis_letters.substr(ellipsis_letters.size() - std::size_t(axes)));
  return letters;
}

// How many axes an operand has under its ellipsis.
int axes_under_ellipsis(std::string_view specification, const std::string& letters, const Array& operand) {
  const bool open = letters.find(ellipsis) != std::string::npos;
  const int named = static_cast<int>(letters.size() - (open ? ellipsis.size() : 0));
  if (open ? named > operand.rank() : named != operand.rank())
    fail<ShapeError>(R"(einsum: "{}" of "{}" is not one letter for each axis of {})", letters, specification,
                     describe(operand.node()));
  return operand.rank() - named;
}

// Letters that stand twice: the diagonal of their axes.
void take_diagonals(std::string_view specification, Lettered& x) {
  for (std::size_t i = 0; i < x.letters.size(); ++i) {
    const char letter = x.letters[i];
    const std::size_t again = x.letters.find(letter, i + 1);
    if (again == std::string::npos) continue;
    const auto first = static_cast<int>(i), second = static_cast<int>(again);
    if (x.array.shape()[first] != x.array.shape()[second])
      fail<ShapeError>("einsum: '{}' of \"{}\" is {} and {} in one operand", letter, specification,
                       x.array.shape()[first], x.array.shape()[second]);
    x.array = diagonal(x.array, 0, first, second);
    x.letters.erase(again, 1);
    x.letters.erase(i, 1);
    x.letters += letter;
    i = static_cast<std::size_t>(-1);  // from the front again: positions have changed
  }
}

// Axes of size 1 under an ellipsis go where other operands have more: products repeat what lacks an axis.
void drop_broadcast_axes(std::span<Lettered> operands) {
  for (const char letter : ellipsis_letters) {
    const auto size_in = [&](const Lettered& x) {
      return has(x.letters, letter) ? x.array.shape()[position(x.letters, letter)] : 1;
    };
    if (std::all_of(operands.begin(), operands.end(), [&](const Lettered& x) { return size_in(x) == 1; })) continue;
    for (Lettered& x : operands) {
      if (!has(x.letters, letter) || size_in(x) != 1) continue;
      x.array = squeeze(x.array, position(x.letters, letter));
      x.letters.erase(x.letters.find(letter), 1);
    }
  }
}

// What a letter is called in an error.
std::string_view shown(const char& letter) {
  return has(ellipsis_letters, letter) ? ellipsis : std::string_view(&letter, 1);
}

void check_sizes(std::string_view specification, std::span<const Lettered> operands) {
  std::array<std::int64_t, 128> size_of_letter{};
  size_of_letter.fill(-1);
  for (const Lettered& operand : operands) {
    for (std::size_t i = 0; i < operand.letters.size(); ++i) {
      std::int64_t& known = size_of_letter[static_cast<unsigned char>(operand.letters[i])];
      const std::int64_t size = operand.array.shape()[static_cast<int>(i)];
      if (known != -1 && known != size)
        fail<ShapeError>("einsum: '{}' of \"{}\" is {} in {} and {} in another operand", shown(operand.letters[i]),
                         specification, size, describe(operand.array.node()), known);
      known = size;
    }
  }
}

// Sums over the letters that nothing else needs.
Lettered without_unneeded(const Lettered& x, std::string_view needed) {
  Lettered kept;
  Order summed;
  for (const char letter : x.letters) {
    if (has(needed, letter))
      kept.letters += letter;
    else
      summed.push_back(position(x.letters, letter));
  }
  kept.array = summed.empty() ? x.array : sum(x.array, Axes(std::span<const int>(summed)));
  return kept;
}

NodeRef arranged(const Lettered& x, std::string_view letters) {
  Order order;
  for (const char letter : letters) order.push_back(position(x.letters, letter));
  return build::permute(x.array.node_ref(), order);
}

// Sums over the letters that both have and nothing later needs.
Lettered product(const Lettered& a, const Lettered& b, std::string_view needed) {
  std::string batch, summed, a_only, b_only;
  for (const char letter : a.letters)
    (!has(b.letters, letter) ? a_only : has(needed, letter) ? batch : summed) += letter;
  for (const char letter : b.letters)
    if (!has(a.letters, letter)) b_only += letter;
  const NodeRef left = arranged(a, batch + a_only + summed), right = arranged(b, batch + b_only + summed);
  return {batch + a_only + b_only,
          Array(build::contract(left, right, static_cast<int>(batch.size()), static_cast<int>(summed.size())))};
}

}  // namespace

Array einsum(std::string_view specification, std::span<const Array> operands, std::source_location where) {
  const WhereScope scope(where);
  const auto [inputs, result_letters] = parse(specification);
  if (inputs.size() != operands.size())
    fail<ValueError>("einsum: \"{}\" is for {} operands, not {}", specification, inputs.size(), operands.size());
  DType dtype = operands[0].dtype();
  for (const Array& operand : operands) dtype = promote(dtype, operand.dtype());
  std::vector<Lettered> terms;
  terms.reserve(operands.size());
  int most_open = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const int open = axes_under_ellipsis(specification, inputs[i], operands[i]);
    most_open = std::max(most_open, open);
    terms.push_back({spelled_out(inputs[i], open), Array(build::cast(operands[i].node_ref(), dtype))});
    take_diagonals(specification, terms.back());
  }
  drop_broadcast_axes(terms);
  check_sizes(specification, terms);
  const std::string output = spelled_out(result_letters, most_open);

  // needed[i]: the letters of the result and of the operands from i on.
  std::vector<std::string> needed(terms.size() + 1, output);
  for (std::size_t i = terms.size(); i > 0; --i) needed[i - 1] = needed[i] + terms[i - 1].letters;
  Lettered result = without_unneeded(terms[0], needed[1]);
  for (std::size_t i = 1; i < terms.size(); ++i)
    result = product(result, without_unneeded(terms[i], needed[i + 1] + result.letters), needed[i + 1]);
  if (result.letters.size() != output.size())
    fail<ValueError>("einsum: the result of \"{}\" has {} axes, of which the operands have {}", specification,
                     output.size(), result.letters.size());
  return Array(arranged(result, output));
}

Array einsum(std::string_view specification, std::initializer_list<Array> operands, std::source_location where) {
  return einsum(specification, std::span(operands.begin(), operands.size()), where);
}

}  // namespace tenon

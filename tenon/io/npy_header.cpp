#include "tenon/io/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "tenon/core/error.h"
#include "tenon/io/nearest_name.h"

namespace tenon {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t version_end = magic.size() + 2;
constexpr std::uint64_t longest_header = 10'000;  // as numpy.load has it
constexpr std::size_t alignment = 64;             // of the data, as numpy.save has it
constexpr std::size_t room_for_growth = 21;       // digits that numpy.save leaves for the first axis to grow

// Kinds and sizes as NumPy writes them, behind the byte order.
struct TypeName {
  std::string_view name;
  DType dtype;
  std::size_t bytes;
};
constexpr TypeName type_table[] = {
    {"b1", DType::boolean, 1}, {"u1", DType::u8, 1},  {"i1", DType::i8, 1},  {"i2", DType::i16, 2},
    {"i4", DType::i32, 4},     {"u4", DType::u32, 4}, {"i8", DType::i64, 8}, {"f2", DType::f16, 2},
    {"f4", DType::f32, 4},     {"f8", DType::f64, 8},
};

// What NumPy calls the types that Arrays do not have, and what to do about them.
struct OtherType {
  std::string_view name;  // or its first letter
  std::string_view called;
  std::string_view advice;
};
constexpr OtherType other_types[] = {
    {"u2", "uint16", "save it as int32: a.astype('int32')"},
    {"u8", "uint64", "save it as int64 if its values fit: a.astype('int64')"},
    {"f12", "a long double", "save it as float64: a.astype('float64')"},
    {"f16", "a long double", "save it as float64: a.astype('float64')"},
    {"c", "complex", "save a.real and a.imag as two arrays"},
    {"O", "Python objects, a pickle, which is never run", "save its numbers as arrays of their own"},
    {"U", "text", "save numbers, for example the texts' indices from numpy.unique(a, return_inverse=True)"},
    {"S", "bytes", "save it as numbers: a.view('uint8')"},
    {"a", "bytes", "save it as numbers: a.view('uint8')"},
    {"V", "raw bytes (as NumPy writes bfloat16, too)", "save it as numbers: a.astype('float32') or a.view('uint8')"},
    {"M", "dates", "save them as numbers: a.astype('int64')"},
    {"m", "spans of time", "save them as numbers: a.astype('int64')"},
};

[[noreturn]] void fail(const std::string& origin, const std::string& what) {
  throw FormatError(fmt::format("{}: no .npy file: {}", origin, what));
}

[[noreturn]] void refuse_type(const std::string& origin, std::string_view type) {
  const std::string_view name = type.substr(type.find_first_of("<>|=") == 0 ? 1 : 0);
  for (const OtherType& other : other_types)
    if (name.starts_with(other.name))
      throw DTypeError(fmt::format("{}: its elements are {} ({}), which Arrays do not have; in NumPy, {}", origin,
                                   other.called, quoted_name(type), other.advice));
  throw DTypeError(
      fmt::format("{}: its elements are of type {}, which Arrays do not have; in NumPy, save them as one of bool, "
                  "uint8, int8, int16, int32, uint32, int64, float16, float32 and float64",
                  origin, quoted_name(type)));
}

// Reads the dictionary: three keys, each once, in any order, each with the one kind of value that it may have. Nothing
// nests, so nothing can grow.
class DictionaryReader {
 public:
  DictionaryReader(std::string_view text, bool may_have_long_suffix, const std::string& origin)
      : text_(text), may_have_long_suffix_(may_have_long_suffix), origin_(origin) {}

  NpyHeader read() {
    expect('{');
    while (!taken('}')) {
      const std::string_view key = quoted("a key in quotes or }");
      expect(':');
      if (key == "descr")
        once(type_, key, [&] { return type(); });
      else if (key == "fortran_order")
        once(fortran_order_, key, [&] { return boolean(); });
      else if (key == "shape")
        once(shape_, key, [&] { return shape(); });
      else
        fail_here(fmt::format("the unknown key {}", quoted_name(key)));
      if (taken(',')) continue;
      expect('}');
      break;
    }
    skip_spaces();
    if (place_ != text_.size()) fail_here("text behind the }");
    for (const auto& [there, key] :
         {std::pair(type_.has_value(), "descr"), std::pair(fortran_order_.has_value(), "fortran_order"),
          std::pair(shape_.has_value(), "shape")})
      if (!there) fail(origin_, fmt::format("its header has no {}", key));
    return header();
  }

 private:
  template <class Value, class Read>
  void once(std::optional<Value>& value, std::string_view key, Read read) {
    if (value) fail_here(fmt::format("{} is there twice", key));
    value = read();
  }

  NpyHeader header() const {
    NpyHeader header;
    const std::string_view order = type_->substr(0, 1), name = type_->substr(std::min<std::size_t>(1, type_->size()));
    const auto found = std::find_if(std::begin(type_table), std::end(type_table),
                                    [&](const TypeName& candidate) { return candidate.name == name; });
    // Only single bytes have no order.
    if (found == std::end(type_table) || !(order == "<" || order == ">" || (order == "|" && found->bytes == 1)))
      refuse_type(origin_, *type_);
    header.dtype = found->dtype;
    header.element_bytes = found->bytes;
    header.big_endian = order == ">";
    header.fortran_order = *fortran_order_;
    header.shape = *shape_;
    return header;
  }

  std::string_view type() {
    skip_spaces();
    if (place_ < text_.size() && (text_[place_] == '[' || text_[place_] == '('))
      throw DTypeError(
          fmt::format("{}: its elements are records of several fields, which Arrays do not have; in "
                      "NumPy, save each field as an array of its own: a['field']",
                      origin_));
    return quoted("a type in quotes");
  }

  bool boolean() {
    skip_spaces();
    for (const auto& [word, value] :
         {std::pair(std::string_view("False"), false), std::pair(std::string_view("True"), true)})
      if (text_.substr(place_).starts_with(word)) {
        place_ += word.size();
        return value;
      }
    fail_expected("True or False");
  }

  // A tuple: (), (3,), (3, 4), (3, 4,).
  Shape shape() {
    expect('(');
    Shape sizes;
    bool comma = true;  // before the next size
    while (!taken(')')) {
      if (!comma) fail_expected("a comma or )");
      if (sizes.rank() == max_rank) fail(origin_, fmt::format("its shape has more than {} axes", max_rank));
      sizes.push_back(size());
      comma = taken(',');
    }
    if (sizes.rank() == 1 && !comma) fail_here("a number in parentheses, which is no shape");
    return sizes;
  }

  std::int64_t size() {
    skip_spaces();
    std::int64_t value = 0;
    const std::size_t start = place_;
    for (; place_ < text_.size() && text_[place_] >= '0' && text_[place_] <= '9'; ++place_)
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text_[place_] - '0', &value))
        fail_here("a size that does not fit in 63 bits");
    if (place_ == start) fail_expected("a size, a whole number that is not negative");
    // Python 2 wrote its long integers so.
    if (may_have_long_suffix_ && place_ < text_.size() && text_[place_] == 'L') ++place_;
    return value;
  }

  std::string_view quoted(std::string_view what) {
    skip_spaces();
    const char quote = place_ < text_.size() ? text_[place_] : '\0';
    if (quote != '\'' && quote != '"') fail_expected(what);
    const std::size_t end = text_.find_first_of(std::string{quote, '\\', '\n'}, place_ + 1);
    if (end == std::string_view::npos || text_[end] != quote) fail_here("text in quotes that does not end, or escapes");
    const std::string_view inside = text_.substr(place_ + 1, end - place_ - 1);
    place_ = end + 1;
    return inside;
  }

  void skip_spaces() { place_ = std::min(text_.find_first_not_of(" \t\r\n", place_), text_.size()); }
  bool taken(char c) {
    skip_spaces();
    if (place_ == text_.size() || text_[place_] != c) return false;
    ++place_;
    return true;
  }
  void expect(char c) {
    if (!taken(c)) fail_expected({&c, 1});
  }
  [[noreturn]] void fail_expected(std::string_view what) const {
    if (place_ == text_.size()) fail(origin_, fmt::format("its header ends where {} belongs", what));
    fail_here(fmt::format("{} where {} belongs", quoted_name(text_.substr(place_, 1)), what));
  }
  [[noreturn]] void fail_here(const std::string& what) const {
    fail(origin_, fmt::format("its header has, at character {}, {}", place_, what));
  }

  std::string_view text_;
  bool may_have_long_suffix_;
  const std::string& origin_;
  std::size_t place_ = 0;
  std::optional<std::string_view> type_;
  std::optional<bool> fortran_order_;
  std::optional<Shape> shape_;
};

// Bytes of the data; nothing when that is no number of bytes that a memory could have. Zero sizes are skipped at
// first, so that they hide no overflow.
std::optional<std::uint64_t> data_bytes(const NpyHeader& header) {
  auto bytes = static_cast<std::int64_t>(header.element_bytes);
  for (const std::int64_t size : header.shape)
    if (size != 0 && __builtin_mul_overflow(bytes, size, &bytes)) return {};
  if (bytes > std::int64_t{1} << 59) return {};  // what checked_shape takes of any type
  return std::count(header.shape.begin(), header.shape.end(), 0) > 0 ? 0 : static_cast<std::uint64_t>(bytes);
}

}  // namespace

std::size_t npy_header_bytes(std::span<const std::byte> start, std::uint64_t file_bytes, const std::string& origin) {
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  if (!text.starts_with(magic))
    fail(origin,
         text.starts_with("PK\3\4") ? "it is a zip file; load_npz reads those" : "it does not start with \\x93NUMPY");
  const auto byte = [&](std::size_t place) -> std::size_t { return static_cast<unsigned char>(text[place]); };
  const auto need = [&](std::size_t bytes) {
    if (text.size() < bytes)
      fail(origin, fmt::format("it has {} bytes, and magic, version and length alone take {}", text.size(), bytes));
  };
  need(version_end);
  const std::size_t major = byte(magic.size()), minor = byte(magic.size() + 1);
  if (major < 1 || major > 3 || minor != 0)
    fail(origin, fmt::format("its version is {}.{}; 1.0, 2.0 and 3.0 are known", major, minor));
  const std::size_t length_bytes = major == 1 ? 2 : 4, length_end = version_end + length_bytes;
  need(length_end);
  std::uint64_t length = 0;  // little-endian
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::uint64_t{byte(version_end + i)} << 8 * i;
  if (length > longest_header)
    fail(origin, fmt::format("its header claims {} bytes; at most {} are allowed", length, longest_header));
  if (length > file_bytes - length_end)
    fail(origin, fmt::format("its header claims {} bytes, and {} are there: the file is cut short", length,
                             file_bytes - length_end));
  return length_end + static_cast<std::size_t>(length);
}

NpyHeader parse_npy_header(std::span<const std::byte> header, std::uint64_t file_bytes, const std::string& origin) {
  const auto major = std::to_integer<std::size_t>(header[magic.size()]);
  const std::size_t start = version_end + (major == 1 ? 2 : 4);
  const std::string_view text(reinterpret_cast<const char*>(header.data()) + start, header.size() - start);
  NpyHeader read = DictionaryReader(text, major != 3, origin).read();
  read.header_bytes = header.size();
  const std::optional<std::uint64_t> bytes = data_bytes(read);
  if (!bytes) fail(origin, fmt::format("an array of shape {} fits in no memory", to_string(read.shape)));
  read.data_bytes = *bytes;
  const std::uint64_t there = file_bytes - header.size();
  const std::string claim =
      fmt::format("shape {} of {} bytes each takes {}", to_string(read.shape), read.element_bytes, read.data_bytes);
  if (there < read.data_bytes) fail(origin, fmt::format("{}, and {} are there: the file is cut short", claim, there));
  if (there > read.data_bytes)
    fail(origin, fmt::format("{}, and {} are there; several arrays belong in a .npz file", claim, there));
  return read;
}

std::string render_npy_header(DType dtype, const Shape& shape) {
  const auto* type = std::find_if(std::begin(type_table), std::end(type_table),
                                  [&](const TypeName& candidate) { return candidate.dtype == dtype; });
  if (type == std::end(type_table))
    throw DTypeError(fmt::format("npy: NumPy has no {}; convert it with astype, to float32", name(dtype)));
  std::string sizes;
  for (const std::int64_t size : shape) sizes += fmt::format("{}{}", sizes.empty() ? "" : ", ", size);
  if (shape.rank() == 1) sizes += ',';
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                 type->bytes == 1 ? '|' : '<', type->name, sizes);
  if (shape.rank() > 0) text.append(room_for_growth - fmt::formatted_size("{}", shape[0]), ' ');
  // Spaces and a newline up to the alignment; a whole stretch when it ends there anyway, as numpy.save has it.
  const std::size_t before = version_end + 2;
  text.append(alignment - (before + text.size() + 1) % alignment, ' ');
  text += '\n';
  std::string header(magic);
  header.append({'\1', '\0', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)});
  return header + text;
}

}  // namespace tenon

// Tables as comma-separated text, one row at a time, as RFC 4180 has it.
#pragma once

#include <concepts>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tenon {

struct CsvOptions {
  bool flush_every_row = true;  // another program may follow the file while it grows
};

/// Writes a header, then rows of the same length. Numbers are printed with the fewest digits that
/// read back as the same value; text is quoted where it must be. Every write is checked: a full disk or
/// a vanished directory throws FileError with the path and the system's reason.
class CsvWriter {
 public:
  /// Replaces the file at `path`, whose directory must exist.
  CsvWriter(std::string path, std::initializer_list<std::string_view> columns, CsvOptions options = {});
  CsvWriter(CsvWriter&&) = default;
  CsvWriter& operator=(CsvWriter&&) = default;

  /// One value, a number or text, for each column. Throws ValueError when the count differs.
  template <class... Values>
  void row(const Values&... values) {
    write_row({field(values)...});
  }

  void flush();
  /// Flushes and closes. Without it the destructor closes, and an error at that point goes unseen.
  void close();

  const std::string& path() const { return path_; }

 private:
  template <class T>
  static std::string field(const T& value) {
    if constexpr (std::is_same_v<T, bool>)
      return value ? "1" : "0";
    else if constexpr (std::is_same_v<T, char>)
      return std::string(1, value);
    else if constexpr (std::signed_integral<T>)
      return digits(static_cast<long long>(value));
    else if constexpr (std::unsigned_integral<T>)
      return digits(static_cast<unsigned long long>(value));
    else if constexpr (std::floating_point<T>)
      return digits(value);
    else
      return quoted(value);
  }
  static std::string digits(long long value);
  static std::string digits(unsigned long long value);
  static std::string digits(float value);
  static std::string digits(double value);
  static std::string digits(long double value);
  static std::string quoted(std::string_view text);
  void write_row(const std::vector<std::string>& fields);
  void write_line(const std::string& line);
  [[noreturn]] void fail(std::string_view what) const;

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  CsvOptions options_;
  std::size_t columns_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace tenon

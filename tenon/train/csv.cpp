#include "tenon/train/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>

#include "tenon/core/error.h"

namespace tenon {

CsvWriter::CsvWriter(std::string path, std::initializer_list<std::string_view> columns, CsvOptions options)
    : path_(std::move(path)), options_(options), columns_(columns.size()), file_(std::fopen(path_.c_str(), "wb")) {
  if (columns_ == 0) throw ValueError(fmt::format("csv {}: a table needs at least one column", path_));
  if (!file_) fail("cannot open it for writing");
  std::vector<std::string> header;
  for (std::string_view name : columns) header.push_back(quoted(name));
  write_row(header);
}

std::string CsvWriter::digits(long long value) { return fmt::format("{}", value); }
std::string CsvWriter::digits(unsigned long long value) { return fmt::format("{}", value); }
std::string CsvWriter::digits(float value) { return fmt::format("{}", value); }
std::string CsvWriter::digits(double value) { return fmt::format("{}", value); }
std::string CsvWriter::digits(long double value) { return fmt::format("{}", value); }

std::string CsvWriter::quoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string result = "\"";
  for (char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

void CsvWriter::write_row(const std::vector<std::string>& fields) {
  if (!file_) throw FileError(fmt::format("csv {}: a row after close()", path_));
  if (fields.size() != columns_)
    throw ValueError(fmt::format("csv {}: a row of {} values for {} columns", path_, fields.size(), columns_));
  write_line(fmt::format("{}\n", fmt::join(fields, ",")));
}

void CsvWriter::write_line(const std::string& line) {
  errno = 0;
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) fail("cannot write to it");
  if (options_.flush_every_row) flush();
}

void CsvWriter::flush() {
  errno = 0;
  if (file_ && std::fflush(file_.get()) != 0) fail("cannot write to it");
}

void CsvWriter::close() {
  if (!file_) return;
  errno = 0;
  if (std::fclose(file_.release()) != 0) fail("cannot write the rest of it");
}

void CsvWriter::fail(std::string_view what) const {
  throw FileError(fmt::format("csv {}: {}: {}", path_, what, std::strerror(errno)));
}

}  // namespace tenon

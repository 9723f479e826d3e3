#include "bench/harness.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace tenon::bench {

Row less_is_better(std::string work, std::string unit, double tenon, double peer, std::string peer_name,
                   double target) {
  return {std::move(work), std::move(unit), tenon, peer, std::move(peer_name), peer / tenon, target};
}

Row more_is_better(std::string work, std::string unit, double tenon, double peer, std::string peer_name,
                   double target) {
  return {std::move(work), std::move(unit), tenon, peer, std::move(peer_name), tenon / peer, target};
}

namespace {

constexpr std::size_t columns = 7;
using Line = std::array<std::string, columns>;

std::string significant(double value) { return std::isfinite(value) ? fmt::format("{:.4g}", value) : "-"; }
std::string fixed(double value) { return std::isfinite(value) ? fmt::format("{:.2f}", value) : "-"; }

Line cells(const Row& row) {
  // !(>=) rather than <, so that a ratio that is NaN counts as missed.
  const bool missed = row.target > 0 && !(row.ratio >= row.target);
  return {row.work,     significant(row.tenon), significant(row.peer),
          row.unit,     fixed(row.ratio),       row.target > 0 ? fixed(row.target) + (missed ? " missed" : "") : "-",
          row.peer_name};
}

}  // namespace

std::string Table::text() const {
  std::vector<Line> lines{{"work", "Tenon", "peer", "unit", "ratio", "target", "peer's name"}};
  for (const Row& row : rows_) lines.push_back(cells(row));

  std::array<std::size_t, columns> widths{};
  for (const Line& line : lines)
    for (std::size_t c = 0; c < columns; ++c) widths[c] = std::max(widths[c], line[c].size());

  std::string text;
  for (const Line& line : lines) {
    std::string row;
    for (std::size_t c = 0; c < columns; ++c) {
      const bool is_number = c == 1 || c == 2 || c == 4;
      row += is_number ? fmt::format("{:>{}}", line[c], widths[c]) : fmt::format("{:<{}}", line[c], widths[c]);
      row += "  ";
    }
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + '\n';
  }
  return text;
}

std::string Table::json() const {
  auto rows = nlohmann::ordered_json::array();
  for (const Row& row : rows_) {
    rows.push_back({{"work", row.work},
                    {"unit", row.unit},
                    {"tenon", row.tenon},
                    {"peer", row.peer},
                    {"peer_name", row.peer_name},
                    {"ratio", row.ratio},
                    {"target", row.target}});
  }
  return rows.dump(2) + '\n';
}

int Table::finish() const {
  fmt::print("{}", text());
  const std::filesystem::path folder = std::filesystem::path(TENON_SOURCE_DIR) / "out" / "bench";
  const std::filesystem::path file = folder / (name_ + ".json");
  std::error_code ignored;  // what went wrong shows when the file does not open
  std::filesystem::create_directories(folder, ignored);
  std::ofstream stream(file);
  stream << json();
  stream.close();
  if (!stream) {
    fmt::print(stderr, "bench: cannot write {}\n", file.string());
    return 1;
  }
  fmt::print("ratio above 1: Tenon is ahead; written to out/bench/{}.json\n", name_);
  return 0;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Medians alternate(int rounds, const std::function<double()>& tenon, const std::function<double()>& peer) {
  tenon();
  peer();
  std::vector<double> tenon_figures;
  std::vector<double> peer_figures;
  for (int round = 0; round < rounds; ++round) {
    if (round % 2 == 0) tenon_figures.push_back(tenon());
    peer_figures.push_back(peer());
    if (round % 2 == 1) tenon_figures.push_back(tenon());
  }
  return {median(std::move(tenon_figures)), median(std::move(peer_figures))};
}

double milliseconds_per_call(int iterations, const std::function<void()>& work) {
  work();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < iterations; ++i) work();
  const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count() / iterations;
}

int iterations_for(double milliseconds, const std::function<void()>& work) {
  int iterations = 1;
  while (iterations < 1'000'000) {
    const double per_call = milliseconds_per_call(iterations, work);
    if (per_call * iterations >= milliseconds / 4) return std::max(1, static_cast<int>(milliseconds / per_call));
    iterations *= 4;
  }
  return iterations;
}

}  // namespace tenon::bench

#include "tenon/plan/kernel_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace tenon {
namespace {

double median(std::vector<float> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return static_cast<double>(*middle);
}

}  // namespace

bool KernelTimes::wanted() {
  static const bool is_set = std::getenv("TENON_PROFILE") != nullptr;
  return is_set;
}

KernelTimes::KernelTimes(const Schedule& schedule) {
  for (const Kernel& kernel : schedule.kernels) {
    // Contractions carry their sizes in their name.
    std::string name = kernel.name;
    if (const auto* c = std::get_if<Contraction>(&kernel.body))
      name += fmt::format(" {}x{}x{}{}", c->m_size, c->n_size, c->k_size,
                          c->batch_size > 1 ? fmt::format(", {} times", c->batch_size) : "");
    lines_.push_back({std::move(name), kernel.operations, kernel.bytes, {}});
  }
}

KernelTimes::~KernelTimes() {
  if (!lines_.empty() && lines_[0].microseconds.size() > 1) fmt::print(stderr, "{}", table());
}

RunStatus KernelTimes::run(Device& device, std::span<const Launch> launches) {
  RunStatus status;
  for (std::size_t i = 0; i < launches.size(); ++i) {
    const auto start = std::chrono::steady_clock::now();
    const int code = device.run(launches.subspan(i, 1)).code;
    const std::chrono::duration<float, std::micro> took = std::chrono::steady_clock::now() - start;
    lines_[i].microseconds.push_back(took.count());
    if (status.code == 0 && code != 0) status = {code, i};
  }
  return status;
}

std::string KernelTimes::table() const {
  double total = 0;
  for (const Line& line : lines_) total += median(line.microseconds);
  std::string text = fmt::format("---- profile of {} kernels, {:.1f} us, medians of {} runs\n", lines_.size(), total,
                                 lines_[0].microseconds.size());
  text += fmt::format("{:>10} {:>6} {:>8} {:>8}\n", "us", "%", "Gop/s", "GB/s");
  for (const Line& line : lines_) {
    const double time = median(line.microseconds);
    text += fmt::format("{:10.1f} {:6.1f} {:8.1f} {:8.1f}  {}\n", time, 100 * time / total,
                        line.operations / time / 1e3, line.bytes / time / 1e3, line.name);
  }
  return text;
}

}  // namespace tenon

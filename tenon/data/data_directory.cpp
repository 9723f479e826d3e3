#include "tenon/data/data_directory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <sstream>
#include <system_error>

#include "tenon/core/error.h"
#include "tenon/data/known_data.h"
#include "tenon/data/sha256.h"
#include "tenon/runtime/process.h"
#include "tenon/runtime/text.h"

namespace tenon {
namespace {

namespace fs = std::filesystem;

// Slow lines and large files; a download that stalls is ended by the tools' own limits.
constexpr std::chrono::hours download_limit{2};

std::optional<std::string> cache_directory() {
  if (const auto folder = environment_variable("XDG_CACHE_HOME")) return *folder + "/tenon/data";
  if (const auto folder = environment_variable("HOME")) return *folder + "/.cache/tenon/data";
  return std::nullopt;
}

void check_name(std::string_view file) {
  const fs::path path(file);
  const bool inside = !file.empty() && path.is_relative() && path.has_filename() &&
                      std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; }) &&
                      file.find('\0') == std::string_view::npos;
  if (!inside) throw ValueError(fmt::format("data: '{}' is no path inside a data folder", file));
}

// Only a file that is a file: a folder of that name is none.
std::optional<std::string> found(std::string_view file) {
  for (const std::string& directory : data_directories()) {
    std::string path = fmt::format("{}/{}", directory, file);
    std::error_code none;
    if (fs::is_regular_file(path, none)) return path;
  }
  return std::nullopt;
}

std::string how_to_get(std::string_view file) {
  const KnownData* known = find_known_data(file);
  const auto cache = cache_directory();
  const std::string target = fmt::format("{}/{}", cache.value_or("DIRECTORY"), file);
  if (!known) return "put it there, or name the folder that has it in TENON_DATA";
  return fmt::format("name the folder that has it in TENON_DATA, or get it:\n  curl --create-dirs -fLo '{}' {}", target,
                     known->address);
}

// The first of the tools that PATH has.
std::optional<Command> download_command(const std::string& address, const std::string& target) {
  const auto in_path = [](const std::string& program) -> std::optional<std::string> {
    std::istringstream folders(environment_variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin"));
    for (std::string folder; std::getline(folders, folder, ':');) {
      std::string path = (folder.empty() ? "." : folder) + "/" + program;
      if (fs::is_regular_file(path) && access(path.c_str(), X_OK) == 0) return path;
    }
    return std::nullopt;
  };
  // The "=" forms and "--" keep an address from being taken for an option.
  if (const auto curl = in_path("curl"))
    return Command{*curl,
                   "--fail",
                   "--silent",
                   "--show-error",
                   "--location",
                   "--proto",
                   "=http,https,file",
                   "--connect-timeout",
                   "30",
                   "--speed-limit",
                   "1",
                   "--speed-time",
                   "60",
                   "--output",
                   target,
                   "--url",
                   address};
  if (const auto wget = in_path("wget"))
    return Command{*wget, "--no-verbose", "--timeout=60", "--tries=3", "--output-document=" + target, "--", address};
  return std::nullopt;
}

// A name beside the target, gone at the end unless it was renamed.
class PartialFile {
 public:
  explicit PartialFile(const std::string& target) {
    static std::atomic<unsigned> counter{0};
    path_ = fmt::format("{}.{}.{}.part", target, getpid(), counter++);
  }
  ~PartialFile() { unlink(path_.c_str()); }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void check_sum(const std::string& path, std::string_view sha256, std::string_view advice) {
  const std::string sum = sha256_of_file(path);
  if (sum != sha256)
    throw FormatError(fmt::format("{}: its SHA-256 is {}, and it should be {}; {}", path, sum, sha256, advice));
}

void download(std::string_view file, const std::string& address, std::string_view sha256, const std::string& target) {
  const auto fail = [&](std::string_view what) {
    throw FileError(fmt::format("{}: cannot be fetched from {}: {}", file, address, what));
  };
  std::error_code error;
  fs::create_directories(fs::path(target).parent_path(), error);
  if (error) fail(fmt::format("{}: {}", fs::path(target).parent_path().string(), error.message()));
  const PartialFile partial(target);
  const auto command = download_command(address, partial.path());
  if (!command) fail(fmt::format("PATH has neither curl nor wget; {}", how_to_get(file)));
  const ProcessResult result = run_processes({&*command, 1}, 1, download_limit).front();
  if (!result.succeeded()) {
    const std::string_view said = std::string_view(result.output).substr(0, result.output.find_last_not_of('\n') + 1);
    const std::string end = result.end == ProcessEnd::timed_out
                                ? fmt::format("not done after {} h", download_limit.count())
                                : describe_end(result, download_limit);
    fail(fmt::format("{}: {}{}{}", command->front(), said, said.empty() ? "" : "; ", end));
  }
  check_sum(partial.path(), sha256, fmt::format("{} holds something else, and it was removed", address));
  if (std::rename(partial.path().c_str(), target.c_str()) != 0)
    fail(fmt::format("{}: {}", target, system_error_text(errno)));
}

}  // namespace

std::vector<std::string> data_directories() {
  std::vector<std::string> directories;
  if (const auto folder = environment_variable("TENON_DATA")) directories.push_back(*folder);
  if (const auto folder = cache_directory()) directories.push_back(*folder);
  return directories;
}

std::string find_data(std::string_view file) {
  check_name(file);
  if (auto path = found(file)) return *path;
  std::string places;
  for (const std::string& directory : data_directories()) places += fmt::format("\n  {}/{}", directory, file);
  if (places.empty()) places = "\n  nowhere: TENON_DATA, XDG_CACHE_HOME and HOME are all unset";
  throw FileError(fmt::format("data file '{}' is missing; {}\nLooked at:{}", file, how_to_get(file), places));
}

std::string fetch(std::string_view file, std::string_view address, std::string_view sha256) {
  check_name(file);
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (sha256.size() != 64 || !std::all_of(sha256.begin(), sha256.end(), is_digit))
    throw ValueError(fmt::format("fetch: '{}' is no SHA-256: 64 hexadecimal digits in lower case", sha256));
  constexpr std::string_view schemes[] = {"https://", "http://", "file://"};
  if (std::none_of(std::begin(schemes), std::end(schemes), [&](auto scheme) { return address.starts_with(scheme); }))
    throw ValueError(fmt::format("fetch: '{}' is no address that starts with https://, http:// or file://", address));

  if (const auto path = found(file)) {
    check_sum(*path, sha256, "remove it to have it fetched again");
    return *path;
  }
  const auto cache = cache_directory();
  if (!cache)
    throw FileError(fmt::format("{}: there is no place to fetch it to: XDG_CACHE_HOME and HOME are unset", file));
  const std::string target = fmt::format("{}/{}", *cache, file);
  download(file, std::string(address), sha256, target);
  return target;
}

std::string fetch(std::string_view file) {
  const KnownData* known = find_known_data(file);
  if (!known)
    throw ValueError(fmt::format("fetch: '{}' is not among the known data; give an address and a SHA-256", file));
  return fetch(file, known->address, known->sha256);
}

}  // namespace tenon

// Whole files in and out, and folders that go away by themselves.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tenon {

/// Nothing when it cannot be read; errno says why.
std::optional<std::string> read_file(const std::string& path);

/// Makes or replaces a file. False, with errno, when not all of it could be written; what was is
/// removed.
bool write_file(const std::string& path, std::string_view contents);

/// A folder of this process alone, under TMPDIR or the usual places, removed with all in it at the
/// end unless it is kept. Throws FileError when none can be made.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

}  // namespace tenon

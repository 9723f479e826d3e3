// Where data sets lie, and how they get there.
//
// A data file is called by its path inside a data folder, as in "mnist/t10k-images-idx3-ubyte.gz". The folders, in the
// order in which they are looked at:
//   1. that which the environment variable TENON_DATA names; never written to
//   2. tenon/data in the user's cache folder ($XDG_CACHE_HOME, else $HOME/.cache); downloads go here
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tenon {

/// The folders, whether they exist or not. Empty when none of the variables above is set.
std::vector<std::string> data_directories();

/// The path of a data file. Throws FileError when no folder has it, which says where it was looked for and how to get
/// it; ValueError for a name that is no path inside a folder: absolute, empty, or with "..".
std::string find_data(std::string_view file);

/// The path of a data file with this SHA-256 (64 hexadecimal digits): found as `find_data` does, or else downloaded
/// from `address` with curl or wget and kept when its sum is right. It appears complete or not at all, so processes
/// may fetch at the same time.
///
/// Throws FileError when it cannot be downloaded or written; FormatError when what was found or downloaded has another
/// sum: what was downloaded is then removed, what was found is left alone. Throws ValueError as `find_data`, and for an
/// address that is not http, https or file, or a sum that is none.
std::string fetch(std::string_view file, std::string_view address, std::string_view sha256);

/// The same for a file of `known_data`. Throws ValueError for others.
std::string fetch(std::string_view file);

}  // namespace tenon

// An array and its name in a file.
#pragma once

#include <string>

#include "tenon/array/array.h"

namespace tenon {

/// An array and what it is called in a file.
struct NamedArray {
  std::string name;
  Array array;
};

}  // namespace tenon

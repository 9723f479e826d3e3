// The lock of all traversals. Apart from node.h, which every user includes: <mutex> is dear to compile.
#pragma once

#include <mutex>

namespace tenon {

/// Guards the nodes' scratch fields and become_leaf and keep_value.
std::recursive_mutex& graph_mutex();

}  // namespace tenon

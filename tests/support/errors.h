// Checks of typed errors and of what they say.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>

#include "tenon/core/error.h"

namespace tenon::testing {

/// `call` throws an E whose message contains all of `parts`.
template <class E, class F>
void expect_error(F call, std::initializer_list<std::string_view> parts) {
  try {
    call();
    ADD_FAILURE() << "no error";
  } catch (const E& error) {
    for (const std::string_view part : parts)
      EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos)
          << "'" << part << "' in: " << error.what();
  }
}

}  // namespace tenon::testing

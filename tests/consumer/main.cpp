#include <tenon/core/error.h>
#include <tenon/core/shape.h>

#include <array>
#include <cstdint>
#include <cstdio>

int main() {
  const std::array<std::int64_t, 2> sizes{128, 64};
  const tenon::Shape shape = tenon::checked_shape("consumer", sizes);
  std::printf("%s has %lld elements\n", tenon::to_string(shape).c_str(),
              static_cast<long long>(shape.elements()));
  try {
    tenon::checked_axis("consumer", shape, 2);
  } catch (const tenon::ShapeError& error) {
    std::puts(error.what());
  }
}

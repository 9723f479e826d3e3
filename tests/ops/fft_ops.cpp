// Rows of the op table: Fourier transforms and complex numbers. Complex inputs and results are [..., 2].
#include <fmt/format.h>

#include "tenon/array/ops.h"
#include "tests/ops/op_table.h"

namespace tenon::testing {
namespace {

using Inputs = const std::vector<Array>&;

const std::pair<FftNorm, const char*> norms[] = {
    {FftNorm::backward, "backward"}, {FftNorm::ortho, "ortho"}, {FftNorm::forward, "forward"}};

using Transform = std::function<Array(const Array&, const FftOptions&)>;

// A transform of complex or real numbers, and PyTorch's function between the views that its operand and result need.
struct TransformRow {
  const char* name;
  bool takes_complex, gives_complex;
  Transform f;

  std::string torch(const std::string& more) const {
    const std::string call =
        fmt::format("torch.fft.{}({}{})", name, takes_complex ? "torch.view_as_complex(x[0])" : "x[0]", more);
    return gives_complex ? fmt::format("torch.view_as_real({})", call) : call;
  }
  OpInput input(Shape shape) const {
    if (takes_complex) shape.push_back(2);
    return {shape};
  }
};

const TransformRow transforms[] = {
    {"fft", true, true, [](const Array& x, const FftOptions& o) { return view_as_real(fft(view_as_complex(x), o)); }},
    {"ifft", true, true, [](const Array& x, const FftOptions& o) { return view_as_real(ifft(view_as_complex(x), o)); }},
    {"rfft", false, true, [](const Array& x, const FftOptions& o) { return view_as_real(rfft(x, o)); }},
    {"irfft", true, false, [](const Array& x, const FftOptions& o) { return irfft(view_as_complex(x), o); }},
};

void add_transform(OpTable& table, const TransformRow& row) {
  const auto add = [&](const std::string& what, const Shape& shape, const FftOptions& options,
                       const std::string& more) {
    table.add(row.name,
              {what, {row.input(shape)}, [f = row.f, options](Inputs x) { return f(x[0], options); }, row.torch(more)});
  };
  // One matrix, two factors (66 = 6 * 11), a factor that is a larger prime (134 = 2 * 67), a convolution (131).
  for (const std::int64_t n : {1, 2, 3, 5, 7, 8, 12, 16, 30, 66, 100, 131, 134}) {
    const bool is_irfft = row.takes_complex && !row.gives_complex;
    const Shape shape = n > 60 ? Shape{is_irfft ? n / 2 + 1 : n} : Shape{2, is_irfft ? n / 2 + 1 : n};
    add(fmt::format("of {}", n), shape, {.n = n}, fmt::format(", n={}", n));
  }
  for (const int axis : {0, 1, -1, -2})
    add(fmt::format("axis {}", axis), {3, 4, 5}, {.axis = axis}, fmt::format(", dim={}", axis));
  for (const std::int64_t n : {4, 9}) add(fmt::format("6 as {}", n), {2, 6}, {.n = n}, fmt::format(", n={}", n));
  for (const auto& [norm, called] : norms)
    add(fmt::format("norm {}", called), {2, 6}, {.norm = norm}, fmt::format(", norm='{}'", called));
}

using TransformN = std::function<Array(const Array&, const FftnOptions&)>;

void add_transforms_along_axes(OpTable& table) {
  const struct {
    const char* name;
    bool takes_complex, gives_complex;
    TransformN f;
  } rows[] = {
      {"fftn", true, true, [](auto& x, auto& o) { return view_as_real(fftn(view_as_complex(x), o)); }},
      {"ifftn", true, true, [](auto& x, auto& o) { return view_as_real(ifftn(view_as_complex(x), o)); }},
      {"rfftn", false, true, [](auto& x, auto& o) { return view_as_real(rfftn(x, o)); }},
      {"irfftn", true, false, [](auto& x, auto& o) { return irfftn(view_as_complex(x), o); }},
      {"fft2", true, true, [](auto& x, auto& o) { return view_as_real(fft2(view_as_complex(x), o)); }},
      {"ifft2", true, true, [](auto& x, auto& o) { return view_as_real(ifft2(view_as_complex(x), o)); }},
      {"rfft2", false, true, [](auto& x, auto& o) { return view_as_real(rfft2(x, o)); }},
      {"irfft2", true, false, [](auto& x, auto& o) { return irfft2(view_as_complex(x), o); }},
  };
  for (const auto& row : rows) {
    const TransformRow base{row.name, row.takes_complex, row.gives_complex, {}};
    const bool is_any = std::string_view(row.name).ends_with("n");
    const FftnOptions plain = is_any ? FftnOptions{} : FftnOptions{.axes = {-2, -1}};
    const auto add = [&](const std::string& what, FftnOptions options, const std::string& more) {
      table.add(row.name, {what,
                           {base.input({2, 3, 4})},
                           [f = row.f, options](Inputs x) { return f(x[0], options); },
                           base.torch(more)});
    };
    add("plain", plain, "");
    add("axes 2 0", {.axes = {2, 0}}, ", dim=(2, 0)");
    FftnOptions sized = plain;
    sized.sizes = {5, 3};
    add("sizes 5 3", sized, ", s=(5, 3)");
    FftnOptions ortho = plain;
    ortho.norm = FftNorm::ortho;
    add("ortho", ortho, ", norm='ortho'");
  }
}

void add_complex(OpTable& table) {
  const std::vector<OpInput> one{{{3, 4, 2}}}, two{{{3, 4, 2}}, {{3, 4, 2}}};
  const auto complex = [](const Array& x) { return view_as_complex(x); };
  table.add("view_as_real", {"",
                             {{{3, 4}}, {{3, 4}}},
                             [](Inputs x) { return view_as_real({x[0], x[1]}); },
                             "torch.view_as_real(torch.complex(x[0], x[1]))"});
  table.add("view_as_complex",
            {"imaginary", one, [=](Inputs x) { return complex(x[0]).imag; }, "torch.view_as_complex(x[0]).imag"});
  table.add("complex", {"times", two, [=](Inputs x) { return view_as_real(complex(x[0]) * complex(x[1])); },
                        "torch.view_as_real(torch.view_as_complex(x[0]) * torch.view_as_complex(x[1]))"});
  table.add("complex",
            {"minus conjugate", two, [=](Inputs x) { return view_as_real(complex(x[0]) - conj(complex(x[1]))); },
             "torch.view_as_real(torch.view_as_complex(x[0]) - torch.view_as_complex(x[1]).conj())"});
  table.add("complex",
            {"plus scaled", two, [=](Inputs x) { return view_as_real(complex(x[0]) + -(complex(x[1]) * 0.5)); },
             "torch.view_as_real(torch.view_as_complex(x[0]) - torch.view_as_complex(x[1]) * 0.5)"});
  table.add("complex",
            {"modulus", one, [=](Inputs x) { return abs(complex(x[0])); }, "torch.abs(torch.view_as_complex(x[0]))"});
  table.add("complex", {"angle",
                        {{{3, 4, 2}, {0.5, 2}}},
                        [=](Inputs x) { return angle(complex(x[0])); },
                        "torch.angle(torch.view_as_complex(x[0]))"});
  table.add("complex", {"polar",
                        {{{3, 4}, {0.5, 2}}, {{3, 4}}},
                        [](Inputs x) { return view_as_real(polar(x[0], x[1])); },
                        "torch.view_as_real(torch.polar(x[0], x[1]))"});
}

void add_frequencies(OpTable& table) {
  for (const std::int64_t n : {1, 6, 7}) {
    table.add("fftfreq", {fmt::format("of {}", n),
                          {},
                          [=](Inputs) { return fftfreq(n, 0.5, DType::f64); },
                          fmt::format("torch.fft.fftfreq({}, 0.5)", n)});
    table.add("rfftfreq", {fmt::format("of {}", n),
                           {},
                           [=](Inputs) { return rfftfreq(n, 0.5, DType::f64); },
                           fmt::format("torch.fft.rfftfreq({}, 0.5)", n)});
  }
  const std::vector<OpInput> grid{{{3, 4}}};
  table.add("fftshift", {"all", grid, [](Inputs x) { return fftshift(x[0]); }, "torch.fft.fftshift(x[0])"});
  table.add("fftshift", {"axis 0", grid, [](Inputs x) { return fftshift(x[0], 0); }, "torch.fft.fftshift(x[0], 0)"});
  table.add("ifftshift", {"all", grid, [](Inputs x) { return ifftshift(x[0]); }, "torch.fft.ifftshift(x[0])"});
  table.add("ifftshift", {"axis 0", grid, [](Inputs x) { return ifftshift(x[0], 0); }, "torch.fft.ifftshift(x[0], 0)"});
}

}  // namespace

void add_fft_ops(std::vector<OpRow>& rows) {
  OpTable table("fourier", rows);
  for (const TransformRow& row : transforms) add_transform(table, row);
  table.add("fft", {"of real numbers",
                    {{{2, 6}}},
                    [](Inputs x) { return view_as_real(fft(x[0])); },
                    "torch.view_as_real(torch.fft.fft(x[0]))"});
  add_transforms_along_axes(table);
  add_frequencies(table);
  add_complex(table);
}

}  // namespace tenon::testing

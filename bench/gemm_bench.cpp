// Matrix products through the real renderer and device against OpenBLAS: square ones, those of the grok model
// (forward and both gradients), and thin ones. Both sides use the same threads, alternately; medians count.
#include <cblas.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness.h"
#include "tenon/render/c_contraction.h"
#include "tenon/render/c_prelude.h"
#include "tenon/runtime/device.h"

namespace {

using namespace tenon;

// y [batch, m, n] = a b. `transposes_a`: a is stored [k, m], else [m, k]; `transposes_b`: b is stored [n, k],
// else [k, n].
struct Product {
  std::string what;
  std::int64_t batch, m, n, k;
  bool transposes_a = false, transposes_b = false;
  double target = 0.8;

  double operations() const { return 2.0 * static_cast<double>(batch * m * n * k); }
  std::string name() const {
    const std::string size = fmt::format("{}x{}x{}{}", m, n, k, batch > 1 ? fmt::format(", {} times", batch) : "");
    const char* form = transposes_a ? (transposes_b ? " TT" : " TN") : (transposes_b ? " NT" : " NN");
    return what + (what.empty() ? "" : ": ") + size + form;
  }
};

// y = x W^T with W [out, in], and its gradients dx = dy W, dW = dy^T x.
void add_linear(std::vector<Product>& products, const std::string& what, std::int64_t rows, std::int64_t in,
                std::int64_t out) {
  products.push_back({what + " forward", 1, rows, out, in, false, true});
  products.push_back({what + " dx", 1, rows, in, out, false, false});
  products.push_back({what + " dW", 1, out, in, rows, true, false});
}

std::vector<Product> products() {
  std::vector<Product> all;
  for (const std::int64_t size : {256, 512, 1024}) {
    all.push_back({"", 1, size, size, size, false, false});
    all.push_back({"", 1, size, size, size, false, true});
    all.push_back({"", 1, size, size, size, true, false});
  }
  add_linear(all, "grok key and value", 11490, 128, 256);
  add_linear(all, "grok query and output", 3830, 128, 128);
  add_linear(all, "grok mlp up", 3830, 128, 512);
  add_linear(all, "grok mlp down", 3830, 512, 128);
  add_linear(all, "grok unembedding", 3830, 128, 113);
  add_linear(all, "mlp layer", 128, 64, 64);
  all.push_back({"", 192, 64, 64, 64, false, false});
  all.push_back({"", 192, 64, 64, 64, false, true});
  all.push_back({"odd", 1, 333, 333, 333, false, false});
  all.push_back({"32 rows", 1, 32, 1024, 1024, false, true});
  all.push_back({"1 row", 1, 1, 1024, 1024, false, true});
  all.push_back({"1 column", 1, 1024, 1, 1024, false, false});
  return all;
}

Kernel kernel_of(const Product& product, const std::string& name) {
  Kernel kernel;
  kernel.name = name;
  kernel.pool = std::make_shared<ExprPool>();
  kernel.buffers = {{0, DType::f32, false}, {1, DType::f32, false}, {2, DType::f32, true}};
  kernel.locals = 1;
  ExprPool& pool = *kernel.pool;
  Contraction c{};
  c.batch_size = product.batch, c.m_size = product.m, c.n_size = product.n, c.k_size = product.k;
  c.dtype = DType::f32;
  c.batch = pool.variable(product.batch);
  c.m = pool.variable(product.m);
  c.n = pool.variable(product.n);
  c.k = pool.variable(product.k);
  // element (row, column) of a row-major matrix with `rows` and `columns`
  const auto index = [&](Expr row, Expr column, std::int64_t rows, std::int64_t columns) {
    return pool.add(pool.add(pool.multiply(row, columns), column), pool.multiply(c.batch, rows * columns));
  };
  c.a = pool.load(DType::f32, 0,
                  product.transposes_a ? index(c.k, c.m, product.k, product.m) : index(c.m, c.k, product.m, product.k));
  c.b = pool.load(DType::f32, 1,
                  product.transposes_b ? index(c.n, c.k, product.n, product.k) : index(c.k, c.n, product.k, product.n));
  c.sum = pool.local(DType::f32, 0);
  c.epilogue = {{2, index(c.m, c.n, product.m, product.n), c.sum}};
  kernel.body = c;
  return kernel;
}

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// GFLOP/s of `work`, called often enough for a millisecond or so.
double speed(double operations, int iterations, const std::function<void()>& work) {
  const double begin = seconds();
  for (int i = 0; i < iterations; ++i) work();
  return operations * iterations / (seconds() - begin) * 1e-9;
}

// --- the machine's peak

constexpr int peak_steps = 200000, peak_sums = 12;

// Independent multiply-adds in registers, on all threads.
std::string peak_text(int vector_bytes) {
  std::string text = fmt::format("typedef float peak_vector __attribute__((vector_size({})));\n", vector_bytes);
  text +=
      "void peak(const tenon_arguments* arguments, long thread, long threads, void* scratch, tenon_barrier* "
      "barrier) {\n"
      "  (void)threads, (void)scratch, (void)barrier;\n";
  for (int i = 0; i < peak_sums; ++i) text += fmt::format("  peak_vector s{} = {{{}}};\n", i, i);
  text += "  float factor = 0.5f, term = 0.25f;\n  __asm__ volatile(\"\" : \"+r\"(factor), \"+r\"(term));\n";
  text += fmt::format("  for (long i = 0; i < {}; ++i) {{\n", peak_steps);
  for (int i = 0; i < peak_sums; ++i) text += fmt::format("    s{0} = s{0} * factor + term;\n", i);
  text += "  }\n  float sum = 0;\n";
  for (int i = 0; i < peak_sums; ++i) text += fmt::format("  sum += s{}[0];\n", i);
  return text + "  ((float*)arguments->buffers[0])[thread] = sum;\n}\n";
}

double measure_peak(Device& device, const LoadedKernel& kernel) {
  const int threads = device.info().threads;
  const Ref<Buffer> out = device.allocate(static_cast<std::size_t>(threads) * 4, "peak");
  void* const buffers[] = {out->data()};
  const Launch launch{.kernel = &kernel, .buffers = buffers, .max_threads = threads};
  const auto lanes = static_cast<double>(device.info().vector_bytes / 4);
  const double operations = 2.0 * peak_steps * peak_sums * lanes * threads;
  double best = 0;
  for (int i = 0; i < 30; ++i) best = std::max(best, speed(operations, 1, [&] { device.run({&launch, 1}); }));
  return best;
}

// --- one product

class Measured {
 public:
  Measured(Device& device, const Product& product, const LoadedKernel& kernel, std::size_t scratch_bytes)
      : device_(device), product_(product) {
    const auto bytes = [&](std::int64_t rows, std::int64_t columns) {
      return static_cast<std::size_t>(product.batch * rows * columns) * 4;
    };
    buffers_[0] = device.allocate(bytes(product.m, product.k), "a");
    buffers_[1] = device.allocate(bytes(product.n, product.k), "b");
    buffers_[2] = device.allocate(bytes(product.m, product.n), "y");
    for (int i = 0; i < 3; ++i) data_[i] = buffers_[i]->data();
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (int i = 0; i < 2; ++i)
      for (std::size_t j = 0; j < buffers_[i]->bytes() / 4; ++j) floats(i)[j] = uniform(random);
    expected_.resize(buffers_[2]->bytes() / 4);
    launch_ = {
        .kernel = &kernel, .buffers = data_, .max_threads = device.info().threads, .scratch_bytes = scratch_bytes};
  }

  void run_tenon() { device_.run({&launch_, 1}); }
  void run_peer() {
    const auto blas = [](std::int64_t size) { return static_cast<blasint>(size); };
    const Product& p = product_;
    for (std::int64_t i = 0; i < p.batch; ++i)
      cblas_sgemm(CblasRowMajor, p.transposes_a ? CblasTrans : CblasNoTrans, p.transposes_b ? CblasTrans : CblasNoTrans,
                  blas(p.m), blas(p.n), blas(p.k), 1, floats(0) + i * p.m * p.k, blas(p.transposes_a ? p.m : p.k),
                  floats(1) + i * p.n * p.k, blas(p.transposes_b ? p.k : p.n), 0, expected_.data() + i * p.m * p.n,
                  blas(p.n));
  }

  // Both results are within (k + 2) eps sum |a b| of the true one, and |a b| <= 1.
  void check() {
    run_tenon();
    run_peer();
    const double bound = 2 * std::ldexp(1, -24) * static_cast<double>((product_.k + 2) * product_.k);
    for (std::size_t i = 0; i < expected_.size(); ++i)
      if (!(std::abs(static_cast<double>(floats(2)[i]) - static_cast<double>(expected_[i])) <= bound))
        throw std::runtime_error(product_.name() + ": the results differ");
  }

 private:
  float* floats(int i) { return static_cast<float*>(data_[i]); }

  Device& device_;
  const Product& product_;
  Ref<Buffer> buffers_[3];
  void* data_[3];
  std::vector<float> expected_;
  Launch launch_;
};

bench::Row measure(Measured& measured, const Product& product) {
  measured.check();
  constexpr double slice = 2e-3;  // seconds, if the product ran at 100 GFLOP/s
  const int iterations = std::max(1, static_cast<int>(slice * 100e9 / product.operations()));
  const auto [tenon, peer] = bench::alternate(
      25, [&] { return speed(product.operations(), iterations, [&] { measured.run_tenon(); }); },
      [&] { return speed(product.operations(), iterations, [&] { measured.run_peer(); }); });
  return bench::more_is_better(product.name(), "GFLOP/s", tenon, peer, "OpenBLAS", product.target);
}

}  // namespace

int main() {
  Device& device = find_device("cpu");
  const DeviceInfo& info = device.info();
  openblas_set_num_threads(info.threads);
  const ContractionTarget target{
      .vector_bytes = info.vector_bytes, .l1_bytes = info.l1_bytes, .l2_bytes = info.l2_bytes, .threads = info.threads};

  const std::vector<Product> all = products();
  std::vector<KernelSource> sources = {{"peak", peak_text(info.vector_bytes), OptimizationClass::vector_types}};
  std::vector<std::size_t> scratch;
  for (const Product& product : all) {
    const Kernel kernel = kernel_of(product, fmt::format("product_{}", sources.size()));
    sources.push_back({kernel.name, render_contraction_c(kernel, target), OptimizationClass::vector_types});
    scratch.push_back(plan_contraction(std::get<Contraction>(kernel.body), target).scratch_bytes);
  }
  const std::string prelude = std::string(kernel_abi_c_text) + std::string(c_prelude_text());
  const std::vector<const LoadedKernel*> kernels = device.load(prelude, sources);

  const double peak = measure_peak(device, *kernels[0]);
  bench::Table table("gemm");
  for (std::size_t i = 0; i < all.size(); ++i) {
    Measured measured(device, all[i], *kernels[i + 1], scratch[i]);
    table.add(measure(measured, all[i]));
  }
  fmt::print("Peak of fused multiply-adds, {} threads: {:.0f} GFLOP/s. Tenon reaches\n", info.threads, peak);
  for (const bench::Row& row : table.rows()) fmt::print("  {:3.0f} %  {}\n", 100 * row.tenon / peak, row.work);
  return table.finish();
}

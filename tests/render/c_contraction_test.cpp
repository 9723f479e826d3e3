// Contractions rendered to C against a plain double loop over the same expressions.
#include "tenon/render/c_contraction.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <thread>

#include "compiled_c.h"

namespace tenon {
namespace {

// --- memory that faults when it is read more than 64 bytes behind its end

class GuardedMemory {
 public:
  explicit GuardedMemory(std::size_t bytes, std::size_t readable_behind) : bytes_(bytes) {
    constexpr std::size_t page = 4096;
    const std::size_t body = (bytes + readable_behind + page - 1) / page * page;
    mapped_ = body + page;
    base_ = static_cast<char*>(mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED) throw std::bad_alloc();
    mprotect(base_ + body, page, PROT_NONE);
    data_ = base_ + body - readable_behind - bytes;
  }
  ~GuardedMemory() { munmap(base_, mapped_); }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  /// What must stay as it was: everything before the data, and what may be read behind it.
  bool surroundings_are_zero() const {
    const char* end = base_ + mapped_ - 4096;
    for (const char* p = base_; p < end; ++p)
      if ((p < data_ || p >= data_ + bytes_) && *p != 0) return false;
    return true;
  }

 private:
  std::size_t bytes_, mapped_;
  char* base_;
  char* data_;
};

struct TestBuffer {
  DType dtype;
  std::int64_t size;
  std::shared_ptr<GuardedMemory> memory;
};

double element(const TestBuffer& buffer, std::int64_t i) {
  const void* data = buffer.memory->data();
  const auto at = static_cast<std::size_t>(i);
  switch (buffer.dtype) {
    case DType::f32: return static_cast<const float*>(data)[at];
    case DType::f64: return static_cast<const double*>(data)[at];
    case DType::i32: return static_cast<const std::int32_t*>(data)[at];
    default: throw std::logic_error("unused element type");
  }
}

void set_element(const TestBuffer& buffer, std::int64_t i, double value) {
  void* data = buffer.memory->data();
  const auto at = static_cast<std::size_t>(i);
  switch (buffer.dtype) {
    case DType::f32: static_cast<float*>(data)[at] = static_cast<float>(value); break;
    case DType::f64: static_cast<double*>(data)[at] = value; break;
    case DType::i32: static_cast<std::int32_t*>(data)[at] = static_cast<std::int32_t>(value); break;
    default: throw std::logic_error("unused element type");
  }
}

// --- a contraction under construction

struct Sizes {
  std::int64_t batch, m, n, k;
};

struct TestCase {
  std::string what;
  Kernel kernel;
  ContractionTarget target;
  std::vector<TestBuffer> buffers;
  std::mt19937 random{7};

  TestCase(std::string name, Sizes sizes, DType dtype, ContractionTarget t) : what(std::move(name)), target(t) {
    kernel.pool = std::make_shared<ExprPool>();
    Contraction c{};
    c.batch_size = sizes.batch, c.m_size = sizes.m, c.n_size = sizes.n, c.k_size = sizes.k;
    c.dtype = dtype;
    c.batch = pool().variable(sizes.batch);
    c.m = pool().variable(sizes.m);
    c.n = pool().variable(sizes.n);
    c.k = pool().variable(sizes.k);
    c.sum = pool().local(dtype, 0);
    kernel.locals = 1;
    kernel.body = c;
  }
  ExprPool& pool() { return *kernel.pool; }
  Contraction& contraction() { return std::get<Contraction>(kernel.body); }

  /// A buffer of small numbers: integers in [0, 3] or reals in [-1, 1].
  int add_buffer(DType dtype, std::int64_t size, bool is_written = false) {
    kernel.buffers.push_back({static_cast<std::uint32_t>(buffers.size()), dtype, is_written});
    const auto bytes = static_cast<std::size_t>(size) * size_of(dtype);
    buffers.push_back({dtype, size, std::make_shared<GuardedMemory>(bytes, 64)});
    std::uniform_real_distribution<double> real(-1, 1);
    std::uniform_int_distribution<int> integer(0, 3);
    for (std::int64_t i = 0; i < size; ++i)
      set_element(buffers.back(), i, is_floating(dtype) ? real(random) : integer(random));
    return static_cast<int>(buffers.size()) - 1;
  }
  Expr linear(std::initializer_list<std::pair<Expr, std::int64_t>> terms) {
    Expr sum = pool().integer(0);
    for (const auto& [term, factor] : terms) sum = pool().add(sum, pool().multiply(term, factor));
    return sum;
  }
};

std::int64_t at_least_1(std::int64_t size) { return size > 0 ? size : 1; }

// --- operands: [batch, lane, k] in many disguises

enum class Layout {
  rows,
  padded_rows,
  page_rows,
  transposed,
  padded_transposed,
  strided,
  split_lane,
  split_depth,
  shared,
  cast,
  product,
  gathered,
  window,
  images,
  images_along_depth
};
constexpr Layout all_layouts[] = {
    Layout::rows,    Layout::padded_rows, Layout::page_rows,   Layout::transposed, Layout::padded_transposed,
    Layout::strided, Layout::split_lane,  Layout::split_depth, Layout::shared,     Layout::cast,
    Layout::product, Layout::gathered,    Layout::window,      Layout::images,     Layout::images_along_depth};

Expr make_operand(TestCase& t, Layout layout, Expr lane, std::int64_t lanes) {
  const Contraction& c = t.contraction();
  ExprPool& p = t.pool();
  const std::int64_t k = c.k_size;
  const auto load = [&](DType dtype, std::int64_t lane_stride, std::int64_t depth_stride, std::int64_t batch_stride) {
    const std::int64_t elements = at_least_1(batch_stride * c.batch_size);
    return p.load(dtype, t.add_buffer(dtype, elements),
                  t.linear({{lane, lane_stride}, {c.k, depth_stride}, {c.batch, batch_stride}}));
  };
  switch (layout) {
    case Layout::rows: return load(c.dtype, k, 1, lanes * k);
    case Layout::padded_rows: return load(c.dtype, k + 3, 1, lanes * (k + 3));
    case Layout::page_rows: {
      const std::int64_t row = (k + 1023) / 1024 * 1024;
      return load(c.dtype, row, 1, lanes * row);
    }
    case Layout::transposed: return load(c.dtype, 1, lanes, lanes * k);
    case Layout::padded_transposed: return load(c.dtype, 1, lanes + 5, (lanes + 5) * k);
    case Layout::strided: return load(c.dtype, 2 * k, 2, 2 * lanes * k);
    case Layout::split_lane: {  // lane = (outer, 4), stored [4, outer, k]
      const std::int64_t outer = (lanes + 3) / 4;
      const Expr index =
          t.linear({{p.modulo(lane, 4), outer * k}, {p.divide(lane, 4), k}, {c.k, 1}, {c.batch, 4 * outer * k}});
      return p.load(c.dtype, t.add_buffer(c.dtype, at_least_1(4 * outer * k * c.batch_size)), index);
    }
    case Layout::split_depth: {  // k = (outer, 8), stored [outer, lane, 8]
      const std::int64_t outer = (k + 7) / 8;
      const Expr index =
          t.linear({{p.divide(c.k, 8), lanes * 8}, {lane, 8}, {p.modulo(c.k, 8), 1}, {c.batch, outer * lanes * 8}});
      return p.load(c.dtype, t.add_buffer(c.dtype, at_least_1(outer * lanes * 8 * c.batch_size)), index);
    }
    case Layout::shared:  // by all entries of the batch
      return p.load(c.dtype, t.add_buffer(c.dtype, at_least_1(lanes * k)), t.linear({{lane, k}, {c.k, 1}}));
    case Layout::cast: return p.scalar(Scalar::cast, c.dtype, {load(DType::i32, k, 1, lanes * k)});
    case Layout::product:
      return p.scalar(Scalar::mul, c.dtype, {load(c.dtype, 1, lanes, lanes * k), load(c.dtype, 1, lanes, lanes * k)});
    case Layout::gathered: {  // table[ids[lane], k], ids in [0, 4)
      const Expr id = p.checked(p.load(DType::i32, t.add_buffer(DType::i32, lanes), lane), 4, 1);
      return p.load(c.dtype, t.add_buffer(c.dtype, at_least_1(4 * k)), t.linear({{id, k}, {c.k, 1}}));
    }
    case Layout::window: {  // x[lane + k - 2], zero outside
      const std::int64_t length = lanes + k;
      const Expr position = p.add(p.add(lane, c.k), -2);
      const Expr index = t.linear({{position, 1}, {c.batch, length}});
      return p.scalar(
          Scalar::where, c.dtype,
          {p.within(position, 0, length),
           p.load(c.dtype, t.add_buffer(c.dtype, at_least_1(length * c.batch_size)), index), p.number(c.dtype, 0)});
    }
    case Layout::images:
    case Layout::images_along_depth: {
      // Windows of 3 along rows of 20, of images whose rows lie 23 apart: one variable is (row, x), the other (image,
      // tap).
      const bool along_depth = layout == Layout::images_along_depth;
      const Expr pixel = along_depth ? c.k : lane, window = along_depth ? lane : c.k;
      const std::int64_t rows = ((along_depth ? k : lanes) + 19) / 20, images = ((along_depth ? lanes : k) + 2) / 3;
      const Expr x = p.add(p.add(p.modulo(pixel, 20), p.modulo(window, 3)), -1);
      const Expr index = t.linear({{c.batch, images * rows * 23},
                                   {p.divide(window, 3), rows * 23},
                                   {p.divide(pixel, 20), 23},
                                   {p.modulo(pixel, 20), 1},
                                   {p.modulo(window, 3), 1}});
      const int buffer = t.add_buffer(c.dtype, at_least_1(c.batch_size * images * rows * 23));
      return p.scalar(Scalar::where, c.dtype,
                      {p.within(x, 0, 20), p.load(c.dtype, buffer, index), p.number(c.dtype, 0)});
    }
  }
  throw std::logic_error("unknown layout");
}

// --- epilogues

enum class Epilogue { plain, transposed, bias_relu, residual_in_place, two_outputs, permuted, planes };
constexpr Epilogue all_epilogues[] = {
    Epilogue::plain,       Epilogue::transposed, Epilogue::bias_relu, Epilogue::residual_in_place,
    Epilogue::two_outputs, Epilogue::permuted,   Epilogue::planes};

void add_epilogue(TestCase& t, Epilogue epilogue) {
  Contraction& c = t.contraction();
  ExprPool& p = t.pool();
  const std::int64_t elements = c.batch_size * c.m_size * c.n_size;
  const Expr plain = t.linear({{c.batch, c.m_size * c.n_size}, {c.m, c.n_size}, {c.n, 1}});
  const Expr transposed = t.linear({{c.batch, c.m_size * c.n_size}, {c.n, c.m_size}, {c.m, 1}});
  const int out = t.add_buffer(c.dtype, elements, true);
  switch (epilogue) {
    case Epilogue::plain: c.epilogue = {{out, plain, c.sum}}; return;
    case Epilogue::transposed: c.epilogue = {{out, transposed, c.sum}}; return;
    case Epilogue::bias_relu: {
      const Expr bias = p.load(c.dtype, t.add_buffer(c.dtype, c.n_size), c.n);
      c.epilogue = {{out, plain, p.scalar(Scalar::relu, c.dtype, {p.scalar(Scalar::add, c.dtype, {c.sum, bias})})}};
      return;
    }
    case Epilogue::residual_in_place:
      c.epilogue = {{out, plain, p.scalar(Scalar::add, c.dtype, {p.load(c.dtype, out, plain), c.sum})}};
      return;
    case Epilogue::two_outputs: {
      // The second output is the first one's old value plus the sum.
      const int second = t.add_buffer(c.dtype, elements, true);
      c.epilogue = {{out, plain, c.sum},
                    {second, transposed, p.scalar(Scalar::add, c.dtype, {p.load(c.dtype, out, plain), c.sum})}};
      return;
    }
    case Epilogue::permuted: {  // m = (outer, 3): stored [3, batch, outer, n]
      const std::int64_t outer = (c.m_size + 2) / 3;
      t.buffers.pop_back(), t.kernel.buffers.pop_back();
      const int wide = t.add_buffer(c.dtype, 3 * outer * c.n_size * c.batch_size, true);
      const Expr index = t.linear({{p.modulo(c.m, 3), c.batch_size * outer * c.n_size},
                                   {c.batch, outer * c.n_size},
                                   {p.divide(c.m, 3), c.n_size},
                                   {c.n, 1}});
      c.epilogue = {{wide, index, c.sum}};
      return;
    }
    case Epilogue::planes: {  // n = (image, 20): stored [batch, image, m, 20]; with a bias of m
      const std::int64_t images = (c.n_size + 19) / 20;
      t.buffers.pop_back(), t.kernel.buffers.pop_back();
      const int wide = t.add_buffer(c.dtype, images * 20 * c.m_size * c.batch_size, true);
      const Expr index = t.linear(
          {{c.batch, images * c.m_size * 20}, {p.divide(c.n, 20), c.m_size * 20}, {c.m, 20}, {p.modulo(c.n, 20), 1}});
      const Expr bias = p.load(c.dtype, t.add_buffer(c.dtype, c.m_size), c.m);
      c.epilogue = {{wide, index, p.scalar(Scalar::add, c.dtype, {c.sum, bias})}};
      return;
    }
  }
}

// --- the plain loop

struct Evaluator {
  const std::vector<TestBuffer>& buffers;
  std::unordered_map<Expr, std::int64_t> variables;
  double sum = 0;

  std::int64_t index(Expr e) const {
    const auto term = [&] { return index(e->terms[0]); };
    switch (e->kind) {
      case ExprKind::integer: return e->value;
      case ExprKind::variable: return variables.at(e);
      case ExprKind::affine: {
        std::int64_t result = e->value;
        for (std::size_t i = 0; i < e->terms.size(); ++i) result += e->coefficients[i] * index(e->terms[i]);
        return result;
      }
      case ExprKind::divide: return term() / e->value;
      case ExprKind::modulo: return term() % e->value;
      case ExprKind::checked: return term();
      default: return static_cast<std::int64_t>(value(e));
    }
  }
  double value(Expr e) const {
    switch (e->kind) {
      case ExprKind::number:
        return is_floating(e->dtype) ? std::bit_cast<double>(e->value) : static_cast<double>(e->value);
      case ExprKind::load: return element(buffers[static_cast<std::size_t>(e->value)], index(e->terms[0]));
      case ExprKind::local: return sum;
      case ExprKind::within: return index(e->terms[0]) >= e->value && index(e->terms[0]) < e->upper;
      case ExprKind::scalar: {
        if (e->scalar == Scalar::where) return value(e->terms[0]) != 0 ? value(e->terms[1]) : value(e->terms[2]);
        double operands[3] = {};
        for (std::size_t i = 0; i < e->terms.size(); ++i) operands[i] = value(e->terms[i]);
        return e->scalar == Scalar::cast ? operands[0]
                                         : info(e->scalar).reference_floating(operands[0], operands[1], operands[2]);
      }
      default: throw std::logic_error("not a value");
    }
  }
};

struct Expected {
  int buffer;
  std::int64_t index;
  double value, bound;
};

// Rounding of a sum of k products in any order is at most (k + 1) eps sum |a b| to first order (Higham,
// "Accuracy and Stability of Numerical Algorithms", 3.1); prologue and epilogue add a few roundings.
std::vector<Expected> plain_loop(TestCase& t) {
  const Contraction& c = t.contraction();
  const double eps = c.dtype == DType::f32 ? std::ldexp(1, -24) : std::ldexp(1, -53);
  std::vector<Expected> result;
  Evaluator e{t.buffers, {}, 0};
  // [lanes, k] of one batch entry
  const auto values = [&](Expr operand, Expr lane, std::int64_t lanes) {
    std::vector<double> all;
    for (e.variables[lane] = 0; e.variables[lane] < lanes; ++e.variables[lane])
      for (e.variables[c.k] = 0; e.variables[c.k] < c.k_size; ++e.variables[c.k]) all.push_back(e.value(operand));
    return all;
  };
  for (std::int64_t batch = 0; batch < c.batch_size; ++batch) {
    e.variables = {{c.batch, batch}};
    const std::vector<double> a = values(c.a, c.m, c.m_size), b = values(c.b, c.n, c.n_size);
    for (std::int64_t m = 0; m < c.m_size; ++m)
      for (std::int64_t n = 0; n < c.n_size; ++n) {
        e.variables = {{c.batch, batch}, {c.m, m}, {c.n, n}};
        e.sum = 0;
        double magnitude = 0;
        for (std::int64_t k = 0; k < c.k_size; ++k) {
          const double product =
              a[static_cast<std::size_t>(m * c.k_size + k)] * b[static_cast<std::size_t>(n * c.k_size + k)];
          e.sum += product;
          magnitude += std::abs(product);
        }
        for (const Store& store : c.epilogue)
          result.push_back({store.buffer, e.index(store.index), e.value(store.value),
                            eps * (static_cast<double>(c.k_size) + 6) * magnitude + 4 * eps});
      }
  }
  return result;
}

// --- running

using Contents = std::vector<std::vector<char>>;

Contents contents(const TestCase& t) {
  Contents result;
  for (const TestBuffer& buffer : t.buffers) {
    const char* data = static_cast<const char*>(buffer.memory->data());
    result.emplace_back(data, data + buffer.memory->bytes());
  }
  return result;
}

void restore(const TestCase& t, const Contents& saved) {
  for (std::size_t i = 0; i < saved.size(); ++i)
    if (!saved[i].empty()) std::memcpy(t.buffers[i].memory->data(), saved[i].data(), saved[i].size());
}

int call(const TestCase& t, KernelFunction function, int threads) {
  std::vector<void*> pointers;
  for (const TestBuffer& buffer : t.buffers) pointers.push_back(buffer.memory->data());
  int status = 0;
  const tenon_arguments arguments{pointers.data(), nullptr, &status};
  const std::size_t scratch_bytes = plan_contraction(std::get<Contraction>(t.kernel.body), t.target).scratch_bytes;
  std::vector<std::unique_ptr<GuardedMemory>> scratch;
  for (int i = 0; i < threads; ++i) {
    scratch.push_back(std::make_unique<GuardedMemory>(scratch_bytes, 0));
    std::memset(scratch.back()->data(), 0xff, scratch_bytes);  // NaN
  }
  std::vector<std::jthread> others;
  for (int i = 1; i < threads; ++i)
    others.emplace_back(
        [&, i] { function(&arguments, i, threads, scratch[static_cast<std::size_t>(i)]->data(), nullptr); });
  function(&arguments, 0, threads, scratch[0]->data(), nullptr);
  return status;
}

// Compiles all cases together and runs each against the plain loop, with one thread and with several.
void check_all(std::vector<TestCase>& cases) {
  std::string text;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    cases[i].kernel.name = "case_" + std::to_string(i);
    text += render_contraction_c(cases[i].kernel, cases[i].target);
  }
  const testing::CompiledC compiled(text);
  for (TestCase& t : cases) {
    SCOPED_TRACE(t.what + " (" + t.kernel.name + ")");
    const Contents before = contents(t);
    const std::vector<Expected> expected = plain_loop(t);
    const KernelFunction function = compiled.function(t.kernel.name);
    ASSERT_EQ(call(t, function, 1), 0);
    int failures = 0;
    for (const Expected& e : expected) {
      const double found = element(t.buffers[static_cast<std::size_t>(e.buffer)], e.index);
      if (std::abs(found - e.value) <= e.bound) continue;
      if (++failures <= 3) ADD_FAILURE() << "b" << e.buffer << "[" << e.index << "] = " << found << ", not " << e.value;
    }
    for (const TestBuffer& buffer : t.buffers) EXPECT_TRUE(buffer.memory->surroundings_are_zero());
    const Contents alone = contents(t);
    for (const int threads : {2, 3}) {
      restore(t, before);
      call(t, function, threads);
      EXPECT_EQ(contents(t), alone) << threads << " threads";
    }
    if (::testing::Test::HasFailure()) return;
  }
}

std::string describe(Sizes s, DType dtype, int a, int b, int epilogue, const ContractionTarget& target) {
  return "batch " + std::to_string(s.batch) + ", m " + std::to_string(s.m) + ", n " + std::to_string(s.n) + ", k " +
         std::to_string(s.k) + ", " + std::string(name(dtype)) + ", layouts " + std::to_string(a) + " " +
         std::to_string(b) + ", epilogue " + std::to_string(epilogue) + ", vectors of " +
         std::to_string(target.vector_bytes);
}

TestCase make_case(Sizes s, DType dtype, Layout a, Layout b, Epilogue epilogue, ContractionTarget target) {
  TestCase t(describe(s, dtype, static_cast<int>(a), static_cast<int>(b), static_cast<int>(epilogue), target), s, dtype,
             target);
  Contraction& c = t.contraction();
  c.a = make_operand(t, a, c.m, s.m);
  c.b = make_operand(t, b, c.n, s.n);
  add_epilogue(t, epilogue);
  return t;
}

// --- tests

TEST(CContraction, EveryLayoutOfBothOperandsGivesTheProduct) {
  std::vector<TestCase> cases;
  for (const Layout a : all_layouts)
    for (const Layout b : {Layout::rows, Layout::transposed, a})
      for (const bool exchanges : {false, true})
        cases.push_back(make_case({2, 19, 37, 21}, DType::f32, exchanges ? b : a, exchanges ? a : b, Epilogue::plain,
                                  {.vector_bytes = 64, .threads = 2}));
  check_all(cases);
}

TEST(CContraction, EveryEpilogueWritesWhatItSays) {
  std::vector<TestCase> cases;
  for (const Epilogue epilogue : all_epilogues)
    for (const Sizes sizes : {Sizes{2, 23, 64, 16}, Sizes{1, 5, 33, 40}, Sizes{3, 40, 1, 33}, Sizes{1, 1, 50, 7}})
      for (const DType dtype : {DType::f32, DType::f64})
        cases.push_back(
            make_case(sizes, dtype, Layout::rows, Layout::transposed, epilogue, {.vector_bytes = 64, .threads = 2}));
  check_all(cases);
}

TEST(CContraction, EveryVectorWidthAndEdgeSizeWorks) {
  std::vector<TestCase> cases;
  for (const int vector_bytes : {16, 32, 64})
    for (const DType dtype : {DType::f32, DType::f64})
      for (const Sizes sizes :
           {Sizes{1, 1, 1, 1}, Sizes{1, 1, 1, 100}, Sizes{2, 3, 5, 0}, Sizes{1, 0, 4, 3}, Sizes{0, 2, 2, 2},
            Sizes{1, 4, 0, 3}, Sizes{1, 64, 64, 64}, Sizes{3, 17, 2, 31}, Sizes{1, 31, 97, 1}, Sizes{2, 2, 61, 50}})
        for (const bool is_transposed : {false, true})
          cases.push_back(make_case(sizes, dtype, is_transposed ? Layout::transposed : Layout::rows,
                                    is_transposed ? Layout::transposed : Layout::rows, Epilogue::plain,
                                    {.vector_bytes = vector_bytes, .threads = 1}));
  check_all(cases);
}

// Small caches force several blocks of depth, chunks of columns, groups and blocks of rows.
TEST(CContraction, BlocksOfEveryAxisAddUp) {
  std::vector<TestCase> cases;
  const ContractionTarget small{.vector_bytes = 64, .l1_bytes = 4 << 10, .l2_bytes = 64 << 10, .threads = 2};
  for (const Layout a : {Layout::rows, Layout::transposed, Layout::product, Layout::cast, Layout::images_along_depth})
    for (const Layout b : {Layout::rows, Layout::transposed, Layout::window, Layout::images})
      for (const Epilogue epilogue : {Epilogue::plain, Epilogue::bias_relu, Epilogue::planes})
        cases.push_back(make_case({1, 150, 145, 150}, DType::f32, a, b, epilogue, small));
  EXPECT_GT(plan_contraction(cases[0].contraction(), small).depth_blocks, 1);
  check_all(cases);
}

TEST(CContraction, RandomCasesGiveTheProduct) {
  const unsigned seed = 20;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto up_to = [&](std::int64_t most) { return std::uniform_int_distribution<std::int64_t>(0, most)(random); };
  std::vector<TestCase> cases;
  for (int i = 0; i < 60; ++i) {
    const Sizes sizes{1 + up_to(2), 1 + up_to(up_to(3) == 0 ? 3 : 70), 1 + up_to(up_to(3) == 0 ? 3 : 140), up_to(90)};
    const ContractionTarget target{.vector_bytes = 16 << up_to(2),
                                   .l1_bytes = std::size_t{4096} << up_to(3),
                                   .l2_bytes = std::size_t{16384} << up_to(6),
                                   .threads = static_cast<int>(1 + up_to(3))};
    cases.push_back(make_case(
        sizes, up_to(3) == 0 ? DType::f64 : DType::f32, all_layouts[static_cast<std::size_t>(up_to(14))],
        all_layouts[static_cast<std::size_t>(up_to(14))], all_epilogues[static_cast<std::size_t>(up_to(6))], target));
  }
  check_all(cases);
}

// f32 sums of 4000 products in one accumulator each; the order is the same for any number of threads.
TEST(CContraction, LongSumsStayWithinTheirBound) {
  std::vector<TestCase> cases;
  cases.push_back(
      make_case({1, 20, 33, 4001}, DType::f32, Layout::transposed, Layout::transposed, Epilogue::plain, {}));
  cases.push_back(make_case({1, 1, 1, 4001}, DType::f32, Layout::rows, Layout::rows, Epilogue::plain, {}));
  check_all(cases);
}

TEST(CContraction, AnIndexOutsideItsTableIsReported) {
  std::vector<TestCase> cases;
  cases.push_back(make_case({1, 9, 20, 12}, DType::f32, Layout::gathered, Layout::rows, Epilogue::plain, {}));
  TestCase& t = cases[0];
  t.kernel.name = "reports";
  set_element(t.buffers[0], 5, 4);  // ids are in [0, 4)
  const testing::CompiledC compiled(render_contraction_c(t.kernel, t.target));
  EXPECT_EQ(call(t, compiled.function("reports"), 1), 1);
}

TEST(CContraction, ThinProductsReadTheMatrixWhereItLies) {
  for (const bool is_transposed : {false, true}) {
    TestCase t = make_case({1, 512, 1, 512}, DType::f32, is_transposed ? Layout::transposed : Layout::rows,
                           Layout::rows, Epilogue::plain, {});
    const ContractionPlan plan = plan_contraction(t.contraction(), t.target);
    EXPECT_EQ(plan.swaps ? plan.column_source : plan.row_source, OperandSource::direct);
  }
}

}  // namespace
}  // namespace tenon

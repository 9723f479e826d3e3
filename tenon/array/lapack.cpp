// The one source that sees LAPACK: its Fortran symbols, declared here.
#include "tenon/array/lapack.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "tenon/core/error.h"

namespace tenon::lapack {

#if defined(TENON_HAS_LAPACK)

// Hidden arguments at the end: the lengths of the texts, as gfortran passes them.
// NOLINTBEGIN(bugprone-macro-parentheses): the parameters are a type and names
#define TENON_LAPACK_SYMBOLS(T, potrf, geqrf, orgqr, gesdd, syevd, gesv, trsm, gemm, getrf, getri)                    \
  void potrf(const char* uplo, const int* n, T* a, const int* lda, int* info, std::size_t);                           \
  void geqrf(const int* m, const int* n, T* a, const int* lda, T* tau, T* work, const int* lwork, int* info);         \
  void orgqr(const int* m, const int* n, const int* k, T* a, const int* lda, const T* tau, T* work, const int* lwork, \
             int* info);                                                                                              \
  void gesdd(const char* jobz, const int* m, const int* n, T* a, const int* lda, T* s, T* u, const int* ldu, T* vt,   \
             const int* ldvt, T* work, const int* lwork, int* iwork, int* info, std::size_t);                         \
  void syevd(const char* jobz, const char* uplo, const int* n, T* a, const int* lda, T* w, T* work, const int* lwork, \
             int* iwork, const int* liwork, int* info, std::size_t, std::size_t);                                     \
  void gesv(const int* n, const int* nrhs, T* a, const int* lda, int* ipiv, T* b, const int* ldb, int* info);         \
  void trsm(const char* side, const char* uplo, const char* transa, const char* diag, const int* m, const int* n,     \
            const T* alpha, const T* a, const int* lda, T* b, const int* ldb, std::size_t, std::size_t, std::size_t,  \
            std::size_t);                                                                                             \
  void gemm(const char* transa, const char* transb, const int* m, const int* n, const int* k, const T* alpha,         \
            const T* a, const int* lda, const T* b, const int* ldb, const T* beta, T* c, const int* ldc, std::size_t, \
            std::size_t);                                                                                             \
  void getrf(const int* m, const int* n, T* a, const int* lda, int* ipiv, int* info);                                 \
  void getri(const int* n, T* a, const int* lda, const int* ipiv, T* work, const int* lwork, int* info);
extern "C" {
TENON_LAPACK_SYMBOLS(float, spotrf_, sgeqrf_, sorgqr_, sgesdd_, ssyevd_, sgesv_, strsm_, sgemm_, sgetrf_, sgetri_)
TENON_LAPACK_SYMBOLS(double, dpotrf_, dgeqrf_, dorgqr_, dgesdd_, dsyevd_, dgesv_, dtrsm_, dgemm_, dgetrf_, dgetri_)
}
#undef TENON_LAPACK_SYMBOLS
// NOLINTEND(bugprone-macro-parentheses)

namespace {

template <class T>
struct Symbols;
template <>
struct Symbols<float> {
  static constexpr auto potrf = spotrf_;
  static constexpr auto geqrf = sgeqrf_;
  static constexpr auto orgqr = sorgqr_;
  static constexpr auto gesdd = sgesdd_;
  static constexpr auto syevd = ssyevd_;
  static constexpr auto gesv = sgesv_;
  static constexpr auto trsm = strsm_;
  static constexpr auto gemm = sgemm_;
  static constexpr auto getrf = sgetrf_;
  static constexpr auto getri = sgetri_;
};
template <>
struct Symbols<double> {
  static constexpr auto potrf = dpotrf_;
  static constexpr auto geqrf = dgeqrf_;
  static constexpr auto orgqr = dorgqr_;
  static constexpr auto gesdd = dgesdd_;
  static constexpr auto syevd = dsyevd_;
  static constexpr auto gesv = dgesv_;
  static constexpr auto trsm = dtrsm_;
  static constexpr auto gemm = dgemm_;
  static constexpr auto getrf = dgetrf_;
  static constexpr auto getri = dgetri_;
};

// The code of a matrix with an element that is no finite number.
constexpr int not_finite = 1 << 23;

// A BLAS with threads of its own would start them from several of ours: matrices are what is shared out here.
void keep_blas_on_one_thread() {
  static const bool done = [] {
    using SetThreads = void (*)(int);
    if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(1);
    return true;
  }();
  static_cast<void>(done);
}

// What every routine sees of a call.
template <class T>
struct Arguments {
  Arguments(const void* const* inputs, void* output, const std::int64_t* given)
      : a(static_cast<const T*>(inputs[0])), out(static_cast<T*>(output)), sizes(given) {
    keep_blas_on_one_thread();
  }
  const T* a;
  T* out;
  const std::int64_t* sizes;
  int size(int axis) const { return static_cast<int>(sizes[axis]); }
};

// Leading sizes are at least 1, of empty matrices too.
int leading(int size) { return std::max(size, 1); }

std::size_t count(int rows, int columns) { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }

// a [rows, columns] -> [columns, rows]: from row-major to column-major, or back.
template <class T>
void transpose(const T* a, int rows, int columns, T* result) {
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j)
      result[count(j, rows) + static_cast<std::size_t>(i)] = a[count(i, columns) + static_cast<std::size_t>(j)];
}
template <class T>
std::vector<T> transposed(const T* a, int rows, int columns) {
  std::vector<T> result(std::max<std::size_t>(count(rows, columns), 1));
  transpose(a, rows, columns, result.data());
  return result;
}

template <class T>
bool all_finite(const T* a, std::size_t size) {
  return std::all_of(a, a + size, [](T x) { return std::isfinite(x); });
}

// --- the functions

// The lower triangle by rows is the upper one by columns, and a = l l^T = u^T u.
template <class T>
int cholesky_of(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const Arguments<T> call(inputs, output, sizes);
  const int n = call.size(0), lda = leading(n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      const std::size_t at = count(i, n) + static_cast<std::size_t>(j);
      call.out[at] = j <= i ? call.a[at] : T(0);
    }
  int info = 0;
  Symbols<T>::potrf("U", &n, call.out, &lda, &info, 1);
  // OpenBLAS lets NaN pass.
  for (int i = 0; i < n && info == 0; ++i)
    if (!(call.out[count(i, n) + static_cast<std::size_t>(i)] > 0)) info = i + 1;
  return info;
}

template <class T>
int qr_of(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const Arguments<T> call(inputs, output, sizes);
  const int m = call.size(0), n = call.size(1), k = std::min(m, n), lda = leading(m);
  std::vector<T> a = transposed(call.a, m, n), tau(static_cast<std::size_t>(leading(k)));
  const int lwork = 64 * leading(n);  // LAPACK's blocks have at most 64 columns
  std::vector<T> work(static_cast<std::size_t>(lwork));
  int info = 0;
  Symbols<T>::geqrf(&m, &n, a.data(), &lda, tau.data(), work.data(), &lwork, &info);
  T* const r = call.out + count(m, k);  // [k, n]
  for (int i = 0; i < k; ++i)
    for (int j = 0; j < n; ++j)
      r[count(i, n) + static_cast<std::size_t>(j)] = i <= j ? a[count(j, m) + static_cast<std::size_t>(i)] : T(0);
  Symbols<T>::orgqr(&m, &k, &k, a.data(), &lda, tau.data(), work.data(), &lwork, &info);
  transpose(a.data(), k, m, call.out);
  return 0;
}

template <class T, bool with_vectors>
int svd_of(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const Arguments<T> call(inputs, output, sizes);
  const int m = call.size(0), n = call.size(1), k = std::min(m, n), lda = leading(m), ldk = leading(k);
  if (!all_finite(call.a, count(m, n))) return not_finite;
  std::vector<T> a = transposed(call.a, m, n);
  std::vector<T> u(with_vectors ? count(m, k) : 1), vt(with_vectors ? count(k, n) : 1);
  std::vector<int> integers(static_cast<std::size_t>(8 * ldk));
  T* const s = call.out + (with_vectors ? count(m, k) : 0);
  const char* const job = with_vectors ? "S" : "N";
  int info = 0, lwork = -1;
  T wanted = 0;
  Symbols<T>::gesdd(job, &m, &n, a.data(), &lda, s, u.data(), &lda, vt.data(), &ldk, &wanted, &lwork, integers.data(),
                    &info, 1);
  // Rounded up: float32 does not hold every size.
  lwork = static_cast<int>(std::nextafter(wanted, std::numeric_limits<T>::max())) + 1;
  std::vector<T> work(static_cast<std::size_t>(lwork));
  Symbols<T>::gesdd(job, &m, &n, a.data(), &lda, s, u.data(), &lda, vt.data(), &ldk, work.data(), &lwork,
                    integers.data(), &info, 1);
  if (with_vectors) {
    transpose(u.data(), k, m, call.out);
    transpose(vt.data(), n, k, s + k);
  }
  return info;
}

template <class T, bool with_vectors>
int eigh_of(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const Arguments<T> call(inputs, output, sizes);
  const int n = call.size(0), lda = leading(n);
  std::vector<T> a = transposed(call.a, n, n);
  // What is above the diagonal, below it in memory by columns, is not looked at.
  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j) a[count(j, n) + static_cast<std::size_t>(i)] = 0;
  if (!all_finite(a.data(), count(n, n))) return not_finite;
  const char* const job = with_vectors ? "V" : "N";
  int info = 0, lwork = -1, liwork = -1, integers_wanted = 0;
  T wanted = 0;
  Symbols<T>::syevd(job, "L", &n, a.data(), &lda, call.out, &wanted, &lwork, &integers_wanted, &liwork, &info, 1, 1);
  lwork = static_cast<int>(std::nextafter(wanted, std::numeric_limits<T>::max())) + 1;
  liwork = leading(integers_wanted);
  std::vector<T> work(static_cast<std::size_t>(lwork));
  std::vector<int> integers(static_cast<std::size_t>(liwork));
  Symbols<T>::syevd(job, "L", &n, a.data(), &lda, call.out, work.data(), &lwork, integers.data(), &liwork, &info, 1, 1);
  if (with_vectors) transpose(a.data(), n, n, call.out + n);
  return info;
}

template <class T>
int solve_of(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const Arguments<T> call(inputs, output, sizes);
  const int n = call.size(0), k = call.size(3), ld = leading(n);
  std::vector<T> a = transposed(call.a, n, n), b = transposed(static_cast<const T*>(inputs[1]), n, k);
  std::vector<int> pivots(static_cast<std::size_t>(ld));
  int info = 0;
  Symbols<T>::gesv(&n, &k, a.data(), &ld, pivots.data(), b.data(), &ld, &info);
  transpose(b.data(), k, n, call.out);
  return info;
}

// a x = b is x^T a^T = b^T, and by columns the memory of a, b and x holds the transposed ones.
template <class T>
int solve_triangular_of(const void* const* inputs, void* output, const std::int64_t* sizes,
                        const std::int64_t* parameters) {
  const Arguments<T> call(inputs, output, sizes);
  const int n = call.size(0), k = call.size(3), lda = leading(n), ldb = leading(k);
  const bool is_upper = parameters[0] != 0, has_ones = parameters[1] != 0;
  for (int i = 0; i < n && !has_ones; ++i)
    if (call.a[count(i, n) + static_cast<std::size_t>(i)] == T(0)) return i + 1;
  std::copy_n(static_cast<const T*>(inputs[1]), count(n, k), call.out);
  const T one = 1;
  Symbols<T>::trsm("R", is_upper ? "L" : "U", "N", has_ones ? "U" : "N", &k, &n, &one, call.a, &lda, call.out, &ldb, 1,
                   1, 1, 1);
  return 0;
}

// The inverse of the transposed is the transposed of the inverse.
template <class T>
int inverse_of(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const Arguments<T> call(inputs, output, sizes);
  const int n = call.size(0), lda = leading(n), lwork = 64 * lda;
  std::copy_n(call.a, count(n, n), call.out);
  std::vector<int> pivots(static_cast<std::size_t>(lda));
  std::vector<T> work(static_cast<std::size_t>(lwork));
  int info = 0;
  Symbols<T>::getrf(&n, &n, call.out, &lda, pivots.data(), &info);
  if (info == 0) Symbols<T>::getri(&n, call.out, &lda, pivots.data(), work.data(), &lwork, &info);
  return info;
}

template <class T>
int determinant_of(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const Arguments<T> call(inputs, output, sizes);
  const int n = call.size(0), lda = leading(n);
  std::vector<T> lu = transposed(call.a, n, n);
  std::vector<int> pivots(static_cast<std::size_t>(lda));
  int info = 0;
  Symbols<T>::getrf(&n, &n, lu.data(), &lda, pivots.data(), &info);
  T sign = 1, log = 0, product = 1;
  for (int i = 0; i < n; ++i) {
    const T pivot = lu[count(i, n) + static_cast<std::size_t>(i)];
    const bool is_swapped = pivots[static_cast<std::size_t>(i)] != i + 1;
    sign *= (is_swapped ? T(-1) : T(1)) * (pivot > 0 ? T(1) : pivot < 0 ? T(-1) : pivot);
    log += std::log(std::fabs(pivot));
    product *= is_swapped ? -pivot : pivot;
  }
  call.out[0] = sign;
  call.out[1] = log;
  call.out[2] = product;
  return 0;
}

// --- cofactors

// A product that does not leave the range on its way.
template <class T>
class Product {
 public:
  void multiply(T x) {
    int more = 0;
    mantissa_ = std::frexp(mantissa_ * x, &more);
    exponent_ += more;
  }
  void multiply(const Product& other) {
    multiply(other.mantissa_);
    exponent_ += other.exponent_;
  }
  T value() const {
    return static_cast<T>(std::ldexp(mantissa_, static_cast<int>(std::clamp(exponent_, -9999L, 9999L))));
  }

 private:
  T mantissa_ = 1;
  long exponent_ = 0;
};

// c = op(a) op(b) by columns, of square matrices.
template <class T>
std::vector<T> product(const char* of_a, const std::vector<T>& a, const char* of_b, const std::vector<T>& b, int n) {
  const int ld = leading(n);
  const T one = 1, zero = 0;
  std::vector<T> c(a.size());
  Symbols<T>::gemm(of_a, of_b, &n, &n, &n, &one, a.data(), &ld, b.data(), &ld, &zero, c.data(), &ld, 1, 1);
  return c;
}

// The determinant of an orthogonal matrix, 1 or -1.
template <class T>
T orientation(std::vector<T> q, int n) {
  const int ld = leading(n);
  std::vector<int> pivots(static_cast<std::size_t>(ld));
  int info = 0;
  Symbols<T>::getrf(&n, &n, q.data(), &ld, pivots.data(), &info);
  T sign = 1;
  for (int i = 0; i < n; ++i)
    if ((pivots[static_cast<std::size_t>(i)] != i + 1) != (q[count(i, n) + static_cast<std::size_t>(i)] < 0))
      sign = -sign;
  return sign;
}

// a = u diag(s) vt by columns, and det(u) det(vt).
template <class T>
struct SquareSvd {
  std::vector<T> u, s, vt;
  T sign;
  int info;
};

template <class T>
SquareSvd<T> square_svd(const T* a, int n) {
  const std::size_t elements = count(n, n);
  const std::int64_t sizes[] = {n, n};
  std::vector<T> packed(2 * elements + static_cast<std::size_t>(n));
  const void* const inputs[] = {a};
  SquareSvd<T> result;
  result.info = svd_of<T, true>(inputs, packed.data(), sizes, nullptr);
  // By columns, a is the transposed of what svd_of sees, and so are its factors.
  const T *const u = packed.data(), *const s = u + elements, *const vt = s + n;
  result.u.assign(vt, vt + elements);
  result.s.assign(s, vt);
  result.vt.assign(u, s);
  result.sign = result.info == 0 ? orientation(result.u, n) * orientation(result.vt, n) : T(1);
  return result;
}

// The cofactors of u diag(s) vt are det(u) det(vt) u diag(products of the other s) vt. G. W. Stewart ("On the adjugate
// matrix", Linear Algebra and its Applications 283, 1998) shows that they are as precise as a decomposition that
// reveals the rank, however close to singular the matrix is.
template <class T>
int cofactors_by_svd(const T* a, int n, T* out) {
  const SquareSvd<T> f = square_svd(a, n);
  if (f.info != 0) return f.info;
  const auto size = static_cast<std::size_t>(n);
  std::vector<T> scaled = f.u;
  for (std::size_t j = 0; j < size; ++j) {
    Product<T> others;
    for (std::size_t k = 0; k < size; ++k)
      if (k != j) others.multiply(f.s[k]);
    for (std::size_t i = 0; i < size; ++i) scaled[j * size + i] *= f.sign * others.value();
  }
  const std::vector<T> result = product("N", scaled, "N", f.vt, n);
  std::copy_n(result.data(), count(n, n), out);
  return 0;
}

// det(a) a^-T by one decomposition if that is well-conditioned; by the memory, all matrices are transposed.
template <class T>
bool cofactors_by_inverse(const T* a, int n, T* out) {
  const int ld = leading(n), lwork = 64 * ld;
  std::vector<T> inverse(a, a + count(n, n)), work(static_cast<std::size_t>(lwork));
  std::vector<int> pivots(static_cast<std::size_t>(ld));
  int info = 0;
  Symbols<T>::getrf(&n, &n, inverse.data(), &ld, pivots.data(), &info);
  if (info != 0) return false;
  T det = 1;
  for (int i = 0; i < n; ++i) {
    const T pivot = inverse[count(i, n) + static_cast<std::size_t>(i)];
    det *= pivots[static_cast<std::size_t>(i)] != i + 1 ? -pivot : pivot;
  }
  if (!std::isnormal(det)) return false;
  Symbols<T>::getri(&n, inverse.data(), &ld, pivots.data(), work.data(), &lwork, &info);
  const auto largest = [&](const T* x) {
    T most = 0;
    for (std::size_t i = 0; i < count(n, n); ++i) most = std::max(most, std::fabs(x[i]));
    return most;
  };
  // n times these bounds the condition number. Up to the root of 1 / eps half of the digits are safe.
  const T condition = static_cast<T>(n) * static_cast<T>(n) * largest(a) * largest(inverse.data());
  if (!(condition * condition * std::numeric_limits<T>::epsilon() < 1)) return false;
  transpose(inverse.data(), n, n, out);
  for (std::size_t i = 0; i < count(n, n); ++i) out[i] *= det;
  return true;
}

template <class T>
int cofactors_of(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const Arguments<T> call(inputs, output, sizes);
  const int n = call.size(0);
  if (!all_finite(call.a, count(n, n))) {
    std::fill_n(call.out, count(n, n), std::numeric_limits<T>::quiet_NaN());
    return 0;
  }
  return cofactors_by_inverse(call.a, n, call.out) ? 0 : cofactors_by_svd(call.a, n, call.out);
}

// In the bases of u and v, where a is diag(s) and g is h = u' g v, the sum of g times the cofactors has the slopes
//   at (i, i): the sum of p[i, j] h[j, j] over j != i;   at (i, j): -p[i, j] h[j, i],
// where p[i, j] is the product of all s but those two: the terms of second order of det(diag(s) + x).
template <class T>
int cofactor_slope_of(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const Arguments<T> call(inputs, output, sizes);
  const int n = call.size(0);
  const auto size = static_cast<std::size_t>(n);
  const T* const given = static_cast<const T*>(inputs[1]);
  if (!all_finite(call.a, count(n, n)) || !all_finite(given, count(n, n))) {
    std::fill_n(call.out, count(n, n), std::numeric_limits<T>::quiet_NaN());
    return 0;
  }
  const SquareSvd<T> f = square_svd(call.a, n);
  if (f.info != 0) return f.info;
  const std::vector<T> g(given, given + count(n, n));
  const std::vector<T> h = product("N", product("T", f.u, "N", g, n), "T", f.vt, n);
  std::vector<Product<T>> behind(size + 1);  // of all s from i on
  for (std::size_t i = size; i-- > 0;) {
    behind[i] = behind[i + 1];
    behind[i].multiply(f.s[i]);
  }
  std::vector<T> slope(count(n, n));
  Product<T> before;  // of all s up to i
  for (std::size_t i = 0; i < size; ++i) {
    Product<T> both = before;
    for (std::size_t j = i + 1; j < size; ++j) {
      Product<T> all = both;
      all.multiply(behind[j + 1]);
      const T others = f.sign * all.value();
      slope[i * size + i] += others * h[j * size + j];
      slope[j * size + j] += others * h[i * size + i];
      slope[j * size + i] = -others * h[i * size + j];
      slope[i * size + j] = -others * h[j * size + i];
      both.multiply(f.s[j]);
    }
    before.multiply(f.s[i]);
  }
  const std::vector<T> result = product("N", product("N", f.u, "N", slope, n), "N", f.vt, n);
  std::copy_n(result.data(), count(n, n), call.out);
  return 0;
}

// --- what their codes mean

std::string matrix_of(const CallFailure& failure) {
  return failure.batch == 1 ? "the matrix" : fmt::format("matrix {} of a batch of {}", failure.position, failure.batch);
}

void raise_not_positive(const CallFailure& failure) {
  throw LinalgError(fmt::format("{}: {} is not positive definite; its leading {} rows and columns are not",
                                failure.name, matrix_of(failure), failure.code));
}

void raise_singular(const CallFailure& failure) {
  throw LinalgError(fmt::format("{}: {} is singular; pivot {} of its LU decomposition is 0", failure.name,
                                matrix_of(failure), failure.code - 1));
}

void raise_zero_on_diagonal(const CallFailure& failure) {
  throw LinalgError(fmt::format("{}: {} is singular; element {} of the diagonal of its triangle is 0", failure.name,
                                matrix_of(failure), failure.code - 1));
}

void raise_not_converged(const CallFailure& failure) {
  if (failure.code == not_finite)
    throw LinalgError(fmt::format("{}: {} holds NaN or infinity", failure.name, matrix_of(failure)));
  throw LinalgError(fmt::format("{}: no convergence for {}", failure.name, matrix_of(failure)));
}

}  // namespace

bool is_available() { return true; }

const Routine cholesky{cholesky_of<float>, cholesky_of<double>, raise_not_positive};
const Routine qr{qr_of<float>, qr_of<double>, nullptr};
const Routine svd{svd_of<float, true>, svd_of<double, true>, raise_not_converged};
const Routine svdvals{svd_of<float, false>, svd_of<double, false>, raise_not_converged};
const Routine eigh{eigh_of<float, true>, eigh_of<double, true>, raise_not_converged};
const Routine eigvalsh{eigh_of<float, false>, eigh_of<double, false>, raise_not_converged};
const Routine solve{solve_of<float>, solve_of<double>, raise_singular};
const Routine solve_triangular{solve_triangular_of<float>, solve_triangular_of<double>, raise_zero_on_diagonal};
const Routine inverse{inverse_of<float>, inverse_of<double>, raise_singular};
const Routine determinant{determinant_of<float>, determinant_of<double>, nullptr};
const Routine cofactors{cofactors_of<float>, cofactors_of<double>, raise_not_converged};
const Routine cofactor_slope{cofactor_slope_of<float>, cofactor_slope_of<double>, raise_not_converged};

#else

bool is_available() { return false; }

const Routine cholesky{}, qr{}, svd{}, svdvals{}, eigh{}, eigvalsh{}, solve{}, solve_triangular{}, inverse{},
    determinant{}, cofactors{}, cofactor_slope{};

#endif

}  // namespace tenon::lapack

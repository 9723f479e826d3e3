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
#define TENON_LAPACK_SYMBOLS(T, potrf, geqrf, orgqr, gesdd, syevd, gesv, trsm, getrf, getri)                          \
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
  void getrf(const int* m, const int* n, T* a, const int* lda, int* ipiv, int* info);                                 \
  void getri(const int* n, T* a, const int* lda, const int* ipiv, T* work, const int* lwork, int* info);
extern "C" {
TENON_LAPACK_SYMBOLS(float, spotrf_, sgeqrf_, sorgqr_, sgesdd_, ssyevd_, sgesv_, strsm_, sgetrf_, sgetri_)
TENON_LAPACK_SYMBOLS(double, dpotrf_, dgeqrf_, dorgqr_, dgesdd_, dsyevd_, dgesv_, dtrsm_, dgetrf_, dgetri_)
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

#else

bool is_available() { return false; }

const Routine cholesky{}, qr{}, svd{}, svdvals{}, eigh{}, eigvalsh{}, solve{}, solve_triangular{}, inverse{},
    determinant{};

#endif

}  // namespace tenon::lapack

#include "tenon/array/linalg.h"

#include "tenon/array/call.h"
#include "tenon/array/contraction.h"
#include "tenon/array/custom_function.h"
#include "tenon/array/diagonal.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/join.h"
#include "tenon/array/lapack.h"
#include "tenon/array/movement.h"
#include "tenon/array/reduction.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

// In comments the batch axes in front of all shapes are left out; g are cotangents, F' is F transposed.
namespace tenon {
namespace {

using build::describe;
using build::fail;
using Arrays = std::vector<Array>;

// LAPACK counts in 32 bits, and some of its work space is some four times a matrix.
constexpr std::int64_t most_rows = 20000;

// --- operands

void check_matrix(std::string_view op, const Array& a) {
  if (a.rank() < 2) fail<ShapeError>("{}: {} is no matrix; it must have two axes at least", op, describe(a.node()));
  if (a.size(-1) > most_rows || a.size(-2) > most_rows)
    fail<ShapeError>("{}: {} is too large; matrices have {} rows and columns at most", op, describe(a.node()),
                     most_rows);
}

void check_square(std::string_view op, const Array& a) {
  check_matrix(op, a);
  if (a.size(-1) != a.size(-2))
    fail<ShapeError>("{}: the matrices of {} are not square, {} x {}", op, describe(a.node()), a.size(-2), a.size(-1));
}

// What matrices of this type are computed in.
DType computed_in(DType dtype) { return dtype == DType::f64 ? DType::f64 : DType::f32; }
// What results are given in.
DType given_in(DType dtype) { return is_floating(dtype) ? dtype : DType::f32; }

Array transposed(const Array& x) { return swapaxes(x, -1, -2); }
Array eye_like(const Array& a) { return eye(a.size(-1), -1, 0, a.dtype()); }
// x [..., n] -> [..., 1, n] and [..., n, 1]
Array as_row(const Array& x) { return unsqueeze(x, -2); }
Array as_column(const Array& x) { return unsqueeze(x, -1); }

// --- calls

struct Operands {
  std::string_view op;  // in whose name errors are thrown
  std::source_location where;
};

// The output of a routine, [batch..., rest...].
Array call(const lapack::Routine& routine, const Operands& of, std::initializer_list<Array> inputs, const Dims& rest,
           std::vector<std::int64_t> parameters = {}) {
  if (!lapack::is_available())
    fail<DeviceError>("{}: this Tenon was built without LAPACK; install liblapack-dev and configure it again", of.op);
  const Array& first = *inputs.begin();
  Dims dims;
  for (int axis = 0; axis < first.rank() - 2; ++axis) dims.push_back(first.shape()[axis]);
  const int batch_axes = dims.size();
  for (const std::int64_t size : rest) dims.push_back(size);
  const UserKernel kernel = host_kernel(of.op, first.dtype() == DType::f64 ? routine.f64 : routine.f32,
                                        std::move(parameters), routine.raise, of.where);
  return kernel(inputs, first.dtype(), Shape(dims), batch_axes, of.where);
}

// The next `rows` x `columns` elements of packed matrices [..., length], or the next `rows` of them.
class Unpacking {
 public:
  explicit Unpacking(Array packed) : packed_(std::move(packed)) {}
  Array matrix(std::int64_t rows, std::int64_t columns) { return part(rows * columns, {rows, columns}); }
  Array vector(std::int64_t length) { return part(length, {length}); }

 private:
  Array part(std::int64_t length, const Dims& sizes) {
    const Array flat = narrow(packed_, -1, next_, length);
    next_ += length;
    Dims dims = flat.shape();
    dims.pop_back();
    for (const std::int64_t size : sizes) dims.push_back(size);
    return reshape(flat, Shape(dims));
  }

  Array packed_;
  std::int64_t next_ = 0;
};

Array with_rule(const Operands& of, const Array& x, const std::function<Array(const Array&)>& forward,
                const std::function<Array(const Array& x, const Array& y, const Array& g)>& backward) {
  const Array inputs[] = {x};
  return detail::call_custom(
      inputs, [&](const Arrays& in) { return Arrays{forward(in[0])}; },
      [backward](const Arrays& in, const Arrays& y, const Arrays& g) { return Arrays{backward(in[0], y[0], g[0])}; },
      of.where)[0];
}

// --- with a gradient, of floating matrices that fit

Array triangular_solution(const Operands& of, const Array& a, const Array& b, bool upper, bool unit);

// Murray (10): a~ = l^-T phi(l' g) l^-1, symmetric, where phi takes the lower triangle and half the diagonal.
Array cholesky_gradient(const Operands& of, const Array& l, const Array& g) {
  const Array product = tril(matmul(transposed(l), g)) * (1 - 0.5 * eye_like(l));
  const Array left = triangular_solution(of, transposed(l), product, true, false);
  const Array both = triangular_solution(of, transposed(l), transposed(left), true, false);  // transposed
  return 0.5 * (both + transposed(both));
}

Array cholesky_of(const Operands& of, const Array& a) {
  return with_rule(
      of, a, [&](const Array& x) { return call(lapack::cholesky, of, {x}, {x.size(-1), x.size(-1)}); },
      [of](const Array&, const Array& l, const Array& g) { return cholesky_gradient(of, l, g); });
}

// Giles 2.3.1: b~ = a^-T g, a~ = -b~ x'
Array triangular_solution(const Operands& of, const Array& a, const Array& b, bool upper, bool unit) {
  const Array inputs[] = {a, b};
  return detail::call_custom(
      inputs,
      [&](const Arrays& in) {
        return Arrays{call(lapack::solve_triangular, of, {in[0], in[1]}, {in[1].size(-2), in[1].size(-1)},
                           {upper ? 1 : 0, unit ? 1 : 0})};
      },
      [=](const Arrays& in, const Arrays& x, const Arrays& g) {
        const Array of_b = triangular_solution(of, transposed(in[0]), g[0], !upper, unit);
        const Array of_a = -matmul(of_b, transposed(x[0]));
        const std::int64_t offset = unit ? 1 : 0;
        return Arrays{upper ? triu(of_a, offset) : tril(of_a, -offset), of_b};
      },
      of.where)[0];
}

Array solution(const Operands& of, const Array& a, const Array& b) {
  const Array inputs[] = {a, b};
  return detail::call_custom(
      inputs,
      [&](const Arrays& in) {
        return Arrays{call(lapack::solve, of, {in[0], in[1]}, {in[1].size(-2), in[1].size(-1)})};
      },
      [=](const Arrays& in, const Arrays& x, const Arrays& g) {
        const Array of_b = solution(of, transposed(in[0]), g[0]);
        return Arrays{-matmul(of_b, transposed(x[0])), of_b};
      },
      of.where)[0];
}

// Giles 2.2.3: a~ = -y' g y'
Array inverse_of(const Operands& of, const Array& a) {
  return with_rule(
      of, a, [&](const Array& x) { return call(lapack::inverse, of, {x}, {x.size(-1), x.size(-1)}); },
      [](const Array&, const Array& y, const Array& g) { return -matmul(transposed(y), matmul(g, transposed(y))); });
}

// What the routine gives.
enum Determinant : std::uint8_t { sign_of_det, log_of_det, det_itself };

// The slope of det, in the shape of x.
Array cofactors_of(const Operands& of, const Array& a);

// Giles 2.2.4: a~ = g a^-T for log |det|, and det times that, the cofactors, for det. One rule each: a det that
// overflows has no part in the gradient of its logarithm, and cofactors exist where there is no inverse.
Array determinant_of(const Operands& of, const Array& a, Determinant which) {
  return with_rule(
      of, a, [&](const Array& x) { return select(call(lapack::determinant, of, {x}, {3}), -1, which); },
      [of, which](const Array& x, const Array&, const Array& g) {
        return as_column(as_column(g)) * (which == det_itself ? cofactors_of(of, x) : transposed(inverse_of(of, x)));
      });
}

// The sum of all products of two matrices' elements, [..., 1, 1].
Array inner_product(const Array& a, const Array& b) { return sum(a * b, {-2, -1}, true); }

// The slope of the sum of weights m times the cofactors of a. It is linear in m, and its adjoint is itself. Its slope
// by a is a third derivative of det: of d (<m, y> <k, y> - <k, y m' y>) with d = det(a) and y = a^-T, for which a must
// be regular. d has the slope d y, and y~ gives -y y~' y.
Array cofactor_slope_of(const Operands& of, const Array& a, const Array& weights) {
  const Array inputs[] = {a, weights};
  return detail::call_custom(
      inputs,
      [&](const Arrays& in) {
        return Arrays{call(lapack::cofactor_slope, of, {in[0], in[1]}, {in[0].size(-1), in[0].size(-1)})};
      },
      [of](const Arrays& in, const Arrays&, const Arrays& cotangents) {
        const Array &x = in[0], &m = in[1], &k = cotangents[0];
        const Array d = as_column(as_column(determinant_of(of, x, det_itself))), y = transposed(inverse_of(of, x));
        const Array of_m = inner_product(m, y), of_k = inner_product(k, y);
        const auto thrice = [](const Array& left, const Array& middle, const Array& right) {
          return matmul(left, matmul(transposed(middle), right));
        };
        const Array value = of_m * of_k - inner_product(k, thrice(y, m, y));
        const Array of_y = of_k * m + of_m * k - thrice(k, y, m) - thrice(m, y, k);
        return Arrays{d * (value * y - thrice(y, of_y, y)), cofactor_slope_of(of, x, k)};
      },
      of.where)[0];
}

Array cofactors_of(const Operands& of, const Array& a) {
  return with_rule(
      of, a, [&](const Array& x) { return call(lapack::cofactors, of, {x}, {x.size(-1), x.size(-1)}); },
      [of](const Array& x, const Array&, const Array& g) { return cofactor_slope_of(of, x, g); });
}

// Seeger et al. 3.2, of matrices with as many rows as columns or more, whose q is [m, n]:
//   a~ = (gq + q copyltu(r gr' - gq' q)) r^-T, where copyltu copies the lower triangle over the upper one
QrFactors tall_qr(const Operands& of, const Array& a) {
  const std::int64_t m = a.size(-2), n = a.size(-1);
  const Array inputs[] = {a};
  const Arrays factors = detail::call_custom(
      inputs,
      [&](const Arrays& in) {
        Unpacking packed(call(lapack::qr, of, {in[0]}, {m * n + n * n}));
        const Array q = packed.matrix(m, n);
        return Arrays{q, packed.matrix(n, n)};
      },
      [of](const Arrays&, const Arrays& y, const Arrays& g) {
        const Array &q = y[0], &r = y[1];
        const Array product = matmul(r, transposed(g[1])) - matmul(transposed(g[0]), q);
        const Array symmetric = tril(product) + transposed(tril(product, -1));
        const Array right = g[0] + matmul(q, symmetric);
        return Arrays{transposed(triangular_solution(of, r, transposed(right), true, false))};
      },
      of.where);
  return {factors[0], factors[1]};
}

QrFactors qr_of(const Operands& of, const Array& a) {
  const std::int64_t m = a.size(-2), n = a.size(-1);
  if (m >= n) return tall_qr(of, a);
  // [x y] = q [r q'y], with x [m, m]
  const QrFactors square = tall_qr(of, narrow(a, -1, 0, m));
  const Array rest = matmul(transposed(square.q), narrow(a, -1, m, n - m));
  return {square.q, concatenate({square.r, rest}, -1)};
}

// The differences v[j] - v[i] of all pairs, and ones on the diagonal.
Array gaps(const Array& v) { return as_row(v) - as_column(v) + eye(v.size(-1), -1, 0, v.dtype()); }

// Whether it is a number, and 0, by structure: the cotangent of what nothing depends on.
bool is_zero(const Array& x) {
  const Node* node = &x.node();
  while (node->op == Op::expand || node->op == Op::reshape) node = node->inputs[0];
  return node->op == Op::constant && constant_value(node->dtype, node->attributes[0]) == 0;
}

// Townsend, with v = vh', e = s[j]^2 - s[i]^2, skew(x) = x - x':
//   a~ = u (skew(u' gu) / e s + s skew(v' gv) / e + diag(gs)) v'
//        + (1 - u u') gu s^-1 v' + u s^-1 gv' (1 - v v')
Array svd_gradient(const SingularValues& y, const SingularValues& g) {
  const Array &u = y.u, &s = y.s, &vh = y.vh;
  if (is_zero(g.u) && is_zero(g.vh)) return matmul(u * as_row(g.s), vh);
  const auto skew = [](const Array& x) { return x - transposed(x); };
  const Array of_u = matmul(transposed(u), g.u), of_v = matmul(vh, transposed(g.vh));
  // (s[j] - s[i]) (s[j] + s[i]); ones on the diagonal, where the numerators are 0
  const Array diagonal = eye(s.size(-1), -1, 0, s.dtype());
  const Array e = (as_row(s) - as_column(s)) * (as_row(s) + as_column(s)) + diagonal;
  const Array inner = skew(of_u) / e * as_row(s) + as_column(s) * (skew(of_v) / e) + diagonal * as_row(g.s);
  Array result = matmul(u, matmul(inner, vh));
  if (u.size(-2) > u.size(-1)) result = result + matmul((g.u - matmul(u, of_u)) / as_row(s), vh);
  if (vh.size(-1) > vh.size(-2)) result = result + matmul(u / as_row(s), g.vh - matmul(transposed(of_v), vh));
  return result;
}

SingularValues svd_of(const Operands& of, const Array& a) {
  const std::int64_t m = a.size(-2), n = a.size(-1), k = std::min(m, n);
  const Array inputs[] = {a};
  const Arrays parts = detail::call_custom(
      inputs,
      [&](const Arrays& in) {
        Unpacking packed(call(lapack::svd, of, {in[0]}, {m * k + k + k * n}));
        const Array u = packed.matrix(m, k), s = packed.vector(k);
        return Arrays{u, s, packed.matrix(k, n)};
      },
      [](const Arrays&, const Arrays& y, const Arrays& g) {
        return Arrays{svd_gradient({y[0], y[1], y[2]}, {g[0], g[1], g[2]})};
      },
      of.where);
  return {parts[0], parts[1], parts[2]};
}

// Giles 3.1: a~ = v (diag(gw) + (v' gv) / (w[j] - w[i])) v', where the quotients have no diagonal
EigenValues eigh_of(const Operands& of, const Array& a) {
  const std::int64_t n = a.size(-1);
  const Array inputs[] = {a};
  const Arrays parts = detail::call_custom(
      inputs,
      [&](const Arrays& in) {
        Unpacking packed(call(lapack::eigh, of, {in[0]}, {n + n * n}));
        const Array values = packed.vector(n);
        return Arrays{values, packed.matrix(n, n)};
      },
      [](const Arrays&, const Arrays& y, const Arrays& g) {
        const Array &w = y[0], &v = y[1];
        if (is_zero(g[1])) return Arrays{matmul(v * as_row(g[0]), transposed(v))};
        const Array diagonal = eye_like(v);
        const Array turns = matmul(transposed(v), g[1]) * (1 - diagonal) / gaps(w);
        return Arrays{matmul(v, matmul(turns + diagonal * as_row(g[0]), transposed(v)))};
      },
      of.where);
  return {parts[0], parts[1]};
}

// --- pairs

// a [..., m, n] and b [..., m, k] in one type and with equal batches.
struct System {
  Array a, b;
  DType given;      // the result's type
  bool has_vector;  // b had one axis
};

System system_of(const Operands& of, const Array& a, const Array& b) {
  const bool has_vector = b.rank() == 1;
  const Array columns = has_vector ? unsqueeze(b, -1) : b;
  check_matrix(of.op, columns);
  if (a.size(-2) != columns.size(-2))
    fail<ShapeError>("{}: {} with {}; the right side must have {} rows", of.op, describe(a.node()), describe(b.node()),
                     a.size(-2));
  const auto batch_of = [](const Array& x) {
    Shape shape = x.shape();
    shape.pop_back();
    shape.pop_back();
    return shape;
  };
  const Shape batch = broadcast_shape(of.op, batch_of(a), batch_of(columns));
  const DType given = given_in(promote(a.dtype(), b.dtype()));
  const auto prepared = [&](const Array& x) {
    Shape shape = batch;
    shape.push_back(x.size(-2));
    shape.push_back(x.size(-1));
    return broadcast_to(astype(x, computed_in(given)), shape);
  };
  return {prepared(a), prepared(columns), given, has_vector};
}

Array solution_of(const System& system, const Array& x) {
  return astype(system.has_vector ? squeeze(x, -1) : x, system.given);
}

Array computed(const Array& a) { return astype(a, computed_in(a.dtype())); }
Array given(const Array& result, const Array& a) { return astype(result, given_in(a.dtype())); }

}  // namespace

bool has_lapack() { return lapack::is_available(); }

Array cholesky(const Array& a, std::source_location where) {
  const WhereScope scope(where);
  check_square("cholesky", a);
  return given(cholesky_of({"cholesky", where}, computed(a)), a);
}

QrFactors qr(const Array& a, std::source_location where) {
  const WhereScope scope(where);
  check_matrix("qr", a);
  const QrFactors factors = qr_of({"qr", where}, computed(a));
  return {given(factors.q, a), given(factors.r, a)};
}

SingularValues svd(const Array& a, std::source_location where) {
  const WhereScope scope(where);
  check_matrix("svd", a);
  const SingularValues parts = svd_of({"svd", where}, computed(a));
  return {given(parts.u, a), given(parts.s, a), given(parts.vh, a)};
}

Array svdvals(const Array& a, std::source_location where) {
  const WhereScope scope(where);
  check_matrix("svdvals", a);
  const Operands of{"svdvals", where};
  const std::int64_t k = std::min(a.size(-2), a.size(-1));
  return given(with_rule(
                   of, computed(a), [&](const Array& x) { return call(lapack::svdvals, of, {x}, {k}); },
                   [of](const Array& x, const Array&, const Array& g) {
                     const SingularValues parts = svd_of(of, x);
                     return matmul(parts.u * as_row(g), parts.vh);
                   }),
               a);
}

EigenValues eigh(const Array& a, std::source_location where) {
  const WhereScope scope(where);
  check_square("eigh", a);
  const EigenValues parts = eigh_of({"eigh", where}, computed(a));
  return {given(parts.values, a), given(parts.vectors, a)};
}

Array eigvalsh(const Array& a, std::source_location where) {
  const WhereScope scope(where);
  check_square("eigvalsh", a);
  const Operands of{"eigvalsh", where};
  return given(with_rule(
                   of, computed(a), [&](const Array& x) { return call(lapack::eigvalsh, of, {x}, {x.size(-1)}); },
                   [of](const Array& x, const Array&, const Array& g) {
                     const Array v = eigh_of(of, x).vectors;
                     return matmul(v * as_row(g), transposed(v));
                   }),
               a);
}

Array solve(const Array& a, const Array& b, std::source_location where) {
  const WhereScope scope(where);
  const Operands of{"solve", where};
  check_square(of.op, a);
  const System system = system_of(of, a, b);
  return solution_of(system, solution(of, system.a, system.b));
}

Array solve_triangular(const Array& a, const Array& b, bool upper, bool unit, std::source_location where) {
  const WhereScope scope(where);
  const Operands of{"solve_triangular", where};
  check_square(of.op, a);
  const System system = system_of(of, a, b);
  return solution_of(system, triangular_solution(of, system.a, system.b, upper, unit));
}

Array inv(const Array& a, std::source_location where) {
  const WhereScope scope(where);
  check_square("inv", a);
  return given(inverse_of({"inv", where}, computed(a)), a);
}

Array det(const Array& a, std::source_location where) {
  const WhereScope scope(where);
  check_square("det", a);
  return given(determinant_of({"det", where}, computed(a), det_itself), a);
}

SignAndLog slogdet(const Array& a, std::source_location where) {
  const WhereScope scope(where);
  check_square("slogdet", a);
  const Operands of{"slogdet", where};
  const Array x = computed(a);
  return {given(stop_gradient(determinant_of(of, x, sign_of_det)), a), given(determinant_of(of, x, log_of_det), a)};
}

Array lstsq(const Array& a, const Array& b, std::source_location where) {
  const WhereScope scope(where);
  const Operands of{"lstsq", where};
  check_matrix(of.op, a);
  const System system = system_of(of, a, b);
  if (a.size(-2) >= a.size(-1)) {
    const QrFactors f = tall_qr(of, system.a);
    return solution_of(system, triangular_solution(of, f.r, matmul(transposed(f.q), system.b), true, false));
  }
  // a' = q r, so that x = q r^-T b has no part that a maps to 0
  const QrFactors f = tall_qr(of, transposed(system.a));
  return solution_of(system, matmul(f.q, triangular_solution(of, transposed(f.r), system.b, false, false)));
}

}  // namespace tenon

#include "bench/math_functions.h"

#include <cmath>

namespace tenon::bench {

void vector_exp(const float* __restrict x, float* __restrict y, int count) {
  for (int i = 0; i < count; ++i) y[i] = expf(x[i]);
}
void vector_log(const float* __restrict x, float* __restrict y, int count) {
  for (int i = 0; i < count; ++i) y[i] = logf(x[i]);
}
void vector_tanh(const float* __restrict x, float* __restrict y, int count) {
  for (int i = 0; i < count; ++i) y[i] = tanhf(x[i]);
}
void vector_erf(const float* __restrict x, float* __restrict y, int count) {
  for (int i = 0; i < count; ++i) y[i] = erff(x[i]);
}
void vector_sin(const float* __restrict x, float* __restrict y, int count) {
  for (int i = 0; i < count; ++i) y[i] = sinf(x[i]);
}
void vector_pow(const float* __restrict x, float* __restrict y, int count) {
  const float power = exponent;
  for (int i = 0; i < count; ++i) y[i] = powf(x[i], power);
}

}  // namespace tenon::bench

// The compiler's own vector functions over arrays, for bench/math_bench.cpp. Compiled with -ffast-math, without which
// g++ does not call them.
#pragma once

namespace tenon::bench {

using Function = void (*)(const float* x, float* y, int count);

void vector_exp(const float* x, float* y, int count);
void vector_log(const float* x, float* y, int count);
void vector_tanh(const float* x, float* y, int count);
void vector_erf(const float* x, float* y, int count);
void vector_sin(const float* x, float* y, int count);
/// x to a power that the compiler does not know.
void vector_pow(const float* x, float* y, int count);
inline volatile float exponent = 2.5f;

}  // namespace tenon::bench

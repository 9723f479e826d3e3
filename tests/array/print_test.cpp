// Arrays as text. What is expected was printed by NumPy 2.4.6: each case holds the expression that it evaluated, and
// where build/venv is there, NumPy evaluates them all again.
#include "tenon/array/print.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <memory>
#include <sstream>

#include "tenon/array/ops.h"
#include "tenon/runtime/files.h"
#include "tenon/runtime/process.h"
#include "tenon/tensor/print.h"
#include "tenon/tree/leaf.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

// Literals of floating-point numbers are doubles.
template <class T>
using Literal = std::conditional_t<std::is_floating_point_v<T>, double, T>;

template <class T>
Array of(std::initializer_list<Literal<T>> values, const Sizes& shape) {
  const auto converted = std::make_unique<T[]>(values.size());
  std::transform(values.begin(), values.end(), converted.get(), [](Literal<T> value) { return static_cast<T>(value); });
  return Array::from(std::span<const T>(converted.get(), values.size()), shape);
}

// (start + 0, 1, 2, ...) * scale, in this shape
template <class T>
Array count(const Sizes& sizes, double scale, int start) {
  const Shape shape = checked_shape("count", sizes.dims());
  std::vector<T> values;
  for (std::int64_t i = 0; i < shape.elements(); ++i) {
    const double value = static_cast<double>(i + start) * scale;
    if constexpr (std::is_floating_point_v<T>)
      values.push_back(static_cast<T>(value));
    else
      values.push_back(static_cast<T>(static_cast<std::int64_t>(value)));  // wraps around, as NumPy does
  }
  return Array::from(values, sizes);
}

Array every_third(std::size_t size) {
  const auto values = std::make_unique<bool[]>(size);
  for (std::size_t i = 0; i < size; i += 3) values[i] = true;
  return Array::from(std::span<const bool>(values.get(), size), {static_cast<std::int64_t>(size)});
}

struct Case {
  std::string_view expression;  // in Python
  Array array;
  PrintOptions options;
  std::string_view text;
};

std::vector<Case> cases() {
  return {
      {"str(np.array(0.1, 'f4'))", of<float>({0.1}, {}), {}, R"(0.1)"},
      {"str(np.array(3.0, 'f4'))", of<float>({3.0}, {}), {}, R"(3.0)"},
      {"str(np.array(16777216.0, 'f4'))", of<float>({16777216.0}, {}), {}, R"(1.6777216e+07)"},
      {"str(np.array(0.0001, 'f4'))", of<float>({0.0001}, {}), {}, R"(1e-04)"},
      {"str(np.array(-0.0, 'f4'))", of<float>({-0.0}, {}), {}, R"(-0.0)"},
      {"str(np.array(0.1, 'f8'))", of<double>({0.1}, {}), {}, R"(0.1)"},
      {"str(np.array(1e+16, 'f8'))", of<double>({1e+16}, {}), {}, R"(1e+16)"},
      {"str(np.array(123456789.125, 'f8'))", of<double>({123456789.125}, {}), {}, R"(123456789.125)"},
      {"str(np.array(0.0001, 'f8'))", of<double>({0.0001}, {}), {}, R"(0.0001)"},
      {"str(np.array(-1.5e-07, 'f8'))", of<double>({-1.5e-07}, {}), {}, R"(-1.5e-07)"},
      {"str(np.array(inf, 'f8'))", of<double>({infinity}, {}), {}, R"(inf)"},
      {"str(np.array(nan, 'f4'))", of<float>({nan}, {}), {}, R"(nan)"},
      {"str(np.array(-inf, 'f8'))", of<double>({-infinity}, {}), {}, R"(-inf)"},
      {"str(np.array(True, '?'))", of<bool>({true}, {}), {}, R"(True)"},
      {"str(np.array(False, '?'))", of<bool>({false}, {}), {}, R"(False)"},
      {"str(np.array(-7, 'i4'))", of<std::int32_t>({-7}, {}), {}, R"(-7)"},
      {"str(np.array(255, 'u1'))", of<std::uint8_t>({255}, {}), {}, R"(255)"},
      {"str(np.array(4294967295, 'u4'))", of<std::uint32_t>({4294967295}, {}), {}, R"(4294967295)"},
      {"str(np.array(9223372036854775807, 'i8'))",
       of<std::int64_t>({9223372036854775807}, {}),
       {},
       R"(9223372036854775807)"},
      {"str(np.array([1, 2, 3], 'f4'))", of<float>({1.0, 2.0, 3.0}, {3}), {}, R"([1. 2. 3.])"},
      {"str(np.array([1, 0.5, 0.25], 'f4'))", of<float>({1.0, 0.5, 0.25}, {3}), {}, R"([1.   0.5  0.25])"},
      {"str(np.array([0.1, 0.2, 0.3], 'f8'))", of<double>({0.1, 0.2, 0.3}, {3}), {}, R"([0.1 0.2 0.3])"},
      {"str(np.array([0.3333333333333333, 0.6666666666666666], 'f4'))",
       of<float>({0.3333333333333333, 0.6666666666666666}, {2}),
       {},
       R"([0.33333334 0.6666667 ])"},
      {"str(np.array([0.3333333333333333, 0.6666666666666666, -1], 'f8'))",
       of<double>({0.3333333333333333, 0.6666666666666666, -1.0}, {3}),
       {},
       R"([ 0.33333333  0.66666667 -1.        ])"},
      {"str(np.array([1000000.0, 1], 'f4'))", of<float>({1000000.0, 1.0}, {2}), {}, R"([1.e+06 1.e+00])"},
      {"str(np.array([999999.0, 2000.5], 'f4'))", of<float>({999999.0, 2000.5}, {2}), {}, R"([999999.    2000.5])"},
      {"str(np.array([100000000.0, 1], 'f8'))", of<double>({100000000.0, 1.0}, {2}), {}, R"([1.e+08 1.e+00])"},
      {"str(np.array([99999999.0, 123456.0], 'f8'))",
       of<double>({99999999.0, 123456.0}, {2}),
       {},
       R"([99999999.   123456.])"},
      {"str(np.array([0.0001, 0.05], 'f4'))", of<float>({0.0001, 0.05}, {2}), {}, R"([0.0001 0.05  ])"},
      {"str(np.array([9e-05, 0.05], 'f8'))", of<double>({9e-05, 0.05}, {2}), {}, R"([9.e-05 5.e-02])"},
      {"str(np.array([1, 1000.5], 'f8'))", of<double>({1.0, 1000.5}, {2}), {}, R"([1.0000e+00 1.0005e+03])"},
      {"str(np.array([1, 1000], 'f8'))", of<double>({1.0, 1000.0}, {2}), {}, R"([   1. 1000.])"},
      {"str(np.array([0.1, 1e-07, 3000000000000.0], 'f4'))",
       of<float>({0.1, 1e-07, 3000000000000.0}, {3}),
       {},
       R"([1.e-01 1.e-07 3.e+12])"},
      {"str(np.array([1e-100, 1e+100], 'f8'))", of<double>({1e-100, 1e+100}, {2}), {}, R"([1.e-100 1.e+100])"},
      {"str(np.array([5e-324, 1.7976931348623157e+308], 'f8'))",
       of<double>({5e-324, 1.7976931348623157e+308}, {2}),
       {},
       R"([4.94065646e-324 1.79769313e+308])"},
      {"str(np.array([1e-45, 3.4028235e+38], 'f4'))",
       of<float>({1e-45, 3.4028235e+38}, {2}),
       {},
       R"([1.4012985e-45 3.4028235e+38])"},
      {"str(np.array([0, 0, 0], 'f4'))", of<float>({0.0, 0.0, 0.0}, {3}), {}, R"([0. 0. 0.])"},
      {"str(np.array([-0.0, 0], 'f8'))", of<double>({-0.0, 0.0}, {2}), {}, R"([-0.  0.])"},
      {"str(np.array([0, 1e-05], 'f4'))", of<float>({0.0, 1e-05}, {2}), {}, R"([0.e+00 1.e-05])"},
      {"str(np.array([nan, 1, inf], 'f4'))", of<float>({nan, 1.0, infinity}, {3}), {}, R"([nan  1. inf])"},
      {"str(np.array([-inf, 1, nan], 'f8'))", of<double>({-infinity, 1.0, nan}, {3}), {}, R"([-inf   1.  nan])"},
      {"str(np.array([nan, nan], 'f4'))", of<float>({nan, nan}, {2}), {}, R"([nan nan])"},
      {"str(np.array([inf], 'f8'))", of<double>({infinity}, {1}), {}, R"([inf])"},
      {"str(np.array([-inf], 'f8'))", of<double>({-infinity}, {1}), {}, R"([-inf])"},
      {"str(np.array([inf, -1e-10], 'f4'))", of<float>({infinity, -1e-10}, {2}), {}, R"([    inf -1.e-10])"},
      {"str(np.array([-1, 1], 'f4'))", of<float>({-1.0, 1.0}, {2}), {}, R"([-1.  1.])"},
      {"str(np.array([123.456, -0.001], 'f8'))",
       of<double>({123.456, -0.001}, {2}),
       {},
       R"([ 1.23456e+02 -1.00000e-03])"},
      {"str(np.array([3.241592653589793, 2.818281828459045], 'f8'))",
       of<double>({3.241592653589793, 2.818281828459045}, {2}),
       {},
       R"([3.24159265 2.81828183])"},
      {"str(np.array([1.0000000001, 2], 'f8'))", of<double>({1.0000000001, 2.0}, {2}), {}, R"([1. 2.])"},
      {"str(np.array([0.1, 1.26217745e-29], 'f4'))",
       of<float>({0.1, 1.26217745e-29}, {2}),
       {},
       R"([1.0000000e-01 1.2621775e-29])"},
      {"str(np.array([-1.5, 2.25, 1024], 'f4'))",
       of<float>({-1.5, 2.25, 1024.0}, {3}),
       {},
       R"([  -1.5     2.25 1024.  ])"},
      {"str(np.array([16777217, 1], 'i4'))", of<std::int32_t>({16777217, 1}, {2}), {}, R"([16777217        1])"},
      {"str(np.array([0.123456785, 0.123456775], 'f8'))",
       of<double>({0.123456785, 0.123456775}, {2}),
       {},
       R"([0.12345678 0.12345678])"},
      {"str(np.array([0.5, 2.5e-09, 0.25], 'f8'))",
       of<double>({0.5, 2.5e-09, 0.25}, {3}),
       {},
       R"([5.0e-01 2.5e-09 2.5e-01])"},
      {"str(np.array([1, -20, 300], 'i4'))", of<std::int32_t>({1, -20, 300}, {3}), {}, R"([  1 -20 300])"},
      {"str(np.array([0, 255, 7], 'u1'))", of<std::uint8_t>({0, 255, 7}, {3}), {}, R"([  0 255   7])"},
      {"str(np.array([-9223372036854775808, 9223372036854775807], 'i8'))",
       of<std::int64_t>({smallest, 9223372036854775807}, {2}),
       {},
       R"([-9223372036854775808  9223372036854775807])"},
      {"str(np.array([4294967295, 0], 'u4'))",
       of<std::uint32_t>({4294967295, 0}, {2}),
       {},
       R"([4294967295          0])"},
      {"str(np.array([True, False, True], '?'))", of<bool>({true, false, true}, {3}), {}, R"([ True False  True])"},
      {"str(np.array([[True], [False]], '?'))",
       of<bool>({true, false}, {2, 1}),
       {},
       R"([[ True]
 [False]])"},
      {"str(np.zeros((0,), 'f4'))", of<float>({}, {0}), {}, R"([])"},
      {"str(np.zeros((2, 0, 3), 'i8'))", of<std::int64_t>({}, {2, 0, 3}), {}, R"([])"},
      {"str(np.zeros((0, 5), '?'))", of<bool>({}, {0, 5}), {}, R"([])"},
      {"str(np.array([[1.5, -2], [3, 0.001]], 'f4'))",
       of<float>({1.5, -2.0, 3.0, 0.001}, {2, 2}),
       {},
       R"([[ 1.5e+00 -2.0e+00]
 [ 3.0e+00  1.0e-03]])"},
      {"str(np.array([[1]], 'i4'))", of<std::int32_t>({1}, {1, 1}), {}, R"([[1]])"},
      {"str(np.array([[[[7]]]], 'u1'))", of<std::uint8_t>({7}, {1, 1, 1, 1}), {}, R"([[[[7]]]])"},
      {"str(np.array([[1.0], [nan]], 'f8'))",
       of<double>({1.0, nan}, {2, 1}),
       {},
       R"([[ 1.]
 [nan]])"},
      {"str((np.arange(24) * 1).astype('i4').reshape((2, 3, 4)))",
       count<std::int32_t>({2, 3, 4}, 1, 0),
       {},
       R"([[[ 0  1  2  3]
  [ 4  5  6  7]
  [ 8  9 10 11]]

 [[12 13 14 15]
  [16 17 18 19]
  [20 21 22 23]]])"},
      {"str((np.arange(8) * 0.5).astype('f4').reshape((2, 2, 2)))",
       count<float>({2, 2, 2}, 0.5, 0),
       {},
       R"([[[0.  0.5]
  [1.  1.5]]

 [[2.  2.5]
  [3.  3.5]]])"},
      {"str((np.arange(12) * 0.125).astype('f8').reshape((2, 1, 2, 3)))",
       count<double>({2, 1, 2, 3}, 0.125, 0),
       {},
       R"([[[[0.    0.125 0.25 ]
   [0.375 0.5   0.625]]]


 [[[0.75  0.875 1.   ]
   [1.125 1.25  1.375]]]])"},
      {"str((np.arange(16) * 1000).astype('i8').reshape((2, 2, 2, 2)))",
       count<std::int64_t>({2, 2, 2, 2}, 1000, 0),
       {},
       R"([[[[    0  1000]
   [ 2000  3000]]

  [[ 4000  5000]
   [ 6000  7000]]]


 [[[ 8000  9000]
   [10000 11000]]

  [[12000 13000]
   [14000 15000]]]])"},
      {"str((np.arange(5) * 0.1).astype('f4').reshape((1, 1, 1, 5)))",
       count<float>({1, 1, 1, 5}, 0.1, 0),
       {},
       R"([[[[0.  0.1 0.2 0.3 0.4]]]])"},
      {"str((np.arange(30) * 1).astype('i4').reshape((30,)))",
       count<std::int32_t>({30}, 1, 0),
       {},
       R"([ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
 24 25 26 27 28 29])"},
      {"str((np.arange(20) * 0.3).astype('f4').reshape((20,)))",
       count<float>({20}, 0.3, 0),
       {},
       R"([0.  0.3 0.6 0.9 1.2 1.5 1.8 2.1 2.4 2.7 3.  3.3 3.6 3.9 4.2 4.5 4.8 5.1
 5.4 5.7])"},
      {"str((np.arange(25) * 0.001).astype('f8').reshape((25,)))",
       count<double>({25}, 0.001, 0),
       {},
       R"([0.    0.001 0.002 0.003 0.004 0.005 0.006 0.007 0.008 0.009 0.01  0.011
 0.012 0.013 0.014 0.015 0.016 0.017 0.018 0.019 0.02  0.021 0.022 0.023
 0.024])"},
      {"str((np.arange(24) * 1.2345678).astype('f8').reshape((2, 12)))",
       count<double>({2, 12}, 1.2345678, 0),
       {},
       R"([[ 0.         1.2345678  2.4691356  3.7037034  4.9382712  6.172839
   7.4074068  8.6419746  9.8765424 11.1111102 12.345678  13.5802458]
 [14.8148136 16.0493814 17.2839492 18.518517  19.7530848 20.9876526
  22.2222204 23.4567882 24.691356  25.9259238 27.1604916 28.3950594]])"},
      {"str((np.arange(80) * 7).astype('i4').reshape((2, 40)))",
       count<std::int32_t>({2, 40}, 7, 0),
       {},
       R"([[  0   7  14  21  28  35  42  49  56  63  70  77  84  91  98 105 112 119
  126 133 140 147 154 161 168 175 182 189 196 203 210 217 224 231 238 245
  252 259 266 273]
 [280 287 294 301 308 315 322 329 336 343 350 357 364 371 378 385 392 399
  406 413 420 427 434 441 448 455 462 469 476 483 490 497 504 511 518 525
  532 539 546 553]])"},
      {"str((np.arange(300) * 1).astype('u1').reshape((3, 100)))",
       count<std::uint8_t>({3, 100}, 1, 0),
       {},
       R"([[  0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  16  17
   18  19  20  21  22  23  24  25  26  27  28  29  30  31  32  33  34  35
   36  37  38  39  40  41  42  43  44  45  46  47  48  49  50  51  52  53
   54  55  56  57  58  59  60  61  62  63  64  65  66  67  68  69  70  71
   72  73  74  75  76  77  78  79  80  81  82  83  84  85  86  87  88  89
   90  91  92  93  94  95  96  97  98  99]
 [100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117
  118 119 120 121 122 123 124 125 126 127 128 129 130 131 132 133 134 135
  136 137 138 139 140 141 142 143 144 145 146 147 148 149 150 151 152 153
  154 155 156 157 158 159 160 161 162 163 164 165 166 167 168 169 170 171
  172 173 174 175 176 177 178 179 180 181 182 183 184 185 186 187 188 189
  190 191 192 193 194 195 196 197 198 199]
 [200 201 202 203 204 205 206 207 208 209 210 211 212 213 214 215 216 217
  218 219 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235
  236 237 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253
  254 255   0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15
   16  17  18  19  20  21  22  23  24  25  26  27  28  29  30  31  32  33
   34  35  36  37  38  39  40  41  42  43]])"},
      {"str(np.arange(40) % 3 == 0)",
       every_third(40),
       {},
       R"([ True False False  True False False  True False False  True False False
  True False False  True False False  True False False  True False False
  True False False  True False False  True False False  True False False
  True False False  True])"},
      {"str((np.arange(60) * -0.37).astype('f4').reshape((2, 2, 15)))",
       count<float>({2, 2, 15}, -0.37, 0),
       {},
       R"([[[ -0.    -0.37  -0.74  -1.11  -1.48  -1.85  -2.22  -2.59  -2.96  -3.33
    -3.7   -4.07  -4.44  -4.81  -5.18]
  [ -5.55  -5.92  -6.29  -6.66  -7.03  -7.4   -7.77  -8.14  -8.51  -8.88
    -9.25  -9.62  -9.99 -10.36 -10.73]]

 [[-11.1  -11.47 -11.84 -12.21 -12.58 -12.95 -13.32 -13.69 -14.06 -14.43
   -14.8  -15.17 -15.54 -15.91 -16.28]
  [-16.65 -17.02 -17.39 -17.76 -18.13 -18.5  -18.87 -19.24 -19.61 -19.98
   -20.35 -20.72 -21.09 -21.46 -21.83]]])"},
      {"str((np.arange(1001) * 1).astype('i4').reshape((1001,)))",
       count<std::int32_t>({1001}, 1, 0),
       {},
       R"([   0    1    2 ...  998  999 1000])"},
      {"str((np.arange(1000) * 1).astype('i4').reshape((1000,)))",
       count<std::int32_t>({1000}, 1, 0),
       {},
       R"([  0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  16  17
  18  19  20  21  22  23  24  25  26  27  28  29  30  31  32  33  34  35
  36  37  38  39  40  41  42  43  44  45  46  47  48  49  50  51  52  53
  54  55  56  57  58  59  60  61  62  63  64  65  66  67  68  69  70  71
  72  73  74  75  76  77  78  79  80  81  82  83  84  85  86  87  88  89
  90  91  92  93  94  95  96  97  98  99 100 101 102 103 104 105 106 107
 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125
 126 127 128 129 130 131 132 133 134 135 136 137 138 139 140 141 142 143
 144 145 146 147 148 149 150 151 152 153 154 155 156 157 158 159 160 161
 162 163 164 165 166 167 168 169 170 171 172 173 174 175 176 177 178 179
 180 181 182 183 184 185 186 187 188 189 190 191 192 193 194 195 196 197
 198 199 200 201 202 203 204 205 206 207 208 209 210 211 212 213 214 215
 216 217 218 219 220 221 222 223 224 225 226 227 228 229 230 231 232 233
 234 235 236 237 238 239 240 241 242 243 244 245 246 247 248 249 250 251
 252 253 254 255 256 257 258 259 260 261 262 263 264 265 266 267 268 269
 270 271 272 273 274 275 276 277 278 279 280 281 282 283 284 285 286 287
 288 289 290 291 292 293 294 295 296 297 298 299 300 301 302 303 304 305
 306 307 308 309 310 311 312 313 314 315 316 317 318 319 320 321 322 323
 324 325 326 327 328 329 330 331 332 333 334 335 336 337 338 339 340 341
 342 343 344 345 346 347 348 349 350 351 352 353 354 355 356 357 358 359
 360 361 362 363 364 365 366 367 368 369 370 371 372 373 374 375 376 377
 378 379 380 381 382 383 384 385 386 387 388 389 390 391 392 393 394 395
 396 397 398 399 400 401 402 403 404 405 406 407 408 409 410 411 412 413
 414 415 416 417 418 419 420 421 422 423 424 425 426 427 428 429 430 431
 432 433 434 435 436 437 438 439 440 441 442 443 444 445 446 447 448 449
 450 451 452 453 454 455 456 457 458 459 460 461 462 463 464 465 466 467
 468 469 470 471 472 473 474 475 476 477 478 479 480 481 482 483 484 485
 486 487 488 489 490 491 492 493 494 495 496 497 498 499 500 501 502 503
 504 505 506 507 508 509 510 511 512 513 514 515 516 517 518 519 520 521
 522 523 524 525 526 527 528 529 530 531 532 533 534 535 536 537 538 539
 540 541 542 543 544 545 546 547 548 549 550 551 552 553 554 555 556 557
 558 559 560 561 562 563 564 565 566 567 568 569 570 571 572 573 574 575
 576 577 578 579 580 581 582 583 584 585 586 587 588 589 590 591 592 593
 594 595 596 597 598 599 600 601 602 603 604 605 606 607 608 609 610 611
 612 613 614 615 616 617 618 619 620 621 622 623 624 625 626 627 628 629
 630 631 632 633 634 635 636 637 638 639 640 641 642 643 644 645 646 647
 648 649 650 651 652 653 654 655 656 657 658 659 660 661 662 663 664 665
 666 667 668 669 670 671 672 673 674 675 676 677 678 679 680 681 682 683
 684 685 686 687 688 689 690 691 692 693 694 695 696 697 698 699 700 701
 702 703 704 705 706 707 708 709 710 711 712 713 714 715 716 717 718 719
 720 721 722 723 724 725 726 727 728 729 730 731 732 733 734 735 736 737
 738 739 740 741 742 743 744 745 746 747 748 749 750 751 752 753 754 755
 756 757 758 759 760 761 762 763 764 765 766 767 768 769 770 771 772 773
 774 775 776 777 778 779 780 781 782 783 784 785 786 787 788 789 790 791
 792 793 794 795 796 797 798 799 800 801 802 803 804 805 806 807 808 809
 810 811 812 813 814 815 816 817 818 819 820 821 822 823 824 825 826 827
 828 829 830 831 832 833 834 835 836 837 838 839 840 841 842 843 844 845
 846 847 848 849 850 851 852 853 854 855 856 857 858 859 860 861 862 863
 864 865 866 867 868 869 870 871 872 873 874 875 876 877 878 879 880 881
 882 883 884 885 886 887 888 889 890 891 892 893 894 895 896 897 898 899
 900 901 902 903 904 905 906 907 908 909 910 911 912 913 914 915 916 917
 918 919 920 921 922 923 924 925 926 927 928 929 930 931 932 933 934 935
 936 937 938 939 940 941 942 943 944 945 946 947 948 949 950 951 952 953
 954 955 956 957 958 959 960 961 962 963 964 965 966 967 968 969 970 971
 972 973 974 975 976 977 978 979 980 981 982 983 984 985 986 987 988 989
 990 991 992 993 994 995 996 997 998 999])"},
      {"str((np.arange(2000) * 0.5).astype('f4').reshape((2000,)))",
       count<float>({2000}, 0.5, 0),
       {},
       R"([0.000e+00 5.000e-01 1.000e+00 ... 9.985e+02 9.990e+02 9.995e+02])"},
      {"str((np.arange(2500) * 0.01).astype('f8').reshape((50, 50)))",
       count<double>({50, 50}, 0.01, 0),
       {},
       R"([[0.000e+00 1.000e-02 2.000e-02 ... 4.700e-01 4.800e-01 4.900e-01]
 [5.000e-01 5.100e-01 5.200e-01 ... 9.700e-01 9.800e-01 9.900e-01]
 [1.000e+00 1.010e+00 1.020e+00 ... 1.470e+00 1.480e+00 1.490e+00]
 ...
 [2.350e+01 2.351e+01 2.352e+01 ... 2.397e+01 2.398e+01 2.399e+01]
 [2.400e+01 2.401e+01 2.402e+01 ... 2.447e+01 2.448e+01 2.449e+01]
 [2.450e+01 2.451e+01 2.452e+01 ... 2.497e+01 2.498e+01 2.499e+01]])"},
      {"str((np.arange(1100) * 1).astype('i4').reshape((11, 10, 10)))",
       count<std::int32_t>({11, 10, 10}, 1, 0),
       {},
       R"([[[   0    1    2 ...    7    8    9]
  [  10   11   12 ...   17   18   19]
  [  20   21   22 ...   27   28   29]
  ...
  [  70   71   72 ...   77   78   79]
  [  80   81   82 ...   87   88   89]
  [  90   91   92 ...   97   98   99]]

 [[ 100  101  102 ...  107  108  109]
  [ 110  111  112 ...  117  118  119]
  [ 120  121  122 ...  127  128  129]
  ...
  [ 170  171  172 ...  177  178  179]
  [ 180  181  182 ...  187  188  189]
  [ 190  191  192 ...  197  198  199]]

 [[ 200  201  202 ...  207  208  209]
  [ 210  211  212 ...  217  218  219]
  [ 220  221  222 ...  227  228  229]
  ...
  [ 270  271  272 ...  277  278  279]
  [ 280  281  282 ...  287  288  289]
  [ 290  291  292 ...  297  298  299]]

 ...

 [[ 800  801  802 ...  807  808  809]
  [ 810  811  812 ...  817  818  819]
  [ 820  821  822 ...  827  828  829]
  ...
  [ 870  871  872 ...  877  878  879]
  [ 880  881  882 ...  887  888  889]
  [ 890  891  892 ...  897  898  899]]

 [[ 900  901  902 ...  907  908  909]
  [ 910  911  912 ...  917  918  919]
  [ 920  921  922 ...  927  928  929]
  ...
  [ 970  971  972 ...  977  978  979]
  [ 980  981  982 ...  987  988  989]
  [ 990  991  992 ...  997  998  999]]

 [[1000 1001 1002 ... 1007 1008 1009]
  [1010 1011 1012 ... 1017 1018 1019]
  [1020 1021 1022 ... 1027 1028 1029]
  ...
  [1070 1071 1072 ... 1077 1078 1079]
  [1080 1081 1082 ... 1087 1088 1089]
  [1090 1091 1092 ... 1097 1098 1099]]])"},
      {"str((np.arange(1200) * 1).astype('f4').reshape((6, 200)))",
       count<float>({6, 200}, 1, 0),
       {},
       R"([[0.000e+00 1.000e+00 2.000e+00 ... 1.970e+02 1.980e+02 1.990e+02]
 [2.000e+02 2.010e+02 2.020e+02 ... 3.970e+02 3.980e+02 3.990e+02]
 [4.000e+02 4.010e+02 4.020e+02 ... 5.970e+02 5.980e+02 5.990e+02]
 [6.000e+02 6.010e+02 6.020e+02 ... 7.970e+02 7.980e+02 7.990e+02]
 [8.000e+02 8.010e+02 8.020e+02 ... 9.970e+02 9.980e+02 9.990e+02]
 [1.000e+03 1.001e+03 1.002e+03 ... 1.197e+03 1.198e+03 1.199e+03]])"},
      {"str((np.arange(1200) * 1).astype('i8').reshape((2, 3, 5, 40)))",
       count<std::int64_t>({2, 3, 5, 40}, 1, 0),
       {},
       R"([[[[   0    1    2 ...   37   38   39]
   [  40   41   42 ...   77   78   79]
   [  80   81   82 ...  117  118  119]
   [ 120  121  122 ...  157  158  159]
   [ 160  161  162 ...  197  198  199]]

  [[ 200  201  202 ...  237  238  239]
   [ 240  241  242 ...  277  278  279]
   [ 280  281  282 ...  317  318  319]
   [ 320  321  322 ...  357  358  359]
   [ 360  361  362 ...  397  398  399]]

  [[ 400  401  402 ...  437  438  439]
   [ 440  441  442 ...  477  478  479]
   [ 480  481  482 ...  517  518  519]
   [ 520  521  522 ...  557  558  559]
   [ 560  561  562 ...  597  598  599]]]


 [[[ 600  601  602 ...  637  638  639]
   [ 640  641  642 ...  677  678  679]
   [ 680  681  682 ...  717  718  719]
   [ 720  721  722 ...  757  758  759]
   [ 760  761  762 ...  797  798  799]]

  [[ 800  801  802 ...  837  838  839]
   [ 840  841  842 ...  877  878  879]
   [ 880  881  882 ...  917  918  919]
   [ 920  921  922 ...  957  958  959]
   [ 960  961  962 ...  997  998  999]]

  [[1000 1001 1002 ... 1037 1038 1039]
   [1040 1041 1042 ... 1077 1078 1079]
   [1080 1081 1082 ... 1117 1118 1119]
   [1120 1121 1122 ... 1157 1158 1159]
   [1160 1161 1162 ... 1197 1198 1199]]]])"},
      {"str((np.arange(1470) * 0.001).astype('f4').reshape((7, 1, 7, 30)))",
       count<float>({7, 1, 7, 30}, 0.001, 0),
       {},
       R"([[[[0.000e+00 1.000e-03 2.000e-03 ... 2.700e-02 2.800e-02 2.900e-02]
   [3.000e-02 3.100e-02 3.200e-02 ... 5.700e-02 5.800e-02 5.900e-02]
   [6.000e-02 6.100e-02 6.200e-02 ... 8.700e-02 8.800e-02 8.900e-02]
   ...
   [1.200e-01 1.210e-01 1.220e-01 ... 1.470e-01 1.480e-01 1.490e-01]
   [1.500e-01 1.510e-01 1.520e-01 ... 1.770e-01 1.780e-01 1.790e-01]
   [1.800e-01 1.810e-01 1.820e-01 ... 2.070e-01 2.080e-01 2.090e-01]]]


 [[[2.100e-01 2.110e-01 2.120e-01 ... 2.370e-01 2.380e-01 2.390e-01]
   [2.400e-01 2.410e-01 2.420e-01 ... 2.670e-01 2.680e-01 2.690e-01]
   [2.700e-01 2.710e-01 2.720e-01 ... 2.970e-01 2.980e-01 2.990e-01]
   ...
   [3.300e-01 3.310e-01 3.320e-01 ... 3.570e-01 3.580e-01 3.590e-01]
   [3.600e-01 3.610e-01 3.620e-01 ... 3.870e-01 3.880e-01 3.890e-01]
   [3.900e-01 3.910e-01 3.920e-01 ... 4.170e-01 4.180e-01 4.190e-01]]]


 [[[4.200e-01 4.210e-01 4.220e-01 ... 4.470e-01 4.480e-01 4.490e-01]
   [4.500e-01 4.510e-01 4.520e-01 ... 4.770e-01 4.780e-01 4.790e-01]
   [4.800e-01 4.810e-01 4.820e-01 ... 5.070e-01 5.080e-01 5.090e-01]
   ...
   [5.400e-01 5.410e-01 5.420e-01 ... 5.670e-01 5.680e-01 5.690e-01]
   [5.700e-01 5.710e-01 5.720e-01 ... 5.970e-01 5.980e-01 5.990e-01]
   [6.000e-01 6.010e-01 6.020e-01 ... 6.270e-01 6.280e-01 6.290e-01]]]


 ...


 [[[8.400e-01 8.410e-01 8.420e-01 ... 8.670e-01 8.680e-01 8.690e-01]
   [8.700e-01 8.710e-01 8.720e-01 ... 8.970e-01 8.980e-01 8.990e-01]
   [9.000e-01 9.010e-01 9.020e-01 ... 9.270e-01 9.280e-01 9.290e-01]
   ...
   [9.600e-01 9.610e-01 9.620e-01 ... 9.870e-01 9.880e-01 9.890e-01]
   [9.900e-01 9.910e-01 9.920e-01 ... 1.017e+00 1.018e+00 1.019e+00]
   [1.020e+00 1.021e+00 1.022e+00 ... 1.047e+00 1.048e+00 1.049e+00]]]


 [[[1.050e+00 1.051e+00 1.052e+00 ... 1.077e+00 1.078e+00 1.079e+00]
   [1.080e+00 1.081e+00 1.082e+00 ... 1.107e+00 1.108e+00 1.109e+00]
   [1.110e+00 1.111e+00 1.112e+00 ... 1.137e+00 1.138e+00 1.139e+00]
   ...
   [1.170e+00 1.171e+00 1.172e+00 ... 1.197e+00 1.198e+00 1.199e+00]
   [1.200e+00 1.201e+00 1.202e+00 ... 1.227e+00 1.228e+00 1.229e+00]
   [1.230e+00 1.231e+00 1.232e+00 ... 1.257e+00 1.258e+00 1.259e+00]]]


 [[[1.260e+00 1.261e+00 1.262e+00 ... 1.287e+00 1.288e+00 1.289e+00]
   [1.290e+00 1.291e+00 1.292e+00 ... 1.317e+00 1.318e+00 1.319e+00]
   [1.320e+00 1.321e+00 1.322e+00 ... 1.347e+00 1.348e+00 1.349e+00]
   ...
   [1.380e+00 1.381e+00 1.382e+00 ... 1.407e+00 1.408e+00 1.409e+00]
   [1.410e+00 1.411e+00 1.412e+00 ... 1.437e+00 1.438e+00 1.439e+00]
   [1.440e+00 1.441e+00 1.442e+00 ... 1.467e+00 1.468e+00 1.469e+00]]]])"},
      {"str(np.arange(1200) % 3 == 0)", every_third(1200), {}, R"([ True False False ...  True False False])"},
      {"str((np.arange(1500) * 12345.678).astype('f8').reshape((1500,)))",
       count<double>({1500}, 12345.678, 0),
       {},
       R"([0.00000000e+00 1.23456780e+04 2.46913560e+04 ... 1.84814800e+07
 1.84938256e+07 1.85061713e+07])"},
      {"np.array2string(((np.arange(9) + 1) * 0.123456789).astype('f8').reshape((3, 3)), precision=3)",
       count<double>({3, 3}, 0.123456789, 1),
       {.precision = 3},
       R"([[0.123 0.247 0.37 ]
 [0.494 0.617 0.741]
 [0.864 0.988 1.111]])"},
      {"np.array2string(((np.arange(3) + 1) * 0.123456789).astype('f8').reshape((3,)), precision=0)",
       count<double>({3}, 0.123456789, 1),
       {.precision = 0},
       R"([0. 0. 0.])"},
      {"np.array2string(np.array([1e-07, 0.5], 'f8'), suppress_small=True)",
       of<double>({1e-07, 0.5}, {2}),
       {.suppress_small = true},
       R"([0.0000001 0.5      ])"},
      {"np.array2string(np.array([1e-10, -1e-10, 1], 'f8'), suppress_small=True, precision=4)",
       of<double>({1e-10, -1e-10, 1.0}, {3}),
       {.precision = 4, .suppress_small = true},
       R"([ 0. -0.  1.])"},
      {"np.array2string(np.array([1e-07, 12345.678], 'f8'), precision=3)",
       of<double>({1e-07, 12345.678}, {2}),
       {.precision = 3},
       R"([1.000e-07 1.235e+04])"},
      {"np.array2string((np.arange(20) * 1).astype('i4').reshape((20,)), threshold=5)",
       count<std::int32_t>({20}, 1, 0),
       {.threshold = 5},
       R"([ 0  1  2 ... 17 18 19])"},
      {"np.array2string((np.arange(20) * 1).astype('i4').reshape((20,)), threshold=5, edgeitems=1)",
       count<std::int32_t>({20}, 1, 0),
       {.threshold = 5, .edge_items = 1},
       R"([ 0 ... 19])"},
      {"np.array2string((np.arange(36) * 1).astype('i4').reshape((6, 6)), threshold=0, edgeitems=2)",
       count<std::int32_t>({6, 6}, 1, 0),
       {.threshold = 0, .edge_items = 2},
       R"([[ 0  1 ...  4  5]
 [ 6  7 ... 10 11]
 ...
 [24 25 ... 28 29]
 [30 31 ... 34 35]])"},
      {"np.array2string((np.arange(20) * 1).astype('i4').reshape((20,)), max_line_width=20)",
       count<std::int32_t>({20}, 1, 0),
       {.line_width = 20},
       R"([ 0  1  2  3  4  5
  6  7  8  9 10 11
 12 13 14 15 16 17
 18 19])"},
      {"np.array2string((np.arange(24) * 0.5).astype('f4').reshape((2, 3, 4)), max_line_width=10)",
       count<float>({2, 3, 4}, 0.5, 0),
       {.line_width = 10},
       R"([[[ 0.
    0.5
    1.
    1.5]
  [ 2.
    2.5
    3.
    3.5]
  [ 4.
    4.5
    5.
    5.5]]

 [[ 6.
    6.5
    7.
    7.5]
  [ 8.
    8.5
    9.
    9.5]
  [10.
   10.5
   11.
   11.5]]])"},
      {"np.array2string(((np.arange(4) + 1) * 0.3333333333333333).astype('f8').reshape((4,)), precision=20)",
       count<double>({4}, 0.3333333333333333, 1),
       {.precision = 20},
       R"([0.3333333333333333 0.6666666666666666 1.
 1.3333333333333333])"},
      {"np.array2string(np.array([2.5, 3.5, 0.5], 'f8'), precision=0)",
       of<double>({2.5, 3.5, 0.5}, {3}),
       {.precision = 0},
       R"([2. 4. 0.])"},
      {"np.array2string(np.array([1e+20, 1.5], 'f8'), suppress_small=True)",
       of<double>({1e+20, 1.5}, {2}),
       {.suppress_small = true},
       R"([1.0e+20 1.5e+00])"},
      {"np.array2string((np.arange(12) * 1).astype('i4').reshape((3, 4)), max_line_width=1)",
       count<std::int32_t>({3, 4}, 1, 0),
       {.line_width = 1},
       R"([[ 0
   1
   2
   3]
 [ 4
   5
   6
   7]
 [ 8
   9
  10
  11]])"},
      {"np.array2string(np.array([12345.678, 0.001], 'f8'), precision=0)",
       of<double>({12345.678, 0.001}, {2}),
       {.precision = 0},
       R"([1.e+04 1.e-03])"},
  };
}

TEST(Print, PrintsWhatNumPyPrints) {
  EXPECT_EQ(cases().size(), 105u);
  for (const auto& [expression, array, options, text] : cases())
    EXPECT_EQ(to_string(array, options), text) << expression;
}

TEST(Print, TheCasesAreWhatThisNumPyPrints) {
  const std::string python = TENON_SOURCE_DIR "/build/venv/bin/python";
  if (!std::filesystem::exists(python)) GTEST_SKIP() << "build/venv is missing; ./dev bench makes it";
  const TemporaryDirectory folder;
  std::string script = "import sys, numpy as np\nfrom numpy import nan, inf\nout = open(sys.argv[1], 'w')\n";
  for (const Case& row : cases()) script += fmt::format("out.write({} + '\\0')\n", row.expression);
  const std::string texts = folder.path() + "/texts", source = folder.path() + "/script.py";
  ASSERT_TRUE(write_file(source, script));
  const Command command = {python, source, texts};
  const ProcessResult result = run_processes({&command, 1}, 1, std::chrono::minutes(2)).front();
  ASSERT_TRUE(result.succeeded()) << result.output;
  const std::string all = read_file(texts).value();
  std::size_t place = 0;
  for (const Case& row : cases()) {
    const std::size_t end = all.find('\0', place);
    EXPECT_EQ(all.substr(place, end - place), row.text) << row.expression;
    place = end + 1;
  }
}

TEST(Print, ComputesTheArrayFirst) {
  const Array x = Array::from({1, 2, 3}, {3});
  EXPECT_EQ(to_string(x * 2 + 1), "[3 5 7]");
}

TEST(Print, StreamsAndFormatsPrintTheSame) {
  const Array x = Array::from({1.0 / 3, 2.0}, {2});
  std::ostringstream stream;
  stream << x;
  EXPECT_EQ(stream.str(), "[0.33333333 2.        ]");
  EXPECT_EQ(fmt::format("<{}>", x), "<[0.33333333 2.        ]>");
  EXPECT_EQ(fmt::format("{:.3}", x), "[0.333 2.   ]");
  EXPECT_EQ(fmt::format("{:.0} {}", x, 1), "[0. 2.] 1");
}

TEST(Print, OtherFormatsAreErrors) {
  const Array x = Array(1.0f);
  for (const char* text : {"{:5}", "{:.}", "{:.3f}", "{:x}", "{:.-1}"})
    EXPECT_THROW(static_cast<void>(fmt::format(fmt::runtime(text), x)), fmt::format_error) << text;
}

TEST(Print, TypedTensorsAndStatesPrintAsTheirArrays) {
  const auto x = Tensor<float, "batch", 2>::from({1, 2, 3, 4.5f});
  const std::string text = "[[1.  2. ]\n [3.  4.5]]";
  EXPECT_EQ(to_string(x), text);
  EXPECT_EQ(to_string(x, {.line_width = 5}), "[[1.\n  2. ]\n [3.\n  4.5]]");
  EXPECT_EQ(fmt::format("{}", x), text);
  EXPECT_EQ(fmt::format("{}", State<Tensor<float, "batch", 2>>(x)), text);
  EXPECT_EQ(fmt::format("{}", Frozen<Array>(x.array())), text);
  std::ostringstream stream;
  stream << x << State<Array>(x.array());
  EXPECT_EQ(stream.str(), text + text);
}

TEST(Print, BadOptionsAndMissingValuesAreErrors) {
  const Array x = Array::from({1.0f}, {1});
  expect_error<ValueError>([&] { to_string(x, {.precision = -1}); }, {"precision is -1", "at least 0"});
  expect_error<ValueError>([&] { to_string(x, {.threshold = -1}); }, {"threshold is -1"});
  expect_error<ValueError>([&] { to_string(x, {.edge_items = 0}); }, {"edge_items is 0", "at least 1"});
  expect_error<ValueError>([&] { to_string(x, {.line_width = 0}); }, {"line_width is 0"});
  expect_error<ValueError>([&] { to_string(Array()); }, {"has no value"});
}

// By NumPy 2.4.6, but for bfloat16, which it does not have. Where numbers turn scientific, digits beyond the shortest
// ones are the number's own.
TEST(Print, HalvesShowTheFewestDigitsThatTellThemApart) {
  const auto halves = [](std::vector<float> values, DType dtype) {
    return astype(Array::from(values, {static_cast<std::int64_t>(values.size())}), dtype);
  };
  EXPECT_EQ(to_string(halves({0.1f, 0.2f, 3}, DType::f16)), "[0.1 0.2 3. ]");
  EXPECT_EQ(to_string(halves({-0.0f, 1e-4f}, DType::f16)), "[-0.      0.0001]");
  EXPECT_EQ(to_string(halves({999, 1000}, DType::f16)), "[9.99e+02 1.00e+03]");
  EXPECT_EQ(to_string(halves({12344, 1e-4f}, DType::f16)), "[1.2344e+04 1.0002e-04]");
  EXPECT_EQ(to_string(astype(Array(0.1f), DType::f16)), "0.1");
  EXPECT_EQ(to_string(astype(Array(1000.0f), DType::f16)), "1e+03");
  EXPECT_EQ(to_string(halves({0.1f, 2.5f}, DType::bf16)), "[0.1 2.5]");
  EXPECT_EQ(to_string(Array::from(std::vector<std::int8_t>{-128, 7}, {2})), "[-128    7]");
}

}  // namespace
}  // namespace tenon::testing

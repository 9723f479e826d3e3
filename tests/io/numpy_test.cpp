// Files go to NumPy and come from it. The benchmarks' environment, build/venv, has it.
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <utility>

#include "tenon/array/ops.h"
#include "tenon/array/print.h"
#include "tenon/io/inflate.h"
#include "tenon/io/npz.h"
#include "tenon/io/zip.h"
#include "tenon/runtime/process.h"
#include "tests/io/files.h"
#include "tests/io/npy_bytes.h"

namespace tenon::testing {
namespace {

class NumPy : public FolderTest {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(python_)) GTEST_SKIP() << "build/venv is missing; ./dev bench makes it";
  }
  /// Runs a script in the test's folder.
  ProcessResult run(const std::string& script) const {
    const Command command = {python_, "-c", "import os, sys; os.chdir(sys.argv[1]); import numpy as np\n" + script,
                             folder()};
    return run_processes({&command, 1}, 1, std::chrono::minutes(2)).front();
  }
  const std::string python_ = TENON_SOURCE_DIR "/build/venv/bin/python";
};

std::vector<NamedArray> arrays_of_every_type() {
  return {{"b1", Array::from({true, false, true}, {3})},
          {"u1", Array::from({std::uint8_t{0}, std::uint8_t{255}}, {2, 1})},
          {"i4", Array::from({-7, 1 << 30, 0}, {1, 3})},
          {"u4", Array(4294967295u)},
          {"i8", Array::from({std::int64_t{-1}, std::int64_t{1} << 62}, {2})},
          {"f4", Array::from({0.1f, -0.0f, 1e-40f, 3.0f}, {2, 2})},
          {"f8", Array::from({0.1, 5e-324}, {2})},
          {"empty", Array::from(std::vector<float>(), {3, 0, 2})},
          {"größe", Array::from(std::vector<double>(1234567, 0.5), {1234567})}};
}
const std::string values_in_numpy = R"(
expected = {
    "b1": np.array([True, False, True]), "u1": np.array([[0], [255]], "u1"), "i4": np.array([[-7, 1 << 30, 0]], "i4"),
    "u4": np.array(4294967295, "u4"), "i8": np.array([-1, 1 << 62]),
    "f4": np.array([[0.1, -0.0], [1e-40, 3]], "f4"), "f8": np.array([0.1, 5e-324]),
    "empty": np.zeros((3, 0, 2), "f4"), "größe": np.full(1234567, 0.5)}
def same(a, b):
    assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes(), (a, b)
)";

TEST_F(NumPy, WritesTheSameNpyBytesAndLoadsThem) {
  for (const auto& [name, array] : arrays_of_every_type()) save_npy(path(name + ".npy"), array);
  const ProcessResult result = run(values_in_numpy + R"(
for name, array in expected.items():
    same(np.load(name + ".npy"), array)
    same(np.load(name + ".npy", mmap_mode="r"), array)
    np.save("again.npy", array)
    assert open("again.npy", "rb").read() == open(name + ".npy", "rb").read(), name
)");
  EXPECT_TRUE(result.succeeded()) << result.output;
}

TEST_F(NumPy, LoadsOurNpz) {
  save_npz(path("a.npz"), arrays_of_every_type());
  {
    ZipWriter zip(path("wide.npz"), 10);  // all of its numbers as zip64
    const std::string npy = npy_with("'<f4'", "False", "(2,)", numbers(1.5f, 2.5f));
    for (const char* name : {"x.npy", "y.npy"}) zip.add(name, std::as_bytes(std::span(npy)), {});
    zip.commit();
  }
  const ProcessResult result = run(values_in_numpy + R"(
import zipfile
assert zipfile.ZipFile("a.npz").testzip() is None and zipfile.ZipFile("wide.npz").testzip() is None
with np.load("a.npz") as loaded:
    assert list(loaded) == list(expected), list(loaded)
    for name, array in expected.items(): same(loaded[name], array)
with np.load("wide.npz") as loaded:
    assert loaded["x"].tolist() == loaded["y"].tolist() == [1.5, 2.5]
)");
  EXPECT_TRUE(result.succeeded()) << result.output;
}

TEST_F(NumPy, ItsFilesAreReadAsItReadsThem) {
  // Every type, byte order, layout and version, each beside NumPy's own row-major little-endian bytes of it.
  const ProcessResult result = run(R"(
rng = np.random.default_rng(1)
count = 0
for code in ["b1", "u1", "i1", "i2", "i4", "u4", "i8", "f2", "f4", "f8"]:
    for shape in [(), (1,), (7,), (0, 3), (3, 5), (40, 70), (2, 3, 4), (1, 3, 1, 2), (2,) * 8]:
        values = np.frombuffer(rng.bytes(int(np.prod(shape)) * 8), "i8").reshape(shape) % (100 if code == "i1" else 1000) - (code[0] not in "ub") * (50 if code == "i1" else 500)
        if code[0] == "f": values = values / 8
        if code == "b1": values = values % 2 == 0
        for order in "<>":
            for layout in "CF":
                array = np.asarray(values, order + code, order=layout)
                for version in [(1, 0), (2, 0), (3, 0)]:
                    with open(f"{count}.npy", "wb") as file: np.lib.format.write_array(file, array, version)
                    np.ascontiguousarray(array, "<" + code).tofile(f"{count}.raw")
                    count += 1
open("count", "w").write(str(count))
)");
  ASSERT_TRUE(result.succeeded()) << result.output;
  const int count = std::stoi(read_bytes(path("count")));
  EXPECT_EQ(count, 10 * 9 * 2 * 2 * 3);
  for (int i = 0; i < count; ++i) {
    const Array array = load_npy(path(std::to_string(i) + ".npy"));
    std::string bytes(static_cast<std::size_t>(array.elements()) * size_of(array.dtype()), 'x');
    array.copy_to(bytes.data());
    ASSERT_EQ(bytes, read_bytes(path(std::to_string(i) + ".raw"))) << i;
  }
}

TEST_F(NumPy, ItsNpzFilesAreReadHoweverTheyWereWritten) {
  const ProcessResult result = run(R"(
import io, zipfile
x, y = np.arange(6, dtype="f4").reshape(2, 3), np.arange(100000) % 7
np.savez("stored.npz", x=x, y=y)
np.savez_compressed("compressed.npz", x=x, y=y)
class Pipe(io.RawIOBase):  # cannot seek back, so sizes come in data descriptors
    def __init__(self, name): self.file = open(name, "wb")
    def writable(self): return True
    def write(self, data): return self.file.write(data)
for name, method in [("piped.npz", zipfile.ZIP_STORED), ("piped_compressed.npz", zipfile.ZIP_DEFLATED)]:
    pipe = Pipe(name)
    with zipfile.ZipFile(pipe, "w", method) as archive:
        for key, value in [("x", x), ("y", y)]:
            with archive.open(key + ".npy", "w", force_zip64=True) as entry: np.lib.format.write_array(entry, value)
        archive.comment = b"a comment"
    pipe.file.close()
)");
  ASSERT_TRUE(result.succeeded()) << result.output;
  for (const std::string name : {"stored.npz", "piped.npz", "compressed.npz", "piped_compressed.npz"}) {
    if (!can_inflate() && name.find("compressed") != std::string::npos) continue;
    const std::vector<NamedArray> arrays = load_npz(path(name));
    ASSERT_EQ(arrays.size(), 2u) << name;
    EXPECT_EQ(arrays[0].array.to_vector<float>(), (std::vector<float>{0, 1, 2, 3, 4, 5})) << name;
    const std::vector<std::int64_t> y = arrays[1].array.to_vector<std::int64_t>();
    ASSERT_EQ(y.size(), 100'000u) << name;
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_EQ(y[i], static_cast<std::int64_t>(i % 7)) << name;
  }
}

// Numbers of many kinds: whatever bits, few digits, powers, whole numbers, and the special ones among them.
template <class T>
Array random_floats(const Shape& shape, std::mt19937_64& random) {
  using Bits = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
  constexpr double specials[] = {0, -0.0, 1e-5, 0.5, HUGE_VAL, -HUGE_VAL, NAN};
  const std::uint64_t kind = random() % 7, special_each = random() % 3 ? 1000 : 5, digits = random() % 10;
  std::uniform_real_distribution<double> unit(-1, 1);
  std::vector<T> values;
  for (std::int64_t i = 0; i < shape.elements(); ++i) {
    double value = unit(random);
    switch (kind) {
      case 0: value = static_cast<double>(std::bit_cast<T>(static_cast<Bits>(random()))); break;
      case 1: value = std::round(value * std::pow(10, digits)) / std::pow(10, digits); break;
      case 2: value = std::exp2(std::round(value * 100)); break;
      case 3: value = std::round(value * std::pow(10, digits)); break;
      case 4: value = std::pow(10, value * 4); break;
      case 5: value = value * std::pow(10, digits); break;
      default: break;
    }
    if (random() % special_each == 0) value = specials[random() % std::size(specials)];
    values.push_back(static_cast<T>(value));
  }
  return Array::from(values, shape);
}

template <class T>
Array random_integers(const Shape& shape, std::mt19937_64& random) {
  const std::uint64_t bits = 1 + random() % 63;
  std::vector<T> values;
  for (std::int64_t i = 0; i < shape.elements(); ++i)
    values.push_back(static_cast<T>(static_cast<std::int64_t>(random()) >> bits));
  return Array::from(values, shape);
}

TEST_F(NumPy, PrintsRandomArraysAsWeDo) {
  const char* chosen = std::getenv("TENON_FUZZ_SEED");
  const std::uint64_t seed = chosen ? std::strtoull(chosen, nullptr, 10) : 1;
  std::mt19937_64 random(seed);
  std::vector<NamedArray> arrays;
  for (int i = 0; i < 250; ++i) {
    Shape shape;
    for (std::uint64_t axes = random() % 5; axes > 0; --axes)
      shape.push_back(static_cast<std::int64_t>(1 + random() % (axes == 1 ? 40 : 9)));
    const auto make = [&] {
      switch (random() % 10) {
        case 0: return random_integers<std::int32_t>(shape, random);
        case 1: return random_integers<std::int64_t>(shape, random);
        case 2: return random_integers<std::uint8_t>(shape, random);
        case 3: return random_floats<float>(shape, random) > 0;
        case 4:
        case 5: return random_floats<double>(shape, random);
        case 6:
        case 7: return astype(random_floats<float>(shape, random), DType::f16);
        default: return random_floats<float>(shape, random);
      }
    };
    arrays.push_back({std::to_string(i), make()});
  }
  save_npz(path("arrays.npz"), arrays);
  const ProcessResult result = run(R"(
with open("texts", "w") as out, np.load("arrays.npz") as arrays:
    for name in arrays: out.write(str(arrays[name]) + "\0")
    for name in arrays: out.write(np.array2string(arrays[name], precision=3, suppress_small=True, threshold=50, edgeitems=2, max_line_width=40) + "\0")
)");
  ASSERT_TRUE(result.succeeded()) << result.output;
  const std::string texts = read_bytes(path("texts"));
  std::size_t place = 0;
  const auto expected = [&] {
    const std::size_t end = texts.find('\0', place), start = std::exchange(place, end + 1);
    return texts.substr(start, end - start);
  };
  for (const NamedArray& named : arrays)
    ASSERT_EQ(to_string(named.array), expected()) << "array " << named.name << " of seed " << seed;
  const PrintOptions options{
      .precision = 3, .threshold = 50, .edge_items = 2, .line_width = 40, .suppress_small = true};
  for (const NamedArray& named : arrays) {
    const std::string text = expected();
    // array2string prints rank 0 like the elements of an array, str and we do not.
    if (named.array.rank() == 0) continue;
    ASSERT_EQ(to_string(named.array, options), text) << "array " << named.name << " of seed " << seed;
  }
}

TEST_F(NumPy, PrintsEveryFloat16AsWeDo) {
  std::vector<Float16> all;
  for (std::uint32_t bits = 0; bits < 65536; ++bits)
    all.push_back(std::bit_cast<Float16>(static_cast<std::uint16_t>(bits)));
  save_npy(path("all.npy"), Array::from(all, {65536}));
  const ProcessResult result = run(R"(
with open("texts", "w") as out: out.write("".join(str(x) + "\n" for x in np.load("all.npy")))
)");
  ASSERT_TRUE(result.succeeded()) << result.output;
  std::ifstream texts(path("texts"));
  std::string expected;
  for (const Float16 value : all) {
    ASSERT_TRUE(std::getline(texts, expected));
    ASSERT_EQ(to_string(Array(value)), expected) << "bits " << value.bits;
  }
}

}  // namespace
}  // namespace tenon::testing

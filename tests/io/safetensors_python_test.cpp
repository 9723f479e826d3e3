// Files go to the Python package and come from it. The benchmarks' environment, build/venv, may have the package; it is
// no part of it.
#include <chrono>
#include <filesystem>

#include "tenon/core/error.h"
#include "tenon/io/safetensors.h"
#include "tenon/runtime/process.h"
#include "tests/io/files.h"
#include "tests/io/safetensors_bytes.h"

namespace tenon::testing {
namespace {

class SafetensorsPython : public FolderTest {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(python_)) GTEST_SKIP() << "build/venv is missing; ./dev bench makes it";
    if (!run("import safetensors.numpy").succeeded()) GTEST_SKIP() << "build/venv has no package safetensors";
  }
  ProcessResult run(const std::string& script) const {
    const Command command = {python_, "-c", script, path("in"), path("out")};
    return run_processes({&command, 1}, 1, std::chrono::minutes(2)).front();
  }
  const std::string python_ = TENON_SOURCE_DIR "/build/venv/bin/python";
};

TEST_F(SafetensorsPython, LoadsWhatWeWroteAndWritesTheSameBytes) {
  write_safetensors(path("in"), reference_arrays(), {{"format", "pt"}});  // one entry: the package shuffles several
  const ProcessResult result = run(R"(
import sys
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
tensors = load_file(sys.argv[1])
assert tensors["layer.weight"].tolist()[0] == [1.5, -2, 0], tensors
assert tensors["steps"].shape == () and tensors["steps"] == -3, tensors
assert tensors["mask"].dtype == bool and tensors["empty"].shape == (2, 0, 3), tensors
assert len(tensors) == 9, tensors
with safe_open(sys.argv[1], "numpy") as file: metadata = file.metadata()
save_file(tensors, sys.argv[2], metadata)
)");
  ASSERT_TRUE(result.succeeded()) << result.output;
  EXPECT_EQ(read_bytes(path("out")), read_bytes(path("in")));
}

TEST_F(SafetensorsPython, RefusesAndTakesFilesAsWeDo) {
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const std::pair<std::string, bool> files[] = {
      {safetensors_bytes(header, "0123"), true},
      {safetensors_bytes(header, "012"), false},
      {safetensors_bytes(header, "01234"), false},
      {safetensors_bytes(header + "  ", "0123"), true},
      {safetensors_bytes(header + "x", "0123"), false},
      {safetensors_bytes(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "01234567"), false},
      {safetensors_bytes(R"({"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}})", "0123"), false},
      {safetensors_bytes(R"({"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}})", "0123"), false},
  };
  for (const auto& [bytes, accepted] : files) {
    write_bytes(path("in"), bytes);
    const ProcessResult result = run("import sys; from safetensors.numpy import load_file; load_file(sys.argv[1])");
    EXPECT_EQ(result.succeeded(), accepted) << bytes << "\n" << result.output;
    bool opened_here = true;
    try {
      SafetensorsFile file(path("in"));
    } catch (const FormatError&) {
      opened_here = false;
    }
    EXPECT_EQ(opened_here, accepted) << bytes;
  }
}

}  // namespace
}  // namespace tenon::testing

// Files that other people's programs wrote; they lie in the data folder (tenon/data/data_directory.h).
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tenon/core/error.h"
#include "tenon/data/data_directory.h"
#include "tenon/io/safetensors.h"

namespace tenon::testing {
namespace {

struct Published {
  std::string file;
  std::size_t tensors;
  std::string name;  // of one tensor, and what it is
  std::string_view dtype;
  Shape shape;
};

class PublishedFiles : public ::testing::TestWithParam<Published> {};

TEST_P(PublishedFiles, OpenAndLoad) {
  std::string path;
  try {
    path = find_data(GetParam().file);
  } catch (const FileError& error) {
    GTEST_SKIP() << GetParam().file << " is not in the data folder; TENON_DATA names one";
  }
  const SafetensorsFile file(path);
  EXPECT_EQ(file.names().size(), GetParam().tensors);
  EXPECT_EQ(file.info(GetParam().name).dtype, GetParam().dtype);
  EXPECT_EQ(file.info(GetParam().name).shape, GetParam().shape);
  for (const std::string& name : file.names()) {
    const Array array = file.array(name);
    EXPECT_EQ(array.shape(), file.info(name).shape) << name;
    if (array.dtype() != DType::f32) continue;
    for (const float value : array.to_vector<float>()) ASSERT_TRUE(std::isfinite(value)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, PublishedFiles,
                         ::testing::Values(Published{"models/mnist-safetensors/mnist.safetensors", 20,
                                                     "norm1.num_batches_tracked", "I64", Shape{}},
                                           Published{"models/cifar10-resnet/resnet20.safetensors", 97, "conv1.weight",
                                                     "F32", Shape{16, 3, 3, 3}}));

}  // namespace
}  // namespace tenon::testing

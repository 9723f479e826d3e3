#include "tenon/train/csv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "tenon/core/error.h"

namespace tenon {
namespace {

class Csv : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tenon-csv-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory); }
  std::string path(const char* name) const { return (directory / name).string(); }
  static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  std::filesystem::path directory;
};

TEST_F(Csv, HoldsTheHeaderAndTheRowsAsSoonAsTheyAreWritten) {
  CsvWriter csv(path("a.csv"), {"epoch", "loss"});
  csv.row(1, 0.5);
  EXPECT_EQ(read(path("a.csv")), "epoch,loss\n1,0.5\n");
  csv.row(2, 0.25f);
  EXPECT_EQ(read(path("a.csv")), "epoch,loss\n1,0.5\n2,0.25\n");
}

TEST_F(Csv, FlushesOnDemandOtherwise) {
  CsvWriter csv(path("a.csv"), {"x"}, {.flush_every_row = false});
  csv.row(1);
  EXPECT_EQ(read(path("a.csv")), "");
  csv.flush();
  EXPECT_EQ(read(path("a.csv")), "x\n1\n");
}

TEST_F(Csv, NumbersReadBackAsTheSameValue) {
  const double f64 = 0.1 + 0.2;
  const float f32 = 1.0f / 3.0f;
  CsvWriter csv(path("a.csv"), {"a", "b", "c"});
  csv.row(f64, f32, std::numeric_limits<double>::quiet_NaN());
  csv.close();
  std::istringstream text(read(path("a.csv")).substr(6));
  std::string a, b, c;
  std::getline(text, a, ',');
  std::getline(text, b, ',');
  std::getline(text, c);
  EXPECT_EQ(std::strtod(a.c_str(), nullptr), f64);
  EXPECT_EQ(std::strtof(b.c_str(), nullptr), f32);
  EXPECT_TRUE(std::isnan(std::strtod(c.c_str(), nullptr)));
}

TEST_F(Csv, QuotesTextThatHoldsSeparators) {
  CsvWriter csv(path("a.csv"), {"name", "x"});
  csv.row("a,b", std::string("say \"hi\""));
  EXPECT_EQ(read(path("a.csv")), "name,x\n\"a,b\",\"say \"\"hi\"\"\"\n");
}

TEST_F(Csv, RefusesRowsOfAnotherLength) {
  CsvWriter csv(path("a.csv"), {"a", "b"});
  EXPECT_THROW(csv.row(1), ValueError);
  EXPECT_THROW(csv.row(1, 2, 3), ValueError);
}

TEST_F(Csv, SaysWhichFileCannotBeOpened) {
  try {
    CsvWriter csv(path("missing/a.csv"), {"a"});
    FAIL() << "no error";
  } catch (const FileError& error) {
    EXPECT_NE(std::string(error.what()).find("missing/a.csv"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("No such file"), std::string::npos);
  }
}

TEST_F(Csv, AFullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  EXPECT_THROW(CsvWriter("/dev/full", {"a"}), FileError);
  CsvWriter csv("/dev/full", {"a"}, {.flush_every_row = false});
  EXPECT_THROW(csv.close(), FileError);
}

TEST_F(Csv, ARowAfterCloseIsAnError) {
  CsvWriter csv(path("a.csv"), {"a"});
  csv.close();
  EXPECT_THROW(csv.row(1), FileError);
}

}  // namespace
}  // namespace tenon

#include "tenon/io/mapped_file.h"

#include <sys/stat.h>

#include <utility>

#include "tests/io/files.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

class MappedFiles : public FolderTest {};

std::string text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

TEST_F(MappedFiles, HoldTheBytesOfTheFile) {
  write_bytes(path("a"), std::string("one\0two", 7));
  const MappedFile file(path("a"));
  EXPECT_EQ(text_of(file), std::string("one\0two", 7));
  EXPECT_EQ(file.path(), path("a"));
}

TEST_F(MappedFiles, MayBeEmpty) {
  write_bytes(path("a"), "");
  EXPECT_TRUE(MappedFile(path("a")).bytes().empty());
}

TEST_F(MappedFiles, OutliveTheFileTheyCameFrom) {
  write_bytes(path("a"), "text");
  const MappedFile file(path("a"));
  std::filesystem::remove(path("a"));
  EXPECT_EQ(text_of(file), "text");
}

TEST_F(MappedFiles, Move) {
  write_bytes(path("a"), "text");
  write_bytes(path("b"), "other");
  MappedFile first(path("a"));
  MappedFile second(std::move(first));
  EXPECT_EQ(text_of(second), "text");
  second = MappedFile(path("b"));
  EXPECT_EQ(text_of(second), "other");
}

TEST_F(MappedFiles, FollowLinks) {
  write_bytes(path("a"), "text");
  std::filesystem::create_symlink("a", path("link"));
  EXPECT_EQ(text_of(MappedFile(path("link"))), "text");
}

TEST_F(MappedFiles, SayWhyTheyCannotBeOpened) {
  expect_error<FileError>([&] { MappedFile file(path("none")); }, {path("none"), "No such file or directory"});
  expect_error<FileError>([&] { MappedFile file(folder()); }, {folder(), "not a regular file"});
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  expect_error<FileError>([&] { MappedFile file(path("pipe")); }, {path("pipe"), "not a regular file"});
}

}  // namespace
}  // namespace tenon::testing

#include "tenon/io/atomic_file.h"

#include "tests/io/files.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

class AtomicFiles : public FolderTest {};

TEST_F(AtomicFiles, AppearWhenTheyAreCompleteAndNotBefore) {
  AtomicFile file(path("a"));
  file.write(std::string_view("one "));
  file.write(std::string_view("two"));
  EXPECT_FALSE(std::filesystem::exists(path("a")));
  file.commit();
  EXPECT_EQ(read_bytes(path("a")), "one two");
  EXPECT_EQ(names_in(folder()), std::vector<std::string>{"a"});
}

TEST_F(AtomicFiles, ReplaceWhatStoodThereOnlyWhenComplete) {
  write_bytes(path("a"), "old");
  {
    AtomicFile file(path("a"));
    file.write(std::string_view("new"));
  }
  EXPECT_EQ(read_bytes(path("a")), "old");
  EXPECT_EQ(names_in(folder()), std::vector<std::string>{"a"}) << "nothing is left of a file that was given up";
  write_atomically(path("a"), "new");
  EXPECT_EQ(read_bytes(path("a")), "new");
}

TEST_F(AtomicFiles, SayWhyTheyCannotBeMade) {
  expect_error<FileError>([&] { AtomicFile file(path("none/a")); }, {"none/a", "No such file or directory"});
}

TEST_F(AtomicFiles, TakeTheirNameFromAFolderOnlyIfItIsNone) {
  std::filesystem::create_directory(path("a"));
  expect_error<FileError>([&] { write_atomically(path("a"), "x"); }, {path("a"), "cannot give it its name"});
  EXPECT_EQ(names_in(folder()), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace tenon::testing

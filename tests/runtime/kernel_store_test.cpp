#include "tenon/runtime/kernel_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "tenon/runtime/shared_object.h"
#include "tests/runtime/helpers.h"

namespace tenon {
namespace {

using test::files_in;

void set_age(const std::string& path, std::time_t seconds) {
  const std::time_t then = std::time(nullptr) - seconds;
  const timespec times[2] = {{then, 0}, {then, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

/// Inserts `bytes` that are no shared object, and returns what was printed on stderr.
std::string insert_junk(KernelStore& store, KernelKey key, std::size_t bytes = 1000) {
  testing::internal::CaptureStderr();
  store.insert(std::string(bytes, 'x'), {&key, 1});
  return testing::internal::GetCapturedStderr();
}

TEST(Trailer, ProvesThatAFileIsWhole) {
  const std::string whole = with_trailer("some object");
  EXPECT_TRUE(has_valid_trailer(whole));
  EXPECT_FALSE(has_valid_trailer(""));
  EXPECT_FALSE(has_valid_trailer("some object"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(has_valid_trailer(whole.substr(0, length))) << length;
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(has_valid_trailer(flipped)) << i;
  }
}

TEST(KernelStore, KernelsOfOneUnitAreNamesOfOneFile) {
  const TemporaryDirectory folder;
  const std::string directory = folder.path() + "/a/b/kernels";
  KernelStore store({.directory = directory});
  const KernelKey keys[] = {{1, 1}, {1, 2}, {1, 3}};
  EXPECT_TRUE(store.insert("object", keys));
  EXPECT_TRUE(store.insert("object", keys)) << "and again, over what is there";
  const std::vector<std::string> files = files_in(directory);
  EXPECT_EQ(files.size(), 3u) << "and nothing temporary";
  struct stat status{};
  ASSERT_EQ(stat(store.path_of(keys[2]).c_str(), &status), 0);
  EXPECT_EQ(status.st_nlink, 3u);
  EXPECT_EQ(stat(directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST(KernelStore, ADamagedEntryIsRemoved) {
  const TemporaryDirectory folder;
  KernelStore store({.directory = folder.path() + "/kernels"});
  const KernelKey key{1, 2};
  EXPECT_EQ(store.find(key, "f").lookup, KernelStore::Lookup::missing);
  // Whole, but nothing that can be loaded.
  EXPECT_TRUE(store.insert("no shared object", {&key, 1}));
  EXPECT_EQ(store.find(key, "f").lookup, KernelStore::Lookup::damaged);
  EXPECT_EQ(store.find(key, "f").lookup, KernelStore::Lookup::missing);
  // Something else under its name.
  std::filesystem::create_directories(store.path_of(key) + "/folder");
  EXPECT_EQ(store.find(key, "f").lookup, KernelStore::Lookup::damaged);
  std::filesystem::create_symlink("/bin/sh", store.path_of(key));
  EXPECT_EQ(store.find(key, "f").lookup, KernelStore::Lookup::damaged);
  EXPECT_EQ(store.find(key, "f").lookup, KernelStore::Lookup::missing);
  EXPECT_TRUE(std::filesystem::exists("/bin/sh"));
}

TEST(KernelStore, AFolderThatCannotBeMadeIsReportedOnce) {
  const TemporaryDirectory folder;
  ASSERT_TRUE(write_file(folder.path() + "/file", ""));
  for (const std::string& directory :
       {folder.path() + "/file", folder.path() + "/file/kernels", std::string("/proc/kernels"),
        std::string("/proc/1/nothing/kernels"), std::string()}) {
    KernelStore store({.directory = directory});
    const std::string message = insert_junk(store, {1, 1});
    EXPECT_NE(message.find("tenon: kernels are not kept on disk"), std::string::npos) << directory;
    EXPECT_NE(message.find(directory), std::string::npos) << message;
    EXPECT_EQ(insert_junk(store, {1, 1}), "");
    EXPECT_EQ(store.find({1, 1}, "f").lookup, KernelStore::Lookup::missing);
  }
}

TEST(KernelStore, AFolderThatCannotBeWrittenToIsReportedOnce) {
  const TemporaryDirectory folder;
  const std::string directory = folder.path() + "/kernels";
  ASSERT_EQ(mkdir(directory.c_str(), 0555), 0);
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  // Root may write everywhere, so it looks at files as somebody else here; for others this does nothing.
  setfsuid(12345);
  KernelStore store({.directory = directory});
  const std::string message = insert_junk(store, {1, 1});
  const std::string second_message = insert_junk(store, {1, 1});
  setfsuid(geteuid());
  EXPECT_NE(message.find(directory + ": Permission denied"), std::string::npos) << message;
  EXPECT_EQ(second_message, "");
  EXPECT_EQ(files_in(directory).size(), 0u);
}

TEST(KernelStore, AFullDiskIsReportedAndLeavesNothingBehind) {
  const TemporaryDirectory folder;
  const std::string directory = folder.path() + "/kernels";
  KernelStore store({.directory = directory});
  // A limit on the size of files makes write() fail half way, as a full disk does.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{std::size_t{1} << 16, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = insert_junk(store, {1, 1}, std::size_t{1} << 20);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find("File too large"), std::string::npos) << message;
  EXPECT_NE(message.find(directory), std::string::npos);
  EXPECT_EQ(files_in(directory).size(), 0u);
}

TEST(KernelStore, AFolderThatEveryoneMayWriteToIsNotTrusted) {
  const TemporaryDirectory folder;
  const std::string directory = folder.path() + "/kernels";
  ASSERT_EQ(mkdir(directory.c_str(), 0700), 0);
  ASSERT_EQ(chmod(directory.c_str(), 0777), 0);
  KernelStore store({.directory = directory});
  EXPECT_NE(insert_junk(store, {1, 1}).find("everyone may write to it"), std::string::npos);
  EXPECT_EQ(files_in(directory).size(), 0u);
}

TEST(KernelStore, AFolderOfSomeoneElseIsNotTrusted) {
  const TemporaryDirectory folder;
  std::string directory = "/";  // root's, for everyone else
  if (geteuid() == 0) {
    directory = folder.path() + "/kernels";
    ASSERT_EQ(mkdir(directory.c_str(), 0700), 0);
    if (chown(directory.c_str(), 12345, 12345) != 0) GTEST_SKIP() << "chown is not possible here";
  }
  KernelStore store({.directory = directory});
  EXPECT_NE(insert_junk(store, {1, 1}).find("it belongs to user"), std::string::npos);
}

TEST(KernelStore, TheLeastRecentlyUsedEntriesGo) {
  const TemporaryDirectory folder;
  KernelStore store({.directory = folder.path()});
  for (std::uint64_t i = 0; i < 8; ++i) {
    const KernelKey keys[] = {{i, 0}, {i, 1}};
    ASSERT_TRUE(store.insert(std::string(1000, 'x'), keys));
    set_age(store.path_of(keys[0]), static_cast<std::time_t>(100 * (8 - i)));
  }
  trim_kernel_directory(folder.path(), 9000);
  EXPECT_EQ(files_in(folder.path()).size(), 16u) << "two names of 1024 bytes each fit";
  trim_kernel_directory(folder.path(), 5500);
  for (std::uint64_t i = 0; i < 8; ++i) {
    for (std::uint64_t low : {0u, 1u}) {
      EXPECT_EQ(std::filesystem::exists(store.path_of({i, low})), i >= 4) << i;
    }
  }
}

TEST(KernelStore, InsertingKeepsTheFolderWithinItsBound) {
  const TemporaryDirectory folder;
  KernelStore store({.directory = folder.path(), .max_bytes = 20000});
  for (std::uint64_t i = 0; i < 100; ++i) {
    const KernelKey key{i, i};
    ASSERT_TRUE(store.insert(std::string(1000, 'x'), {&key, 1}));
    EXPECT_LE(files_in(folder.path()).size(), 21u);
  }
  EXPECT_GE(files_in(folder.path()).size(), 10u);
  EXPECT_TRUE(std::filesystem::exists(store.path_of({99, 99})));
}

TEST(KernelStore, TrimmingRemovesWhatInterruptedProcessesLeft) {
  const TemporaryDirectory folder;
  ASSERT_TRUE(write_file(folder.path() + "/old.part", "x"));
  ASSERT_TRUE(write_file(folder.path() + "/new.part", "x"));
  ASSERT_TRUE(write_file(folder.path() + "/notes.txt", "x"));
  set_age(folder.path() + "/old.part", 7200);
  set_age(folder.path() + "/notes.txt", 7200);
  trim_kernel_directory(folder.path(), 0);
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/old.part"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/new.part"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/notes.txt")) << "none of ours";
}

}  // namespace
}  // namespace tenon

#include "tenon/runtime/buffer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "tenon/core/error.h"
#include "tenon/runtime/block_pool.h"
#include "tenon/runtime/device.h"

namespace tenon {
namespace {

Device& host() { return find_device("reference"); }

bool is_listed(std::string_view what) {
  const std::vector<LiveBuffer> buffers = live_buffers();
  return std::any_of(buffers.begin(), buffers.end(), [&](const LiveBuffer& buffer) { return buffer.what == what; });
}

TEST(Buffer, IsAlignedAndMayBeReadBehindItsEnd) {
  for (const std::size_t bytes : {0u, 1u, 63u, 64u, 192u, 193u, 1000u, 4096u, 1u << 20}) {
    const Ref<Buffer> buffer = host().allocate(bytes, "test");
    EXPECT_EQ(buffer->bytes(), bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->data()) % 64, 0u);
    // The address sanitizer objects if this is not ours.
    std::memset(buffer->data(), 1, bytes + BlockPool::padding);
  }
}

TEST(Buffer, IsListedWithItsOriginUntilTheLastOwnerGoes) {
  const std::size_t before = live_bytes();
  Ref<Buffer> buffer = host().allocate(1000, "listed buffer");
  const auto line = static_cast<std::uint32_t>(__LINE__ - 1);
  Ref<Buffer> second = buffer;
  EXPECT_EQ(live_bytes(), before + 1000);
  const LiveBuffer listed = live_buffers().back();
  EXPECT_EQ(listed.what, "listed buffer");
  EXPECT_EQ(listed.bytes, 1000u);
  EXPECT_EQ(listed.where.line(), line);
  EXPECT_NE(std::string(listed.where.file_name()).find("buffer_test.cpp"), std::string::npos);
  buffer = nullptr;
  EXPECT_TRUE(is_listed("listed buffer"));
  second = nullptr;
  EXPECT_FALSE(is_listed("listed buffer"));
  EXPECT_EQ(live_bytes(), before);
}

TEST(Buffer, LeavesTheListFromAnyPositionInIt) {
  for (int first : {0, 1, 2}) {
    std::vector<Ref<Buffer>> buffers;
    for (const char* what : {"a", "b", "c"}) buffers.push_back(host().allocate(8, what));
    buffers.erase(buffers.begin() + first);
    std::string left;
    for (const LiveBuffer& buffer : live_buffers()) left += buffer.what;
    EXPECT_EQ(left, std::string("abc").erase(static_cast<std::size_t>(first), 1));
  }
}

TEST(Buffer, ListAsTextSumsUpEqualOrigins) {
  const std::source_location here = std::source_location::current();
  const std::vector<LiveBuffer> buffers = {{1024, "small", here}, {3 << 20, "large", here}, {3 << 20, "large", here}};
  const std::string place = fmt::format("({}:{})", here.file_name(), here.line());
  EXPECT_EQ(to_string(buffers),
            "6.0 MiB in 2 buffers: large " + place + "\n1.0 KiB in 1 buffer: small " + place + "\n");
}

TEST(Buffer, LongOriginsAreCut) {
  const Ref<Buffer> buffer = host().allocate(1, Origin(std::string(1000, 'x')));
  EXPECT_EQ(buffer->origin().what(), std::string(buffer->origin().what().size(), 'x'));
  EXPECT_GE(buffer->origin().what().size(), 32u);
}

TEST(Buffer, AbsurdSizesAreErrorsThatNameTheSize) {
  for (const std::size_t bytes : {std::size_t{1} << 55, std::numeric_limits<std::size_t>::max()}) {
    try {
      host().allocate(bytes, "absurd");
      FAIL() << "no error for " << bytes;
    } catch (const DeviceError& error) {
      EXPECT_NE(std::string(error.what()).find(std::to_string(bytes)), std::string::npos);
    }
  }
  EXPECT_FALSE(is_listed("absurd"));
}

TEST(Buffer, ManyThreadsAllocateAtOnce) {
  const std::size_t before = live_bytes();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      std::vector<Ref<Buffer>> held;
      for (int step = 0; step < 2000; ++step) {
        held.push_back(host().allocate(static_cast<std::size_t>(100 * (i + 1) + step % 7), "threads"));
        *static_cast<int*>(held.back()->data()) = step;
        if (held.size() > 10) held.erase(held.begin() + step % 10);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(live_bytes(), before);
}

TEST(BlockPool, GivesABlockOfEqualSizeBack) {
  BlockPool pool;
  void* first = pool.take(5000);
  void* other = pool.take(50000);
  pool.give_back(first, 5000);
  EXPECT_GT(pool.cached_bytes(), 5000u);
  EXPECT_EQ(pool.take(5000), first);
  EXPECT_EQ(pool.cached_bytes(), 0u);
  pool.give_back(other, 50000);
  pool.give_back(first, 5000);
}

TEST(BlockPool, BlocksAreLargeEnoughAndNotMuchLarger) {
  BlockPool pool;
  for (std::size_t bytes = 1; bytes < 5000000; bytes += bytes / 7 + 1) {
    void* block = pool.take(bytes);
    std::memset(block, 0, bytes + BlockPool::padding);
    pool.give_back(block, bytes);
    EXPECT_GE(pool.cached_bytes(), bytes + BlockPool::padding);
    EXPECT_LE(pool.cached_bytes(), std::max<std::size_t>(256, (bytes + BlockPool::padding) * 5 / 4 + 1));
    EXPECT_EQ(pool.take(bytes), block);
    BlockPool().give_back(block, bytes);
  }
}

TEST(BlockPool, KeepsNoMoreThanItsBound) {
  constexpr std::size_t bound = 1 << 20;
  BlockPool pool(bound);
  std::vector<void*> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(pool.take(100000));
  for (void* block : blocks) {
    pool.give_back(block, 100000);
    EXPECT_LE(pool.cached_bytes(), bound);
  }
  EXPECT_GT(pool.cached_bytes(), bound / 2);
  pool.give_back(pool.take(2 * bound), 2 * bound);  // on its own above the bound
  EXPECT_LE(pool.cached_bytes(), bound);
}

TEST(BlockPool, FreesTheSizesThatAreNoLongerUsedFirst) {
  BlockPool pool(std::size_t{1} << 20);
  void* stale[5];
  for (void*& block : stale) block = pool.take(150000);
  for (void* block : stale) pool.give_back(block, 150000);
  void* first = pool.take(400000);
  void* second = pool.take(400000);
  pool.give_back(first, 400000);
  pool.give_back(second, 400000);
  EXPECT_EQ(pool.take(400000), second);
  EXPECT_EQ(pool.take(400000), first);
  pool.give_back(first, 400000);
  pool.give_back(second, 400000);
}

TEST(Buffer, AllocationInALoopIsQuick) {
  constexpr int count = 100000;
  Device& device = host();
  double best = 1e9;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) device.allocate(100000, "loop");
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count() / count);
  }
  std::printf("allocate and give back a buffer: %.0f ns\n", best);
  EXPECT_LT(best, 20000);
}

}  // namespace
}  // namespace tenon

#include "ipc/arena.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <random>

namespace huidu::ipc {
namespace {

std::shared_ptr<Arena> Make(size_t size, bool read_only = false) {
  auto arena = Arena::Create("test", size, read_only);
  EXPECT_TRUE(arena.ok()) << arena.status();
  return *arena;
}

TEST(ArenaTest, BlocksDoNotOverlapAndComeBack) {
  const auto arena = Make(1 << 20);
  std::mt19937 random(7);
  std::vector<std::pair<Block, std::byte>> blocks;
  for (int step = 0; step < 5000; ++step) {
    if (random() % 2 == 0 || blocks.empty()) {
      auto block = arena->Allocate(random() % 4000);
      if (!block.ok()) continue;
      const std::byte mark{static_cast<unsigned char>(random())};
      std::memset(block->bytes().data(), static_cast<int>(mark), block->bytes().size());
      EXPECT_EQ(block->offset() % 64, 0u);
      blocks.emplace_back(*std::move(block), mark);
    } else {
      const size_t i = random() % blocks.size();
      for (std::byte byte : blocks[i].first.bytes()) ASSERT_EQ(byte, blocks[i].second);
      std::swap(blocks[i], blocks.back());
      blocks.pop_back();
    }
  }
  blocks.clear();
  EXPECT_EQ(arena->bytes_in_use(), 0u);
  EXPECT_TRUE(arena->Allocate(1 << 20).ok()) << "free neighbours were not merged";
}

TEST(ArenaTest, SaysHowMuchIsInUseWhenItIsFull) {
  const auto arena = Make(4096);
  auto block = arena->Allocate(4096);
  ASSERT_TRUE(block.ok());
  const auto refused = arena->Allocate(1);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(refused.status().message().find("4096 of 4096 are in use"), std::string::npos);
  EXPECT_FALSE(arena->Allocate(size_t{1} << 62).ok());
}

TEST(ArenaTest, IgnoresAnOffsetThatIsNoBlock) {
  const auto arena = Make(4096);
  auto block = arena->Allocate(100);
  ASSERT_TRUE(block.ok());
  EXPECT_FALSE(arena->Free(64));
  EXPECT_FALSE(arena->Free(1 << 30));
  EXPECT_EQ(arena->bytes_in_use(), 128u);
}

TEST(ArenaTest, AReadOnlyArenaCannotBeMappedForWritingBySomebodyElse) {
  const auto arena = Make(4096, /*read_only=*/true);
  std::memcpy(arena->base(), "hello", 5);
  EXPECT_EQ(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, arena->fd(), 0), MAP_FAILED);
  const auto view = ArenaView::Map(arena->fd());
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(std::memcmp((*view)->At(0, 5)->data(), "hello", 5), 0);
}

TEST(ArenaTest, AViewRefusesRangesOutside) {
  const auto arena = Make(4096);
  const auto view = *ArenaView::Map(arena->fd());
  EXPECT_TRUE(view->At(4096, 0).ok());
  EXPECT_FALSE(view->At(4096, 1).ok());
  EXPECT_FALSE(view->At(1, UINT64_MAX).ok());
  EXPECT_FALSE(view->At(UINT64_MAX, 2).ok());
}

TEST(ArenaTest, ABlockKeepsItsArenaMapped) {
  auto arena = Make(4096);
  Block block = *arena->Allocate(10);
  arena.reset();
  std::memset(block.bytes().data(), 1, 10);
}

}  // namespace
}  // namespace huidu::ipc

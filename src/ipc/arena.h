#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>

#include "absl/status/statusor.h"
#include "ipc/fd.h"

// Shared memory for tensors. A version has one request arena, which the front writes and its workers can only read, and
// each worker one response arena, which it writes and the front reads. Both are anonymous (memfd): nothing stays behind
// when the last process that maps them ends, however it ends.
namespace huidu::ipc {

class Arena;

// Part of an arena, given back when it is destroyed. Keeps the arena mapped. Movable; used by one thread at a time.
class Block {
 public:
  Block() = default;
  Block(std::shared_ptr<Arena> arena, uint64_t offset, size_t size)
      : arena_(std::move(arena)), offset_(offset), size_(size) {}
  Block(Block&& other) noexcept { *this = std::move(other); }
  Block& operator=(Block&& other) noexcept;
  ~Block();

  uint64_t offset() const { return offset_; }
  std::span<std::byte> bytes() const;
  // Hands the block over to whoever will call Arena::Free() with its offset.
  uint64_t Detach();

 private:
  std::shared_ptr<Arena> arena_;
  uint64_t offset_ = 0;
  size_t size_ = 0;
};

// The writer's side: owns the memory's layout. First fit from the low end, so that a quiet version touches few pages.
// Runs on: any thread. Lives: as long as its mapping, its blocks, or an answer that is still being written out.
class Arena : public std::enable_shared_from_this<Arena> {
 public:
  // `size` is address space, not memory: pages exist once they are written. `read_only_for_others` seals the memory so
  // that no later mapping of it, in whatever process, can write. Error: the system's own, with its text.
  static absl::StatusOr<std::shared_ptr<Arena>> Create(const char* name, size_t size, bool read_only_for_others);
  // The writer's side over memory that another process made (the worker's response arena).
  static absl::StatusOr<std::shared_ptr<Arena>> Adopt(Fd fd);
  ~Arena();

  int fd() const { return fd_.get(); }
  size_t size() const { return size_; }
  std::byte* base() const { return base_; }

  // 64-byte aligned. Error: ResourceExhausted with what is free and what was asked for.
  absl::StatusOr<Block> Allocate(size_t bytes);
  // False if `offset` is not the start of a block in use: a peer's mistake, nothing is changed.
  bool Free(uint64_t offset);
  size_t bytes_in_use() const;

 private:
  Arena(Fd fd, std::byte* base, size_t size, bool can_return_pages);
  void ReturnPages();

  const Fd fd_;
  std::byte* const base_;
  const size_t size_;
  const bool can_return_pages_;

  mutable std::mutex mutex_;
  std::map<uint64_t, size_t> free_;  // offset -> size, neighbours always merged
  std::map<uint64_t, size_t> used_;
  size_t bytes_in_use_ = 0;
  uint64_t high_water_ = 0;
};

// The reader's side: a read-only mapping of memory that another process lays out.
class ArenaView {
 public:
  static absl::StatusOr<std::shared_ptr<const ArenaView>> Map(int fd);
  ~ArenaView();
  ArenaView(const ArenaView&) = delete;
  ArenaView& operator=(const ArenaView&) = delete;

  // Error: InvalidArgument if the range is not inside; offsets come from the other process and are not trusted.
  absl::StatusOr<std::span<const std::byte>> At(uint64_t offset, uint64_t bytes) const;

 private:
  ArenaView(const std::byte* base, size_t size) : base_(base), size_(size) {}
  const std::byte* const base_;
  const size_t size_;
};

}  // namespace huidu::ipc

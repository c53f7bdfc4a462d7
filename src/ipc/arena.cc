#include "ipc/arena.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::ipc {
namespace {

constexpr size_t kAlignment = 64;
// Pages above this are given back to the system whenever the arena is empty.
constexpr uint64_t kKeepResident = 16 << 20;

absl::Status SystemError(std::string_view what) { return absl::ErrnoToStatus(errno, StrCat("shared memory: ", what)); }

size_t RoundUp(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

absl::StatusOr<size_t> SizeOf(int fd) {
  struct stat info {};
  if (fstat(fd, &info) != 0) return SystemError("fstat");
  return static_cast<size_t>(info.st_size);
}

}  // namespace

Block& Block::operator=(Block&& other) noexcept {
  if (this != &other) {
    if (arena_ != nullptr) arena_->Free(offset_);
    arena_ = std::move(other.arena_);
    other.arena_.reset();
    offset_ = other.offset_;
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Block::~Block() {
  if (arena_ != nullptr) arena_->Free(offset_);
}

std::span<std::byte> Block::bytes() const {
  if (arena_ == nullptr) return {};
  return {arena_->base() + offset_, size_};
}

uint64_t Block::Detach() {
  arena_.reset();
  return offset_;
}

Arena::Arena(Fd fd, std::byte* base, size_t size, bool can_return_pages)
    : fd_(std::move(fd)), base_(base), size_(size), can_return_pages_(can_return_pages) {
  free_[0] = size;
}

Arena::~Arena() { munmap(base_, size_); }

absl::StatusOr<std::shared_ptr<Arena>> Arena::Create(const char* name, size_t size, bool read_only_for_others) {
  Fd fd(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return SystemError("memfd_create");
  size = RoundUp(size, 4096);
  if (ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return SystemError("ftruncate");
  void* base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (base == MAP_FAILED) return SystemError(StrCat("mmap of ", size, " bytes"));
  auto arena = std::shared_ptr<Arena>(
      new Arena(std::move(fd), static_cast<std::byte*>(base), size, /*can_return_pages=*/!read_only_for_others));
  // Nobody may shrink the memory: the other side would get SIGBUS when it reads.
  int seals = F_SEAL_SHRINK | F_SEAL_GROW;
  if (read_only_for_others) seals |= F_SEAL_FUTURE_WRITE;
  if (fcntl(arena->fd(), F_ADD_SEALS, seals) != 0) return SystemError("sealing");
  return arena;
}

absl::StatusOr<std::shared_ptr<Arena>> Arena::Adopt(Fd fd) {
  HUIDU_ASSIGN_OR_RETURN(const size_t size, SizeOf(fd.get()));
  void* base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (base == MAP_FAILED) return SystemError(StrCat("mmap of ", size, " bytes"));
  return std::shared_ptr<Arena>(
      new Arena(std::move(fd), static_cast<std::byte*>(base), size, /*can_return_pages=*/true));
}

absl::StatusOr<Block> Arena::Allocate(size_t bytes) {
  if (bytes > size_) {
    return absl::ResourceExhaustedError(StrCat("shared memory: asked for ", bytes, " bytes, the arena has ", size_));
  }
  const size_t size = RoundUp(std::max<size_t>(bytes, 1), kAlignment);
  std::lock_guard lock(mutex_);
  for (auto it = free_.begin(); it != free_.end(); ++it) {
    const auto [offset, available] = *it;
    if (available < size) continue;
    auto node = free_.extract(it);
    if (available > size) {
      node.key() = offset + size;
      node.mapped() = available - size;
      free_.insert(std::move(node));
    }
    used_[offset] = size;
    bytes_in_use_ += size;
    high_water_ = std::max(high_water_, offset + size);
    return Block(shared_from_this(), offset, bytes);
  }
  return absl::ResourceExhaustedError(
      StrCat("shared memory: asked for ", bytes, " bytes, ", bytes_in_use_, " of ", size_, " are in use"));
}

bool Arena::Free(uint64_t offset) {
  std::lock_guard lock(mutex_);
  const auto used = used_.find(offset);
  if (used == used_.end()) return false;
  size_t size = used->second;
  bytes_in_use_ -= size;
  used_.erase(used);
  auto next = free_.lower_bound(offset);
  if (next != free_.end() && next->first == offset + size) {
    size += next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    auto before = std::prev(next);
    if (before->first + before->second == offset) {
      before->second += size;
      size = 0;
    }
  }
  if (size > 0) free_.emplace_hint(next, offset, size);
  if (bytes_in_use_ == 0) ReturnPages();
  return true;
}

void Arena::ReturnPages() {
  if (!can_return_pages_ || high_water_ <= kKeepResident) return;
  // Failure only means that the pages stay: they are used again by the next large tensor.
  (void)madvise(base_ + kKeepResident, RoundUp(high_water_, 4096) - kKeepResident, MADV_REMOVE);
  high_water_ = 0;
}

size_t Arena::bytes_in_use() const {
  std::lock_guard lock(mutex_);
  return bytes_in_use_;
}

absl::StatusOr<std::shared_ptr<const ArenaView>> ArenaView::Map(int fd) {
  HUIDU_ASSIGN_OR_RETURN(const size_t size, SizeOf(fd));
  void* base = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return SystemError(StrCat("mmap of ", size, " bytes"));
  return std::shared_ptr<const ArenaView>(new ArenaView(static_cast<const std::byte*>(base), size));
}

ArenaView::~ArenaView() { munmap(const_cast<std::byte*>(base_), size_); }

absl::StatusOr<std::span<const std::byte>> ArenaView::At(uint64_t offset, uint64_t bytes) const {
  if (offset > size_ || bytes > size_ - offset) {
    return absl::InvalidArgumentError(
        StrCat("ipc: bytes ", offset, " + ", bytes, " are outside of an arena of ", size_));
  }
  return std::span<const std::byte>(base_ + offset, bytes);
}

}  // namespace huidu::ipc

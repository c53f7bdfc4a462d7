#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace huidu::http {

// Bytes that arrived and were not used yet. The head of the request at hand stays at the front, untouched, as long as
// the request is; the bytes behind it move.
class ReceiveBuffer {
 public:
  explicit ReceiveBuffer(size_t capacity)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity) {}

  std::string_view unread() const { return {reinterpret_cast<const char*>(bytes_.get()) + begin_, size()}; }
  std::span<const std::byte> unread_bytes() const { return {bytes_.get() + begin_, size()}; }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  void Consume(size_t n) { begin_ += n; }

  // Room for what is read next.
  std::span<std::byte> space() const { return {bytes_.get() + end_, capacity_ - end_}; }
  void Produced(size_t n) { end_ += n; }

  // Everything before the unread bytes is kept in place from now on: the head.
  void KeepRead() { floor_ = begin_; }
  size_t kept() const { return floor_; }
  void DropKept() {
    floor_ = 0;
    Compact();
  }
  // Moves the unread bytes down to what is kept, so that the space is as large as it can be.
  void Compact() {
    if (begin_ == floor_) return;
    std::memmove(bytes_.get() + floor_, bytes_.get() + begin_, size());
    end_ = floor_ + size();
    begin_ = floor_;
  }

 private:
  const std::unique_ptr<std::byte[]> bytes_;
  const size_t capacity_;
  size_t floor_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace huidu::http

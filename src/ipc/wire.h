#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// Encoding of messages between front and worker: fixed-width integers in the machine's own order (both ends run on the
// same machine), strings and lists with a 32-bit count. The worker may not link protobuf (Paddle exports its own), and
// the front must survive whatever a broken worker sends, so reading is bounded and never throws.
namespace huidu::ipc {

class Writer {
 public:
  explicit Writer(std::vector<std::byte>& out) : out_(out) {}

  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void Put(T value) {
    const size_t at = out_.size();
    out_.resize(at + sizeof(T));
    std::memcpy(out_.data() + at, &value, sizeof(T));
  }
  void Put(std::string_view text) {
    Put(static_cast<uint32_t>(text.size()));
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void Put(const std::string& text) { Put(std::string_view(text)); }
  template <typename T>
  void Put(const std::vector<T>& list) {
    Put(static_cast<uint32_t>(list.size()));
    for (const T& item : list) Put(item);
  }

 private:
  std::vector<std::byte>& out_;
};

// After the first thing that is not there, ok() is false and every further read gives zeros.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> in) : in_(in) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && in_.empty(); }
  size_t left() const { return in_.size(); }

  template <typename T>
    requires std::is_arithmetic_v<T>
  void Get(T& value) {
    std::conditional_t<std::is_same_v<T, bool>, uint8_t, T> raw{};
    if (!Take(&raw, sizeof(raw))) {
      value = T{};
      return;
    }
    value = static_cast<T>(raw);
  }
  void Get(std::string& text) {
    const std::span<const std::byte> bytes = GetBytes(Count(1));
    text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  // A list is refused before memory is reserved for it if the rest of the message cannot hold it.
  template <typename T>
  void Get(std::vector<T>& list) {
    list.clear();
    const uint32_t count = Count(MinimalSize<T>());
    list.reserve(count);
    for (uint32_t i = 0; i < count && ok_; ++i) Get(list.emplace_back());
  }
  // The 32-bit count of a list whose items take at least `item_bytes` each.
  uint32_t Count(size_t item_bytes) {
    uint32_t count = 0;
    Get(count);
    if (count > in_.size() / item_bytes) {
      ok_ = false;
      return 0;
    }
    return count;
  }
  std::span<const std::byte> GetBytes(size_t size) {
    if (!ok_ || size > in_.size()) {
      ok_ = false;
      return {};
    }
    const auto bytes = in_.first(size);
    in_ = in_.subspan(size);
    return bytes;
  }

 private:
  template <typename T>
  static constexpr size_t MinimalSize() {
    if constexpr (std::is_arithmetic_v<T>) return sizeof(T);
    return sizeof(uint32_t);
  }
  bool Take(void* to, size_t size) {
    const auto bytes = GetBytes(size);
    if (bytes.size() != size) return false;
    std::memcpy(to, bytes.data(), size);
    return true;
  }

  std::span<const std::byte> in_;
  bool ok_ = true;
};

}  // namespace huidu::ipc

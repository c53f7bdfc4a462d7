#include "front/admin/tokens.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/status.h"

namespace huidu::front {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

std::vector<std::string> Words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : line) {
    if (!absl::ascii_isspace(static_cast<unsigned char>(c))) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::optional<Role> ParseRole(const std::string& word) {
  if (word == "viewer") return Role::kViewer;
  if (word == "operator") return Role::kOperator;
  return std::nullopt;
}

bool IsPrintable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

// Compares every byte whatever the first ones say.
bool EqualInConstantTime(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

std::string_view Name(Role role) { return role == Role::kOperator ? "operator" : "viewer"; }

absl::StatusOr<Tokens> Tokens::Load(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    const std::string reason = std::generic_category().message(errno);
    return absl::NotFoundError(StrCat("token file ", path, ": ", reason));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(StrCat("token file ", path, " is larger than ", kMaxFileBytes, " bytes"));
  }
  return Parse(text, path);
}

absl::StatusOr<Tokens> Tokens::Parse(std::string_view text, std::string_view filename) {
  Tokens tokens;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string> words = Words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty() || words[0].starts_with('#')) continue;
    const auto refuse = [&](std::string_view what) {
      return absl::InvalidArgumentError(StrCat(filename, ":", number, ": ", what));
    };
    if (words.size() != 1 && words.size() != 3) return refuse("expected `token role actor`, or a token alone");
    if (words[0].size() < kMinTokenBytes)
      return refuse(StrCat("a token needs at least ", kMinTokenBytes, " characters"));
    if (!IsPrintable(words[0])) return refuse("a token holds printable ASCII characters only");
    TokenHolder holder{Role::kOperator, "token"};
    if (words.size() == 3) {
      const std::optional<Role> role = ParseRole(words[1]);
      if (!role) return refuse("the role is neither viewer nor operator");
      holder = {*role, words[2]};
    }
    if (tokens.Find(words[0]) != nullptr) return refuse("this token stands in an earlier line already");
    tokens.entries_.push_back({words[0], std::move(holder)});
  }
  if (tokens.entries_.empty()) return absl::InvalidArgumentError(StrCat(filename, ": holds no token"));
  return tokens;
}

const TokenHolder* Tokens::Find(std::string_view token) const {
  const TokenHolder* found = nullptr;
  for (const Entry& entry : entries_) {
    if (EqualInConstantTime(entry.token, token)) found = &entry.holder;
  }
  return found;
}

}  // namespace huidu::front

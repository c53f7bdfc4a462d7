#include "config/version_name.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"

namespace huidu::config {
namespace {

constexpr size_t kLongestId = 128;
constexpr char kExample[] = "for example v2 or v1.2.0-20250405";

// Names that mean another content tomorrow.
constexpr auto kMovingWords = std::to_array<std::string_view>({
    "alpha",    "backup",   "bak",     "beta",    "best",        "canary",       "candidate",  "copy",    "current",
    "default",  "dev",      "devel",   "develop", "development", "experimental", "final",      "head",    "last",
    "latest",   "live",     "main",    "master",  "new",         "newest",       "next",       "nightly", "old",
    "pre",      "preprod",  "prev",    "preview", "previous",    "prod",         "production", "release", "rc",
    "snapshot", "stable",   "stage",   "staging", "temp",        "test",         "testing",    "tip",     "tmp",
    "trunk",    "unstable", "version", "wip",
});

bool IsMovingWord(std::string_view part) {
  const std::string lower = absl::AsciiStrToLower(ToAbsl(part));
  return std::find(kMovingWords.begin(), kMovingWords.end(), lower) != kMovingWords.end();
}

// "2", "v2", "V1rc": what begins like a version number.
bool LooksNumbered(std::string_view part) {
  if (!part.empty() && (part[0] == 'v' || part[0] == 'V')) part.remove_prefix(1);
  return !part.empty() && absl::ascii_isdigit(part[0]);
}

std::vector<std::string> Parts(std::string_view id) {
  return absl::StrSplit(ToAbsl(id), absl::ByAnyChar("._+-"), absl::SkipEmpty());
}

// "latest", "ocr_latest" and "final-final" move; "v2-test" names one version, whatever else it
// says.
bool Moves(std::string_view id) {
  const std::vector<std::string> parts = Parts(id);
  if (parts.empty() || std::any_of(parts.begin(), parts.end(), LooksNumbered)) return false;
  return IsMovingWord(parts.back());
}

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

int ToInt(std::string_view digits) {
  int value = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// YYYYMMDD, with HHMM or HHMMSS after it.
bool IsDateTime(std::string_view text) {
  if (!AllDigits(text) || (text.size() != 8 && text.size() != 12 && text.size() != 14)) return false;
  const std::chrono::year_month_day day{std::chrono::year(ToInt(text.substr(0, 4))),
                                        std::chrono::month(ToInt(text.substr(4, 2))),
                                        std::chrono::day(ToInt(text.substr(6, 2)))};
  if (!day.ok()) return false;
  if (text.size() >= 12 && (ToInt(text.substr(8, 2)) > 23 || ToInt(text.substr(10, 2)) > 59)) return false;
  return text.size() < 14 || ToInt(text.substr(12, 2)) <= 59;
}

bool IsStrict(std::string_view id) {
  if (!id.starts_with('v')) return false;
  id.remove_prefix(1);
  const size_t dash = id.find('-');
  if (dash == std::string_view::npos || !IsDateTime(id.substr(dash + 1))) return false;
  const std::vector<std::string> numbers = absl::StrSplit(ToAbsl(id.substr(0, dash)), '.');
  return numbers.size() == 3 && std::all_of(numbers.begin(), numbers.end(), [](const std::string& number) {
           return AllDigits(number) && number.size() <= 9 && (number.size() == 1 || number[0] != '0');
         });
}

// A run of digits or of letters in an id. Runs compare by kind first: a word makes an id older than
// its end does
// ("v1-rc" < "v1"), a number makes it newer ("v1" < "v1.1").
struct Run {
  enum class Kind { kWord, kEnd, kNumber };
  Kind kind = Kind::kEnd;
  std::string text;
};

// A number as text that compares by length, then letter by letter. A date is brought to seconds, so
// that 202504051230 is older than 20250406.
std::string NumberKey(std::string_view digits) {
  std::string key(digits);
  if (IsDateTime(digits)) key.append(14 - digits.size(), '0');
  key.erase(0, std::min(key.find_first_not_of('0'), key.size() - 1));
  return key;
}

// Takes the next run off `rest`.
Run NextRun(std::string_view* rest) {
  while (!rest->empty() && !absl::ascii_isalnum(rest->front())) rest->remove_prefix(1);
  if (rest->empty()) return {};
  const bool number = absl::ascii_isdigit(rest->front());
  size_t length = 0;
  const auto belongs = number ? absl::ascii_isdigit : absl::ascii_isalpha;
  while (length < rest->size() && belongs((*rest)[length])) ++length;
  const std::string_view text = rest->substr(0, length);
  rest->remove_prefix(length);
  if (number) return {Run::Kind::kNumber, NumberKey(text)};
  return {Run::Kind::kWord, absl::AsciiStrToLower(ToAbsl(text))};
}

int CompareRuns(const Run& a, const Run& b) {
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.kind == Run::Kind::kNumber && a.text.size() != b.text.size()) return a.text.size() < b.text.size() ? -1 : 1;
  return a.text.compare(b.text);
}

// Without the "v" in front of a number.
std::string_view Bare(std::string_view id) {
  return LooksNumbered(id) && !absl::ascii_isdigit(id[0]) ? id.substr(1) : id;
}

}  // namespace

absl::Status CheckVersionId(std::string_view id, VersionNaming naming) {
  if (id.empty()) return absl::InvalidArgumentError(StrCat("a version id is not empty; ", kExample));
  if (id.size() > kLongestId) {
    return absl::InvalidArgumentError(StrCat("a version id has at most ", kLongestId, " letters"));
  }
  const bool letters = std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isalnum(c) || std::string_view("._+-").find(c) != std::string_view::npos;
  });
  if (!letters || !absl::ascii_isalnum(id[0])) {
    return absl::InvalidArgumentError(StrCat("version id '", absl::CHexEscape(ToAbsl(id)),
                                             "': only A-Z a-z 0-9 . _ + - are accepted, and a letter or digit first; ",
                                             kExample));
  }
  if (naming == VersionNaming::kStrict && !IsStrict(id)) {
    return absl::InvalidArgumentError(
        StrCat("version id '", id, "' is not vMAJOR.MINOR.PATCH-YYYYMMDD[HHMM[SS]], which version_naming: STRICT",
               " asks for; for example v1.2.0-20250405"));
  }
  if (Moves(id)) {
    return absl::InvalidArgumentError(
        StrCat("version id '", id, "' is refused: '", Parts(id).back(),
               "' means another content tomorrow, so a switch back to it and the records about it "
               "would mean nothing; give a"
               " name that stays, ",
               kExample));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> VersionIdFromPath(std::string_view path, VersionNaming naming) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0: the whole path
  const size_t underscore = name.rfind('_');
  if (underscore != std::string_view::npos && underscore > 0 && name.size() > underscore + 2 &&
      name[underscore + 1] == 'v') {
    name.remove_prefix(underscore + 1);
  }
  if (AllDigits(name)) name.remove_prefix(std::min(name.find_first_not_of('0'), name.size() - 1));
  if (absl::Status status = CheckVersionId(name, naming); !status.ok()) {
    return absl::InvalidArgumentError(StrCat("the version id taken from the folder ", path, ": ", status.message(),
                                             "; rename the folder or write `version` in the configuration"));
  }
  return std::string(name);
}

int CompareVersions(std::string_view a, std::string_view b) {
  std::string_view rest_a = Bare(a);
  std::string_view rest_b = Bare(b);
  while (true) {
    const Run run_a = NextRun(&rest_a);
    const Run run_b = NextRun(&rest_b);
    if (const int order = CompareRuns(run_a, run_b); order != 0) return order;
    if (run_a.kind == Run::Kind::kEnd) return a.compare(b);  // "v2", "2" and "v2.": any order, but always the same
  }
}

}  // namespace huidu::config

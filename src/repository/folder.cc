#include "repository/folder.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"

namespace huidu::repository {
namespace {

constexpr size_t kMostNames = 100'000;
constexpr size_t kLongestName = 1024;

}  // namespace

absl::StatusOr<Listing> ListFolder(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  if (dir == nullptr && errno == ENOTDIR) {
    return absl::FailedPreconditionError(StrCat(directory, " is not a folder"));
  }
  if (dir == nullptr) return absl::ErrnoToStatus(errno, StrCat("cannot read the folder ", directory));
  Listing listing;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name[0] == '.') continue;
    if (listing.files.size() + listing.folders.size() == kMostNames) {
      return absl::ResourceExhaustedError(StrCat(directory, " holds more than ", kMostNames, " names"));
    }
    struct stat info {};
    if (::stat((directory + "/" + name).c_str(), &info) != 0) continue;  // gone meanwhile, or a link to nothing
    if (S_ISREG(info.st_mode)) listing.files.push_back(name);
    if (S_ISDIR(info.st_mode)) listing.folders.push_back(name);
  }
  std::sort(listing.files.begin(), listing.files.end());
  std::sort(listing.folders.begin(), listing.folders.end());
  return listing;
}

bool StaysInside(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || name[0] == '/') return false;
  if (std::any_of(name.begin(), name.end(), absl::ascii_iscntrl)) return false;
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(name), '/');
  return std::none_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty() || part == ".."; });
}

}  // namespace huidu::repository

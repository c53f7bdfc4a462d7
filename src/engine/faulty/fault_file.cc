#include "engine/faulty/fault_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::engine::faulty {
namespace {

absl::StatusOr<std::string> ReadBounded(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(std::strerror(errno));
  std::string text(kMaxFaultsBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

}  // namespace

absl::Status FaultFile::Open(TimePoint now) {
  std::lock_guard lock(mutex_);
  checked_ = now;
  since_ = now;
  seen_ = Look();
  return seen_.size < 0 ? absl::OkStatus() : Read(now);
}

FaultFile::Step FaultFile::Next(TimePoint now) {
  std::lock_guard lock(mutex_);
  if (now - checked_ >= kCheckInterval) {
    checked_ = now;
    CheckForChange(now);
  }
  ++runs_;
  return {Decide(*faults_, runs_, now - since_), faults_, runs_, generation_};
}

void FaultFile::CheckForChange(TimePoint now) {
  const Identity identity = Look();
  if (identity == std::exchange(seen_, identity)) return;
  if (const absl::Status status = Read(now); !status.ok()) {
    log::Error("faults stay as they were", {{"reason", std::string(Text(status))}});
    return;
  }
  log::Warning("other faults hold from now on", {{"file", path_}});
}

FaultFile::Identity FaultFile::Look() const {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_mtim.tv_sec * int64_t{1'000'000'000} + status.st_mtim.tv_nsec, status.st_size};
}

// seen_ was taken before the content is read, so that a change in between is found at the next look.
absl::Status FaultFile::Read(TimePoint now) {
  Faults faults;
  if (seen_.size >= 0) {
    const absl::StatusOr<std::string> text = ReadBounded(path_);
    if (!text.ok()) return Annotate(text.status(), path_);
    absl::StatusOr<Faults> parsed = ParseFaults(*text);
    if (!parsed.ok()) return Annotate(parsed.status(), path_);
    faults = *std::move(parsed);
  }
  faults_ = std::make_shared<const Faults>(std::move(faults));
  since_ = now;
  runs_ = 0;
  ++generation_;
  return absl::OkStatus();
}

}  // namespace huidu::engine::faulty

#include "worker/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "base/strings.h"
#include "ipc/fd.h"

namespace huidu::worker {
namespace {

// Parts of the interface that came after the headers of Debian 12 (ABI 2); the numbers are the kernel's.
struct RulesetAttributes {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;  // ABI 4
  uint64_t scoped;              // ABI 6
};
constexpr uint64_t kTruncate = 1ULL << 14;             // ABI 3
constexpr uint64_t kBindAndConnectTcp = 0b11;          // ABI 4
constexpr uint64_t kAbstractSocketsAndSignals = 0b11;  // ABI 6

constexpr uint64_t kWrites = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                             LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                             LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                             LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

void AllowWrites(int ruleset, const std::string& path, uint64_t access) {
  const ipc::Fd fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd.valid()) return;  // what is not there needs no permission
  landlock_path_beneath_attr rule{.allowed_access = access, .parent_fd = fd.get()};
  (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

std::string EnterLandlock(const std::vector<std::string>& writable) {
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return "no landlock: the kernel does not have it";
  RulesetAttributes attributes{};
  attributes.handled_access_fs = kWrites | (abi >= 3 ? kTruncate : 0);
  size_t size = sizeof(uint64_t);
  if (abi >= 4) {
    attributes.handled_access_net = kBindAndConnectTcp;
    size = 2 * sizeof(uint64_t);
  }
  if (abi >= 6) {
    attributes.scoped = kAbstractSocketsAndSignals;
    size = 3 * sizeof(uint64_t);
  }
  const ipc::Fd ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
  if (!ruleset.valid()) return "no landlock: the kernel refused the rules";
  for (const std::string& path : writable) AllowWrites(ruleset.get(), path, attributes.handled_access_fs);
  // Devices are opened for writing by GPU drivers, and /dev/null by anybody.
  AllowWrites(ruleset.get(), "/dev", LANDLOCK_ACCESS_FS_WRITE_FILE | (abi >= 3 ? kTruncate : 0));
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) return "no landlock: the kernel refused to restrict";
  return StrCat("landlock ", abi, " (files read-only", abi >= 4 ? ", no network" : "", abi >= 6 ? ", no signals" : "",
                ")");
}

}  // namespace

std::string EnterSandbox(const std::vector<std::string>& writable) {
  const rlimit no_core{0, 0};
  (void)setrlimit(RLIMIT_CORE, &no_core);  // a core file would hold clients' data
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "none: PR_SET_NO_NEW_PRIVS failed";
  return StrCat("no-new-privs, ", EnterLandlock(writable));
}

}  // namespace huidu::worker

#include "base/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>

#include "base/strings.h"

namespace huidu {
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
constexpr uint64_t kReads = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kOfFiles = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
constexpr int kMostNames = 100'000;
constexpr int kMaxDepth = 3;  // a link may lead back up

struct Fd {
  explicit Fd(int number) : fd(number) {}
  ~Fd() {
    if (fd >= 0) close(fd);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  const int fd;
};

struct Rule {
  std::string path;
  uint64_t access;
};

long LandlockAbi() { return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION); }

void Allow(int ruleset, const Rule& wanted) {
  const Fd path(open(wanted.path.c_str(), O_PATH | O_CLOEXEC));
  struct stat info {};
  if (path.fd < 0 || fstat(path.fd, &info) != 0) return;  // what is not there needs no permission
  // The kernel refuses a file's rule that speaks of folders.
  landlock_path_beneath_attr rule{.allowed_access = S_ISDIR(info.st_mode) ? wanted.access : wanted.access & kOfFiles,
                                  .parent_fd = path.fd};
  (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

// `handled` is forbidden but for what the rules allow.
std::string EnterLandlock(uint64_t handled, const std::vector<Rule>& rules) {
  const long abi = LandlockAbi();
  if (abi < 1) return "no landlock: the kernel does not have it";
  const uint64_t known = abi >= 3 ? ~uint64_t{0} : ~kTruncate;
  RulesetAttributes attributes{};
  attributes.handled_access_fs = handled & known;
  size_t size = sizeof(uint64_t);
  if (abi >= 4) {
    attributes.handled_access_net = kBindAndConnectTcp;
    size = 2 * sizeof(uint64_t);
  }
  if (abi >= 6) {
    attributes.scoped = kAbstractSocketsAndSignals;
    size = 3 * sizeof(uint64_t);
  }
  const Fd ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
  if (ruleset.fd < 0) return "no landlock: the kernel refused the rules";
  for (const Rule& rule : rules) Allow(ruleset.fd, {rule.path, rule.access & attributes.handled_access_fs});
  if (syscall(SYS_landlock_restrict_self, ruleset.fd, 0) != 0) return "no landlock: the kernel refused to restrict";
  return StrCat("landlock ", abi, (handled & kReads) != 0 ? " (a few folders, read-only" : " (files read-only",
                abi >= 4 ? ", no network" : "", abi >= 6 ? ", no signals" : "", ")");
}

std::string Enter(uint64_t handled, const std::vector<Rule>& rules) {
  const rlimit no_core{0, 0};
  (void)setrlimit(RLIMIT_CORE, &no_core);  // a core file would hold clients' data
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "none: PR_SET_NO_NEW_PRIVS failed";
  return StrCat("no-new-privs, ", EnterLandlock(handled, rules));
}

// Versions are often put together from links, also to folders of links; a rule for the folder does not hold for what
// they lead to.
void AllowLinks(const std::string& folder, std::vector<Rule>& rules) {
  namespace fs = std::filesystem;
  const auto options = fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied;
  std::error_code error;
  int names = 0;
  for (fs::recursive_directory_iterator it(folder, options, error), end; !error && it != end; it.increment(error)) {
    if (++names > kMostNames) return;
    if (it.depth() >= kMaxDepth) it.disable_recursion_pending();
    std::error_code gone;
    if (it->is_symlink(gone)) rules.push_back({it->path().string(), kReads});
  }
}

}  // namespace

std::string EnterSandbox(const std::vector<std::string>& writable) {
  std::vector<Rule> rules;
  for (const std::string& path : writable) rules.push_back({path, kWrites | kTruncate});
  // Devices are opened for writing by GPU drivers, and /dev/null by anybody.
  rules.push_back({"/dev", LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate});
  return Enter(kWrites | kTruncate, rules);
}

std::string EnterReadingSandbox(const std::vector<std::string>& folders) {
  std::vector<Rule> rules;
  for (const std::string& folder : folders) {
    rules.push_back({folder, kReads});
    AllowLinks(folder, rules);
  }
  return Enter(kWrites | kTruncate | kReads, rules);
}

std::string MissingFromSandbox() { return MissingFromLandlock(LandlockAbi()); }

std::string MissingFromLandlock(long abi) {
  if (abi < 1) {
    return "the kernel has no Landlock (Linux 5.13 with CONFIG_SECURITY_LANDLOCK, and landlock among lsm=): a model "
           "that breaks out of its engine can read and write what the server's user can, open connections and send "
           "signals; a newer kernel, or a container of its own with a user that owns nothing, confines it";
  }
  std::string missing;
  if (abi < 3) missing += "truncating files outside of its own folders (Linux 6.2), ";
  if (abi < 4) missing += "opening TCP connections (Linux 6.7), ";
  if (abi < 6) missing += "sending signals to the server's other processes (Linux 6.12), ";
  if (missing.empty()) return missing;
  missing.resize(missing.size() - 2);
  return StrCat("the kernel's Landlock (version ", abi, ") does not keep a model that breaks out of its engine from ",
                missing, "; a newer kernel does");
}

}  // namespace huidu

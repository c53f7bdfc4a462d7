#include "notify/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::notify {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStopInterval{50};  // how often `stop` is looked at

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// A file in memory, read from its beginning: unlike a pipe, nobody has to feed it, and a program that does not read it
// ends nothing.
absl::StatusOr<Fd> InputFile(const std::string& input) {
  Fd file(memfd_create("huidu-alert", MFD_CLOEXEC));
  const auto size = static_cast<ssize_t>(input.size());
  if (file.get() < 0 || write(file.get(), input.data(), input.size()) != size || lseek(file.get(), 0, SEEK_SET) != 0) {
    return absl::ErrnoToStatus(errno, "the input of a command");
  }
  return file;
}

// How the child differs from us: descriptors, process group, signals.
class SpawnSettings {
 public:
  SpawnSettings(int input, int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, input, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, 1);
    posix_spawn_file_actions_adddup2(&actions_, output, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& words) const {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t pid = 0;
    const int error = posix_spawn(&pid, arguments[0], &actions_, &attributes_, arguments.data(), environ);
    if (error != 0) return absl::ErrnoToStatus(error, StrCat("cannot run ", words[0]));
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// Keeps the beginning and throws the rest away, so that a program that talks much is not held up. False at the end.
bool Drain(int pipe, std::string& output) {
  char bytes[4096];
  while (true) {
    const ssize_t got = read(pipe, bytes, sizeof(bytes));
    if (got > 0) {
      output.append(bytes, std::min(static_cast<size_t>(got), kMaxOutputBytes - output.size()));
    } else if (got == 0 || errno != EINTR) {
      return got != 0 && errno == EAGAIN;
    }
  }
}

// Until the program has ended. Error: it is to be killed.
absl::Status Attend(int pidfd, int pipe, TimePoint deadline, const std::atomic<bool>& stop, std::string& output) {
  pollfd watched[] = {{pidfd, POLLIN, 0}, {pipe, POLLIN, 0}};
  while (true) {
    if (stop) return absl::CancelledError("the server stops");
    const auto left = std::chrono::ceil<milliseconds>(deadline - Now());
    if (left.count() <= 0) return absl::DeadlineExceededError("it took too long and was killed");
    poll(watched, 2, static_cast<int>(std::min(left, kStopInterval).count()));
    if (watched[1].revents != 0 && !Drain(pipe, output)) watched[1].fd = -1;  // closed; the program may go on
    if (watched[0].revents != 0) return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<CommandResult> RunCommand(const std::vector<std::string>& arguments, const std::string& input,
                                         milliseconds timeout, const std::atomic<bool>& stop) {
  if (arguments.empty()) return absl::InvalidArgumentError("a command has at least a program");
  HUIDU_ASSIGN_OR_RETURN(const Fd file, InputFile(input));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "the output of a command");
  const Fd output(ends[0]);
  fcntl(output.get(), F_SETFL, O_NONBLOCK);
  const TimePoint deadline = Now() + timeout;
  absl::StatusOr<pid_t> pid;
  {
    const Fd write_end(ends[1]);
    pid = SpawnSettings(file.get(), write_end.get()).Spawn(arguments);
  }
  if (!pid.ok()) return pid.status();
  const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, *pid, 0)));
  CommandResult result;
  const absl::Status status = pidfd.get() < 0 ? absl::ErrnoToStatus(errno, "pidfd_open")
                                              : Attend(pidfd.get(), output.get(), deadline, stop, result.output);
  Drain(output.get(), result.output);
  // Before it is reaped: until then its number, which is also the group's, cannot belong to anybody else.
  kill(-*pid, SIGKILL);
  while (waitpid(*pid, &result.wait_status, 0) < 0 && errno == EINTR) {
  }
  if (!status.ok()) return Annotate(status, arguments[0]);
  return result;
}

}  // namespace huidu::notify

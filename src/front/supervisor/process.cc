#include "front/supervisor/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>

#include "base/scheduling.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using boost::asio::posix::stream_descriptor;

constexpr int kFirstFd = 3;

// Runs in the child between vfork and exec: only async-signal-safe calls, and no write to memory but its own stack,
// because the parent's other threads go on in the same memory.
[[noreturn]] void BecomeChild(const char* program, char* const* arguments, const std::vector<int>& fds, int out,
                              int error, pid_t parent, bool background) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // the front died before the line above
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);
  dup2(out, 1);
  dup2(error, 2);
  // First out of the way of the numbers that they are to get, then into place.
  const int above = kFirstFd + static_cast<int>(fds.size()) + 64;
  std::array<int, 16> moved{};
  for (size_t i = 0; i < fds.size(); ++i) moved[i] = fcntl(fds[i], F_DUPFD, above);
  for (size_t i = 0; i < fds.size(); ++i) dup2(moved[i], kFirstFd + static_cast<int>(i));
  close_range(kFirstFd + static_cast<unsigned>(fds.size()), ~0U, 0);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (background) SetScheduling(0, Scheduling::kBackground);
  execv(program, arguments);
  _exit(127);
}

absl::StatusOr<std::pair<ipc::Fd, ipc::Fd>> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return std::pair<ipc::Fd, ipc::Fd>(ipc::Fd(fds[0]), ipc::Fd(fds[1]));
}

}  // namespace

absl::StatusOr<std::shared_ptr<Process>> Process::Start(boost::asio::io_context& control, const Options& options,
                                                        LineHandler on_line, ExitHandler on_exit) {
  if (options.fds.size() > 16) return absl::InvalidArgumentError("a child gets at most 16 descriptors");
  if (access(options.program.c_str(), X_OK) != 0) {
    return absl::ErrnoToStatus(errno, StrCat("cannot run ", options.program));
  }
  HUIDU_ASSIGN_OR_RETURN(auto out, MakePipe());
  HUIDU_ASSIGN_OR_RETURN(auto error, MakePipe());
  std::vector<std::string> words = options.arguments;
  words.insert(words.begin(), options.program);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  // Not fork: it copies the page tables, and every page that the network threads write next would have to be copied.
  const pid_t pid = vfork();
  if (pid == 0) {
    BecomeChild(options.program.c_str(), arguments.data(), options.fds, out.second.get(), error.second.get(), parent,
                options.background);
  }
  if (pid < 0) return absl::ErrnoToStatus(errno, StrCat("vfork for ", options.program));
  ipc::Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) {
    const absl::Status status = absl::ErrnoToStatus(errno, "pidfd_open");
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return status;
  }
  auto process = std::shared_ptr<Process>(new Process(control, pid, std::move(pidfd), std::move(out.first),
                                                      std::move(error.first), std::move(on_line), std::move(on_exit)));
  process->WaitForOutput(process->out_);
  process->WaitForOutput(process->error_);
  process->WaitForExit();
  return process;
}

Process::Process(boost::asio::io_context& control, int pid, ipc::Fd pidfd, ipc::Fd out, ipc::Fd error,
                 LineHandler on_line, ExitHandler on_exit)
    : pid_(pid),
      pidfd_(control, pidfd.Release()),
      out_{stream_descriptor(control, out.Release()), {}, false},
      error_{stream_descriptor(control, error.Release()), {}, true},
      on_line_(std::move(on_line)),
      on_exit_(std::move(on_exit)) {}

void Process::Kill(int signal) {
  // Until it is reaped, which happens on this thread, the number cannot be given to another process.
  if (!ended_) ::kill(pid_, signal);
}

uint64_t Process::ResidentBytes() const {
  std::ifstream statm(StrCat("/proc/", pid_, "/statm"));
  uint64_t pages = 0;
  uint64_t resident = 0;
  if (ended_ || !(statm >> pages >> resident)) return 0;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

void Process::WaitForExit() {
  pidfd_.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    if (error) return;
    int status = 0;
    if (waitpid(self->pid_, &status, WNOHANG) != self->pid_) return self->WaitForExit();
    self->ended_ = true;
    self->pidfd_.close();
    for (Pipe* pipe : {&self->out_, &self->error_}) {
      self->Drain(*pipe);
      if (!pipe->partial.empty()) self->on_line_(pipe->is_error, std::exchange(pipe->partial, {}));
      pipe->descriptor.close();
    }
    self->on_exit_(status);
  });
}

void Process::WaitForOutput(Pipe& pipe) {
  pipe.descriptor.async_wait(stream_descriptor::wait_read,
                             [self = shared_from_this(), &pipe](const boost::system::error_code& error) {
                               if (error || self->ended_) return;
                               self->Drain(pipe);
                               if (pipe.descriptor.is_open()) self->WaitForOutput(pipe);
                             });
}

void Process::Drain(Pipe& pipe) {
  std::array<char, 4096> bytes;
  while (pipe.descriptor.is_open()) {
    const ssize_t got = read(pipe.descriptor.native_handle(), bytes.data(), bytes.size());
    if (got > 0) {
      Emit(pipe, std::string_view(bytes.data(), static_cast<size_t>(got)));
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 && !ended_) pipe.descriptor.close();
    return;
  }
}

void Process::Emit(Pipe& pipe, std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    pipe.partial.append(piece.substr(0, kMaxLine - std::min(kMaxLine, pipe.partial.size())));
    if (end == std::string_view::npos) return;
    on_line_(pipe.is_error, std::exchange(pipe.partial, {}));
    bytes.remove_prefix(end + 1);
  }
}

std::string DescribeExit(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    return StrCat("was ended by signal ", signal, " (", strsignal(signal), ")");
  }
  return StrCat("ended with status ", WEXITSTATUS(wait_status));
}

}  // namespace huidu::front

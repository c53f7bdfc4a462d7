#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "ipc/fd.h"

namespace huidu::front {

// A child process. It dies with the front (PR_SET_PDEATHSIG), inherits only the descriptors that it is given, and is
// reaped as soon as it ends.
//
// Runs on: the control thread, which must be the thread that lives longest: the kernel ends the child with the thread
//          that started it.
// Lives:   shared with its own pending reads; on_exit runs exactly once, also if the object is dropped.
class Process : public std::enable_shared_from_this<Process> {
 public:
  struct Options {
    std::string program;                 // absolute
    std::vector<std::string> arguments;  // without the program's name
    std::vector<int> fds;                // become 3, 4, … in the child
    bool background = false;             // runs for good only when nobody else wants the CPU or the disk
  };
  // Lines of standard output and error, as they come, at most kMaxLine bytes each.
  using LineHandler = absl::AnyInvocable<void(bool is_error, std::string line)>;
  using ExitHandler = absl::AnyInvocable<void(int wait_status)>;
  static constexpr size_t kMaxLine = 64 * 1024;

  // Error: the system's, with the program's name.
  static absl::StatusOr<std::shared_ptr<Process>> Start(boost::asio::io_context& control, const Options& options,
                                                        LineHandler on_line, ExitHandler on_exit);

  int pid() const { return pid_; }
  void Kill(int signal);  // nothing happens if it has ended
  uint64_t ResidentBytes() const;

 private:
  Process(boost::asio::io_context& control, int pid, ipc::Fd pidfd, ipc::Fd out, ipc::Fd error, LineHandler on_line,
          ExitHandler on_exit);
  struct Pipe {
    boost::asio::posix::stream_descriptor descriptor;
    std::string partial;
    bool is_error;
  };
  void WaitForExit();
  void WaitForOutput(Pipe& pipe);
  void Drain(Pipe& pipe);
  void Emit(Pipe& pipe, std::string_view bytes);

  const int pid_;
  bool ended_ = false;
  boost::asio::posix::stream_descriptor pidfd_;
  Pipe out_;
  Pipe error_;
  LineHandler on_line_;
  ExitHandler on_exit_;
};

// "ended with status 3", "was ended by signal 11 (Segmentation fault)".
std::string DescribeExit(int wait_status);

}  // namespace huidu::front

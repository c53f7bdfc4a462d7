// huidu-worker: hosts one version of one model. Started by `huidu serve` only, which leaves it four descriptors.

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/log.h"
#include "base/sandbox.h"
#include "base/strings.h"
#include "engine/faulty/faulty_model.h"
#include "worker/worker.h"

namespace {

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) != -1; }

}  // namespace

int main(int argc, char** argv) {
  using namespace huidu;
  CLI::App app{"Hosts one version of one model. Started by `huidu serve`; not meant to be run by hand."};
  std::string model;
  std::string version;
  std::vector<std::string> writable;
  app.add_option("--model", model, "Name of the model; shown in process lists")->required();
  app.add_option("--version", version, "Id of the version; shown in process lists")->required();
  app.add_option("--writable", writable, "Folder in which this process may write");
  CLI11_PARSE(app, argc, argv);
  for (int fd : {worker::kControlFd, worker::kDataFd, worker::kRequestsFd, worker::kResponsesFd}) {
    if (IsOpen(fd)) continue;
    std::fprintf(stderr,
                 "huidu-worker is started by `huidu serve`, which gives it descriptors 3 to 6; %d is not open\n", fd);
    return 2;
  }
  const std::string sandbox = EnterSandbox(writable);
  worker::Worker worker(ipc::Fd(worker::kControlFd), ipc::Fd(worker::kDataFd), ipc::Fd(worker::kRequestsFd),
                        ipc::Fd(worker::kResponsesFd), engine::faulty::WithFaults);
  const absl::Status status = worker.Run(sandbox);
  if (!status.ok()) std::fprintf(stderr, "huidu-worker: %s\n", std::string(Text(status)).c_str());
  // Engines leave threads and static objects behind whose end is not worth waiting for; the kernel takes all of it
  // back.
  std::fflush(nullptr);
  _exit(status.ok() ? 0 : 1);
}

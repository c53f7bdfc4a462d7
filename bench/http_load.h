#pragma once

#include <string>
#include <vector>

#include "bench/http_connection.h"
#include "bench/recorder.h"
#include "bench/switcher.h"
#include "ipc/fd.h"

namespace huidu::bench {

// Keeps connections to an HTTP inference server busy with one request, and checks each answer's status and version.
// With a rate, requests are due at even intervals and their latency counts from then: a server that stalls cannot hide
// the requests that would have come meanwhile.
//
// Runs on: the thread that calls Run(), which returns when every request is answered or given up.
// Errors:  Unavailable if the server cannot be connected to; failed requests are the recorder's.
class HttpLoad {
 public:
  struct Options {
    std::string server;  // host:port
    int connections = 1;
    std::string request;  // whole, as it goes over the wire
    bool expect_version = true;
  };

  HttpLoad(Options options, Recorder& recorder, Switcher& switcher)
      : options_(std::move(options)), recorder_(recorder), switcher_(switcher) {}

  absl::Status Run();

 private:
  absl::Status OpenAll();
  absl::Status Turn();  // one wait and what it brought
  TimePoint NextDue() const;
  void SendDue(TimePoint now);
  void SendOn(size_t index, TimePoint started);
  absl::Status OnEvent(uint64_t tag);
  absl::Status OnBroken(size_t index, TimePoint now);
  void OnAnswer(size_t index, TimePoint now);
  void NextOn(size_t index, TimePoint now);

  const Options options_;
  Recorder& recorder_;
  Switcher& switcher_;
  sockaddr_in address_{};
  ipc::Fd epoll_;
  std::vector<HttpConnection> connections_;
  std::vector<size_t> idle_;  // only with a rate
  size_t busy_ = 0;
  bool stopping_ = false;
  Duration interval_{};
  TimePoint due_ = TimePoint::max();
};

}  // namespace huidu::bench

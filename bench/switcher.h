#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bench/http_connection.h"

namespace huidu::bench {

// Orders the server to switch versions while the load runs, from the same thread as the load, so that "from the order
// to the first answer by the new version" is read from one clock with nothing in between.
//
// Use:     Open(), then each turn of the loop: Order() once due, Advance() on its event; OnAnswer() for every answer.
// Runs on: the load's thread.
// Errors:  an order that the server refuses is in the report, and in refused().
class Switcher {
 public:
  struct Options {
    std::string admin;  // host:port
    std::string model;
    std::vector<std::string> versions;  // in turn; the first one should not be live at the start
    double every_seconds = 0.5;
  };

  explicit Switcher(Options options) : options_(std::move(options)) {}

  absl::Status Open(int epoll, uint64_t tag, TimePoint first_order);
  bool enabled() const { return !options_.versions.empty(); }
  // When the next order goes out; the farthest future while the one before it is not answered yet.
  TimePoint due() const { return connection_.busy() || waiting_ ? TimePoint::max() : due_; }
  void Order(TimePoint now);
  absl::Status Advance(TimePoint now);
  void OnAnswer(std::string_view version, TimePoint now) {
    if (waiting_ && version == events_.back().version) OnFirstAnswer(now);
  }
  size_t refused() const { return refused_; }
  nlohmann::json Report() const;

 private:
  struct Event {
    std::string version;
    TimePoint ordered;
    TimePoint confirmed;     // the admin port answered
    TimePoint first_answer;  // by the new version
    int status = 0;
    std::string body;
  };
  void OnFirstAnswer(TimePoint now);

  const Options options_;
  HttpConnection connection_;
  std::vector<std::string> requests_;  // one for each version
  std::vector<Event> events_;
  TimePoint due_ = TimePoint::max();
  bool waiting_ = false;  // for the first answer by events_.back().version
  size_t refused_ = 0;
};

}  // namespace huidu::bench

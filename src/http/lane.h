#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <unordered_set>

#include "base/clock.h"

namespace huidu::http {

class Connection;

// The connections of one I/O thread. One timer looks at the deadlines of all of them, and sleeps while there is none.
//
// Runs on: its io_context's thread.
// Lives:   shared by the server, its connections and its timer.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  Lane(boost::asio::io_context& io, std::chrono::milliseconds sweep_interval);

  boost::asio::io_context& io() const { return io_; }
  // The current time as the Date header has it; renewed by the sweep.
  const std::string& date() const { return date_; }

  void Add(Connection* connection);
  void Remove(Connection* connection);

  // From now on connections close after their answer; those that are between requests close at once.
  void StopIdle();
  bool stopping() const { return stopping_; }
  // Closes every connection, whatever it does.
  void CloseAll();

 private:
  void ArmTimer();
  void Sweep();

  boost::asio::io_context& io_;
  const std::chrono::milliseconds sweep_interval_;
  boost::asio::steady_timer timer_;
  bool armed_ = false;
  bool stopping_ = false;
  std::string date_;
  std::unordered_set<Connection*> connections_;
};

}  // namespace huidu::http

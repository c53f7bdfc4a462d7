#include "http/lane.h"

#include <ctime>

#include "http/connection.h"

namespace huidu::http {
namespace {

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[64];
  // The C locale's names: the program never calls setlocale().
  const size_t length = std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(text, length);
}

}  // namespace

Lane::Lane(boost::asio::io_context& io, std::chrono::milliseconds sweep_interval)
    : io_(io), sweep_interval_(sweep_interval), timer_(io) {}

void Lane::Add(Connection* connection) {
  connections_.insert(connection);
  if (armed_) return;
  date_ = HttpDate();
  ArmTimer();
}

void Lane::Remove(Connection* connection) {
  connections_.erase(connection);
  if (connections_.empty()) timer_.cancel();
}

void Lane::ArmTimer() {
  armed_ = true;
  timer_.expires_after(sweep_interval_);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code&) {
    self->armed_ = false;
    self->Sweep();
  });
}

void Lane::Sweep() {
  if (connections_.empty()) return;
  date_ = HttpDate();
  const TimePoint now = Now();
  for (Connection* connection : connections_) connection->Sweep(now);
  ArmTimer();
}

void Lane::StopIdle() {
  stopping_ = true;
  for (Connection* connection : connections_) connection->CloseIfIdle();
}

void Lane::CloseAll() {
  stopping_ = true;
  for (Connection* connection : connections_) connection->Close();
}

}  // namespace huidu::http

#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <string>

#include "front/admin/routes.h"
#include "http/server.h"
#include "samples/sample_writer.h"
#include "state/audit.h"

namespace huidu::front {

// The calls of the admin port about requests that were kept. Who looks into one is in the audit like who deletes one:
// it is what a user sent. Runs on: the caller's thread, with the disk and the writing of large JSON on a thread of its
// own, for nothing else may
//          wait for them.
// Lives:   borrows the writer, its store and the audit.
// Errors:  400 (a filter), 404 (no such sample or input; also one that a mask removed), 500 (a damaged file), 503 (the
//          disk).
class SampleCalls {
 public:
  // What an export holds at most, of which a server has one in memory for each that is being sent.
  static constexpr size_t kMaxExportBytes = size_t{64} << 20;

  SampleCalls(samples::SampleWriter& writer, state::Audit& audit, size_t max_export_bytes = kMaxExportBytes)
      : writer_(writer), audit_(audit), max_export_bytes_(max_export_bytes) {}
  ~SampleCalls() { thread_.join(); }

  // Whether a route is one of these.
  static bool Answers(AdminCall call);
  boost::asio::awaitable<http::Response> Answer(RouteMatch match, const http::Request& request, http::BodyReader& body,
                                                std::string actor);

  samples::SampleFigures Figures() const { return writer_.Figures(); }

 private:
  http::Response Show(const std::string& id, const std::string& actor);
  http::Response ShowInput(const std::string& id, const std::string& name, const std::string& actor);
  http::Response Export(const samples::SampleFilter& filter, const std::string& actor);
  http::Response Delete(const std::string& id, const std::string& actor, const std::string& reason);
  void Record(const char* action, const samples::SampleRow& row, const std::string& actor, const std::string& reason,
              const absl::Status& status);
  void RecordExport(const samples::SampleFilter& filter, const std::vector<std::string>& ids, const std::string& actor);

  samples::SampleWriter& writer_;
  state::Audit& audit_;
  const size_t max_export_bytes_;
  boost::asio::thread_pool thread_{1};
};

}  // namespace huidu::front

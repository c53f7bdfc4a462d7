#include "bench/report.h"

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/status.h"

namespace huidu::bench {

absl::Status WriteReport(const nlohmann::json& report, const std::string& path) {
  // A server's error text is part of the report and may be any bytes.
  const std::string text = report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
  if (path.empty()) {
    std::cout << text << "\n";
    return absl::OkStatus();
  }
  std::ofstream file(path);
  file << text << "\n";
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(StrCat("cannot write ", path));
}

int ExitStatus(const char* program, const absl::StatusOr<int>& result) {
  if (result.ok()) return *result;
  std::cerr << program << ": " << Text(result.status()) << "\n";
  return result.status().code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
}

}  // namespace huidu::bench

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cli/cli.h"

namespace huidu::cli {

using Json = nlohmann::ordered_json;

// What every command that talks to the admin port takes.
struct AdminOptions {
  std::string url = "http://127.0.0.1:18082";
  std::string token_file;
  bool json = false;
  std::string reason;
  int timeout_s = 600;  // a load may take minutes
};

// Adds --admin, --token-file, --json and --timeout, and with `changes` also --reason.
void AddAdminOptions(CLI::App& command, AdminOptions& options, bool changes);

// Calls `target` under /admin/v1 and gives the JSON that came back. `body` null: none.
// Errors: what the server refused, with its text; otherwise as Send().
absl::StatusOr<Json> CallAdmin(const AdminOptions& options, const std::string& method, const std::string& target,
                               const Json& body = nullptr);

// Prints an error on standard error and gives kFailed.
int Fail(const absl::Status& status);
// Prints JSON on standard output, indented.
void PrintJson(const Json& json);

}  // namespace huidu::cli

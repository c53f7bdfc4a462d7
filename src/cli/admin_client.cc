#include "cli/admin_client.h"

#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "base/status.h"
#include "cli/http_client.h"

namespace huidu::cli {
namespace {

constexpr size_t kMaxTokenBytes = 4096;

// user@host, for the audit of a server without tokens.
std::string Actor() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const passwd* user = getpwuid(geteuid());
  return StrCat(user != nullptr ? user->pw_name : std::to_string(geteuid()), "@", host.data());
}

// The first word of the token file, else what HUIDU_TOKEN holds, else nothing.
absl::StatusOr<std::string> Token(const AdminOptions& options) {
  if (options.token_file.empty()) {
    const char* token = std::getenv("HUIDU_TOKEN");
    return std::string(token != nullptr ? token : "");
  }
  std::ifstream file(options.token_file);
  std::string token;
  if (!(file >> token) || token.size() > kMaxTokenBytes) {
    return absl::InvalidArgumentError(StrCat("token file ", options.token_file, ": cannot be read, or holds no token"));
  }
  return token;
}

absl::Status Refusal(const HttpAnswer& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  const std::string text = json.is_object() && json.contains("error") && json["error"].is_string()
                               ? json["error"].get<std::string>()
                               : StrCat("the server answered with HTTP status ", answer.status);
  if (answer.status == 401) {
    return absl::UnauthenticatedError(StrCat(text, "; give --token-file FILE or set HUIDU_TOKEN"));
  }
  return absl::UnknownError(text);
}

}  // namespace

void AddAdminOptions(CLI::App& command, AdminOptions& options, bool changes) {
  command.add_option("--admin", options.url, "URL of the server's admin port")
      ->envname("HUIDU_ADMIN")
      ->capture_default_str();
  command.add_option("--token-file", options.token_file, "File with the token; else the variable HUIDU_TOKEN holds it");
  command.add_flag("--json", options.json, "Print JSON instead of a table");
  command.add_option("--timeout", options.timeout_s, "Seconds to wait for the answer")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  if (changes) command.add_option("--reason", options.reason, "Why; kept in the audit");
}

absl::StatusOr<Json> CallAdmin(const AdminOptions& options, const std::string& method, const std::string& target,
                               const Json& body) {
  HUIDU_ASSIGN_OR_RETURN(const Url url, ParseUrl(options.url));
  HUIDU_ASSIGN_OR_RETURN(const std::string token, Token(options));
  HttpRequest request{.method = method, .target = "/admin/v1" + target, .headers = {{"X-Huidu-Actor", Actor()}}};
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  HttpLimits limits{.timeout = std::chrono::seconds(options.timeout_s), .max_body_bytes = uint64_t{64} << 20};
  HUIDU_ASSIGN_OR_RETURN(const HttpAnswer answer, Send(url, request, limits));
  if (answer.status >= 300) return Refusal(answer);
  Json json = Json::parse(answer.body, nullptr, false);
  if (!json.is_object()) {
    return absl::InternalError(StrCat(options.url, " did not answer with JSON: is it Huidu's admin port?"));
  }
  return json;
}

int Fail(const absl::Status& status) {
  std::string text(Text(status));
  // A server's text must not drive the terminal; its lines may stay lines.
  for (char& c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) c = '?';
  }
  std::cerr << "error: " << text << "\n";
  return kFailed;
}

void PrintJson(const Json& json) { std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n"; }

}  // namespace huidu::cli

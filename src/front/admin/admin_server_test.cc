// The whole admin port with a real version manager that has no model, over a socket.

#include "front/admin/admin_server.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/strings.h"
#include "front/admin/change_log.h"
#include "gmock/gmock.h"
#include "http/testing/test_client.h"

namespace huidu::front {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

// The test client's own Get() names another host, which a port without tokens refuses.
http::TestReply Call(http::TestClient& client, const std::string& method_and_target, const std::string& body = "",
                     const std::string& headers = "") {
  client.Send(StrCat(method_and_target, " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ", body.size(), "\r\n",
                     headers, "\r\n", body));
  return client.Receive();
}

class AdminServerTest : public testing::Test {
 protected:
  AdminServerTest() {
    std::string name = testing::TempDir() + "huidu_admin_server_XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~AdminServerTest() override {
    if (thread_.joinable()) {
      boost::asio::co_spawn(control_, server_->Stop(std::chrono::seconds(5)), boost::asio::use_future).get();
      control_.stop();
      thread_.join();
    }
    std::filesystem::remove_all(folder_);
  }

  absl::StatusOr<uint16_t> Start(AdminServer::Options options) {
    options.port = 0;
    server_ = std::make_unique<AdminServer>(control_, versions_, audit_, std::move(options));
    auto port = server_->Start();
    if (port.ok()) thread_ = std::thread([this] { control_.run(); });
    return port;
  }

  std::filesystem::path folder_;
  boost::asio::io_context control_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{control_.get_executor()};
  state::Audit audit_{"/proc/huidu/audit.db"};  // cannot be written, and the server works all the same
  AuditChangeLog log_{audit_};
  TableHolder tables_;
  VersionManager versions_{control_, {&control_}, {}, tables_, log_};
  std::unique_ptr<AdminServer> server_;
  std::thread thread_;
};

TEST_F(AdminServerTest, AnswersOnThePortThatItGives) {
  const auto port = Start({.info = {.version = "0.1.0"}});
  ASSERT_TRUE(port.ok()) << port.status();
  http::TestClient client(*port);
  EXPECT_EQ(Call(client, "GET /healthz").status, 200);
  EXPECT_EQ(Json::parse(Call(client, "GET /admin/v1/models").body), Json::parse(R"({"models":[]})"));
  EXPECT_EQ(Json::parse(Call(client, "GET /admin/v1/status").body)["version"], "0.1.0");
  EXPECT_THAT(Call(client, "GET /metrics").body, HasSubstr("huidu_build_info{version=\"0.1.0\"} 1\n"));
  EXPECT_EQ(Call(client, "GET /metrics").headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(Call(client, "GET /").body, HasSubstr("<!doctype html>"));
}

TEST_F(AdminServerTest, RefusesChangesOfAModelThatIsNotThere) {
  const auto port = Start({});
  ASSERT_TRUE(port.ok()) << port.status();
  http::TestClient client(*port);
  EXPECT_EQ(Call(client, "POST /admin/v1/models/ocr/switch", R"({"version":"v2"})").status, 404);
  EXPECT_EQ(Call(client, "POST /admin/v1/models/ocr/versions", R"({"path":"/models/ocr_v2"})").status, 404);
}

TEST_F(AdminServerTest, RefusesAHostNameThatIsNotThisMachines) {
  const auto port = Start({});
  ASSERT_TRUE(port.ok()) << port.status();
  http::TestClient client(*port);
  client.Send("GET /admin/v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 403);
}

TEST_F(AdminServerTest, HasNothingToReloadWithoutAConfiguration) {
  const auto port = Start({});
  ASSERT_TRUE(port.ok()) << port.status();
  http::TestClient client(*port);
  EXPECT_EQ(Call(client, "POST /admin/v1/reload", "{}").status, 501);
}

TEST_F(AdminServerTest, ReadsTheTokenFile) {
  const std::string tokens = folder_ / "tokens";
  std::ofstream(tokens) << "secret-token viewer grafana\n";
  const auto port = Start({.token_file = tokens});
  ASSERT_TRUE(port.ok()) << port.status();
  http::TestClient client(*port);
  EXPECT_EQ(Call(client, "GET /metrics").status, 401);
  EXPECT_EQ(Call(client, "GET /metrics", "", "Authorization: Bearer secret-token\r\n").status, 200);
}

TEST_F(AdminServerTest, DoesNotStartWhereEverybodyCouldCall) {
  EXPECT_EQ(Start({.host = "0.0.0.0"}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Start({.token_file = folder_ / "missing"}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace huidu::front

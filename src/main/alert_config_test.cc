#include "main/alert_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/strings.h"

namespace huidu {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class AlertConfigTest : public ::testing::Test {
 protected:
  AlertConfigTest() { std::filesystem::create_directories(folder_); }
  ~AlertConfigTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  absl::StatusOr<AlertConfig> Read(const std::string& json) const {
    return ReadAlertConfig(Write("alerts.json", json));
  }
  std::string Refusal(const std::string& json) const {
    const auto config = Read(json);
    EXPECT_FALSE(config.ok()) << json;
    return std::string(Text(config.status()));
  }

  const std::string folder_ = ::testing::TempDir() + "/alerts_" + std::to_string(getpid());
};

TEST_F(AlertConfigTest, ReadsEverything) {
  const std::string secret = Write("secret", "open sesame\r\n");
  const auto config = Read(StrCat(R"({"webhooks": [{"url": "https://a/b", "secret_file": ")", secret, R"("}],
      "command": ["/bin/page", "--now"],
      "gates": {"load": {"url": "http://c/d", "timeout_ms": 1500}, "signed": {"url": "http://e/", "secret_file": ")",
                                  secret, R"("}}})"));
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->notifier.webhooks.size(), 1);
  EXPECT_EQ(config->notifier.webhooks[0].url, "https://a/b");
  EXPECT_EQ(config->notifier.webhooks[0].secret, "open sesame");
  EXPECT_THAT(config->notifier.command.arguments, ElementsAre("/bin/page", "--now"));
  EXPECT_EQ(config->gates.at("load").timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(config->gates.at("load").secret, "");
  EXPECT_EQ(config->gates.at("signed").secret, "open sesame");
}

TEST_F(AlertConfigTest, NothingIsRequired) {
  const auto config = Read("{}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->notifier.webhooks.empty());
  EXPECT_TRUE(config->notifier.command.arguments.empty());
  EXPECT_TRUE(config->gates.empty());
}

TEST_F(AlertConfigTest, NamesTheFieldThatIsWrong) {
  std::string many = R"({"webhooks": [)";
  for (int i = 0; i < 65; ++i) many += i == 0 ? "{}" : ",{}";
  for (const auto& [json, said] : std::vector<std::pair<std::string, std::string>>{
           {"", "expected a JSON object"},
           {"[]", "expected a JSON object"},
           {R"({"webhook": []})", "webhook: unknown"},
           {R"({"webhooks": {}})", "webhooks: expected a list"},
           {many + "]}", "webhooks: expected a list of at most 64"},
           {R"({"webhooks": ["https://a"]})", "webhooks[0]: expected an object"},
           {R"({"webhooks": [{"url": "https://a/"}, {}]})", "webhooks[1].url"},
           {R"({"webhooks": [{"url": "ftp://a/"}]})", "webhooks[0].url"},
           {R"({"webhooks": [{"url": 7}]})", "webhooks[0].url: expected"},
           {R"({"gates": []})", "gates: expected an object"},
           {R"({"gates": {"g": {"url": "http://a/", "timeout_ms": 0}}})", "gates.g.timeout_ms"},
           {R"({"gates": {"g": {"url": "http://a/", "timeout_ms": 600001}}})", "gates.g.timeout_ms"},
           {R"({"gates": {"g": {"url": "http://a/", "timeout": 5}}})", "gates.g.timeout"},
           {R"({"command": "/bin/page"})", "command: expected a list"},
           {R"({"command": []})", "command: expected a list"},
           {R"({"command": ["page"]})", "absolute path"},
           {R"({"command": ["/bin/page", 1]})", "command: expected a list"}}) {
    EXPECT_THAT(Refusal(json), HasSubstr(said)) << json;
    EXPECT_THAT(Refusal(json), HasSubstr("alerts.json")) << json;
  }
}

TEST_F(AlertConfigTest, ASecretMustBeThereAndIsInNoError) {
  EXPECT_THAT(Refusal(R"({"webhooks": [{"url": "http://a/", "secret_file": "/nowhere/secret"}]})"),
              HasSubstr("/nowhere/secret"));
  const std::string empty = Write("empty", "\n");
  EXPECT_THAT(Refusal(StrCat(R"({"webhooks": [{"url": "http://a/", "secret_file": ")", empty, R"("}]})")),
              HasSubstr("holds no secret"));
  const std::string secret = Write("secret", "open sesame");
  EXPECT_THAT(Refusal(StrCat(R"({"webhooks": [{"secret_file": ")", secret, R"(", "url": "nowhere"}]})")),
              Not(HasSubstr("sesame")));
  EXPECT_TRUE(absl::IsNotFound(ReadAlertConfig("/nowhere/alerts.json").status()));
}

}  // namespace
}  // namespace huidu

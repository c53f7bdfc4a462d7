#include "front/admin/sample_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/strings.h"
#include "samples/test_sample.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;
using Json = nlohmann::json;
using samples::Sample;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kStart = 1'800'000'000'000;

class TextBody : public http::BodyReader {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  std::optional<uint64_t> content_length() const override { return text_.size(); }
  awaitable<absl::Status> ReadExactly(std::span<std::byte>) override { co_return absl::UnimplementedError(""); }
  awaitable<absl::StatusOr<std::string>> ReadAll(size_t) override { co_return text_; }
  awaitable<absl::Status> ExpectEnd() override { co_return absl::OkStatus(); }

 private:
  std::string text_;
};

class SampleCallsTest : public ::testing::Test {
 protected:
  SampleCallsTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_calls_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    store_ = std::make_unique<samples::SampleStore>(folder_ + "/samples");
    writer_ = std::make_unique<samples::SampleWriter>(*store_, samples::SampleWriter::Options());
    writer_->Flush();  // its first look at the folder is over: the tests put samples there themselves
    audit_ = std::make_unique<state::Audit>(folder_ + "/audit.db");
    calls_ = std::make_unique<SampleCalls>(*writer_, *audit_);
  }
  ~SampleCallsTest() override {
    calls_.reset();
    writer_.reset();
    audit_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string Put(const Sample& sample = samples::TestSample(kStart)) {
    EXPECT_EQ(store_->Put(sample, 1 << 30), absl::OkStatus());
    return sample.id;
  }
  http::Response Call(std::string_view method, const std::string& target, std::string body = "") {
    http::Request request;
    request.method = method;
    const std::string_view view = target;
    const size_t question = std::min(view.find('?'), view.size());
    request.raw_path = view.substr(0, question);
    request.raw_query = view.substr(std::min(question + 1, view.size()));
    const RouteMatch match = MatchRoute(method, request.PathSegments());
    EXPECT_TRUE(match.route != nullptr && SampleCalls::Answers(match.route->call)) << target;
    TextBody reader(std::move(body));
    http::Response response;
    boost::asio::io_context io;
    boost::asio::co_spawn(io, calls_->Answer(match, request, reader, "operator:alice"),
                          [&](std::exception_ptr error, http::Response made) {
                            ASSERT_EQ(error, nullptr);
                            response = std::move(made);
                          });
    io.run();
    return response;
  }
  static std::string Header(const http::Response& response, std::string_view name) {
    const size_t at = response.headers.find(StrCat(name, ": "));
    if (at == std::string::npos) return "";
    const size_t begin = at + name.size() + 2;
    return response.headers.substr(begin, response.headers.find("\r\n", begin) - begin);
  }

  std::string folder_;
  std::unique_ptr<samples::SampleStore> store_;
  std::unique_ptr<samples::SampleWriter> writer_;
  std::unique_ptr<state::Audit> audit_;
  std::unique_ptr<SampleCalls> calls_;
};

TEST_F(SampleCallsTest, ListsWhatTheFilterAsksFor) {
  const std::string first = Put(), second = Put(samples::TestSample(kStart + 60'000));
  const Json all = Json::parse(Call("GET", "/admin/v1/models/ocr/samples").body);
  ASSERT_EQ(all["samples"].size(), 2u);
  EXPECT_EQ(all["samples"][0]["id"], second);
  EXPECT_EQ(all["samples"][1]["error"], "Gather: index 7 is out of range");
  const auto count = [&](const std::string& query) {
    return Json::parse(Call("GET", "/admin/v1/models/ocr/samples?" + query).body)["samples"].size();
  };
  EXPECT_EQ(count("reason=FAILED&version=v2&limit=1"), 1u);
  EXPECT_EQ(count("reason=SLOW"), 0u);
  EXPECT_EQ(count("version=v1"), 0u);
  EXPECT_EQ(count("since=2027-01-15T08:00:30Z"), 1u);
  EXPECT_EQ(Json::parse(Call("GET", "/admin/v1/models/other/samples").body)["samples"].size(), 0u);
  for (const char* wrong : {"reason=OFTEN", "limit=0", "limit=x", "since=soon"}) {
    EXPECT_EQ(Call("GET", StrCat("/admin/v1/models/ocr/samples?", wrong)).status, 400) << wrong;
  }
  EXPECT_TRUE(audit_->Query({})->empty()) << "a list shows nothing that a user sent";
}

TEST_F(SampleCallsTest, WhoLooksIntoASampleIsInTheAudit) {
  const std::string id = Put();
  const http::Response response = Call("GET", "/admin/v1/samples/" + id);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Json::parse(response.body)["answer"][0]["data"][0], "13800138000");
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
  const auto entries = *audit_->Query({});
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].action, "sample-view");
  EXPECT_EQ(entries[0].actor, "operator:alice");
  EXPECT_EQ(entries[0].model, "ocr");
  EXPECT_THAT(entries[0].before, HasSubstr(id));
  for (const char* wrong : {"0123456789abcdef0123", "..", "%2e%2e%2fkey"}) {
    EXPECT_EQ(Call("GET", StrCat("/admin/v1/samples/", wrong)).status, 404) << wrong;
  }
}

TEST_F(SampleCallsTest, AnInputIsGivenAsWhatItIsAndNeverRun) {
  Sample sample = samples::TestSample(kStart);
  sample.inputs = {samples::TextTensor("image", {"\xff\xd8\xff\xe0..", "second"}),
                   samples::TextTensor("page", {"<script>alert(1)</script>"}),
                   samples::FloatTensor("x", {1, 2}),
                   {.name = "secret", .removed = true}};
  const std::string id = Put(sample);
  const auto input = [&](const std::string& name) {
    return Call("GET", StrCat("/admin/v1/samples/", id, "/inputs/", name));
  };
  EXPECT_EQ(Header(input("image"), "Content-Type"), "image/jpeg");
  EXPECT_EQ(input("image").body, "\xff\xd8\xff\xe0..");
  EXPECT_THAT(Header(input("page"), "Content-Type"), StartsWith("text/plain"));
  EXPECT_EQ(Header(input("page"), "X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(Header(input("page"), "Content-Security-Policy"), HasSubstr("sandbox"));
  EXPECT_EQ(input("x").body.size(), 8u);
  EXPECT_EQ(input("secret").status, 404);
  EXPECT_EQ(input("none").status, 404);
  EXPECT_EQ(audit_->Query({})->size(), 8u);
}

// The files of a tar archive, by name.
std::map<std::string, std::string> Unpacked(const std::string& archive) {
  std::map<std::string, std::string> files;
  for (size_t at = 0; at + 512 <= archive.size() && archive[at] != '\0';) {
    const size_t size = std::stoull(archive.substr(at + 124, 11), nullptr, 8);
    files[archive.data() + at] = archive.substr(at + 512, size);
    at += 512 + (size + 511) / 512 * 512;
  }
  return files;
}

std::vector<std::string> IdsIn(const std::string& archive) {
  std::vector<std::string> ids;
  std::istringstream manifest(Unpacked(archive)["manifest.jsonl"]);
  for (std::string line; std::getline(manifest, line);) ids.push_back(Json::parse(line)["id"]);
  return ids;
}

TEST_F(SampleCallsTest, ExportsADataSetAsAnArchive) {
  Sample picture = samples::TestSample(kStart), masked = samples::TestSample(kStart + 1000);
  picture.inputs = {samples::TextTensor("image", {"\xff\xd8\xff\xe0.."})};
  masked.inputs = {{.name = "secret", .removed = true}};
  const std::string first = Put(picture), second = Put(samples::TestSample(kStart + 2000));
  Put(masked);
  const http::Response response = Call("GET", "/admin/v1/models/ocr/samples/export?reason=FAILED");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Header(response, "Content-Type"), "application/x-tar");
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
  EXPECT_EQ(Header(response, "X-Huidu-Samples"), "2");
  EXPECT_EQ(Header(response, "X-Huidu-Left-Out"), "1");
  EXPECT_EQ(Header(response, "X-Huidu-Next"), "");
  auto files = Unpacked(response.body);
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files["0001.jpg"], "\xff\xd8\xff\xe0..");
  EXPECT_TRUE(files.contains("0002.json"));
  EXPECT_EQ(IdsIn(response.body), (std::vector<std::string>{first, second}));
  EXPECT_EQ(Json::parse(files["manifest.jsonl"].substr(0, files["manifest.jsonl"].find('\n')))["category"], "FAILED");
  const auto entries = *audit_->Query({});
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].action, "sample-export");
  EXPECT_EQ(entries[0].actor, "operator:alice");
  EXPECT_EQ(entries[0].model, "ocr");
  EXPECT_EQ(entries[0].before, StrCat("2 samples, ", first, " to ", second, ", FAILED"));
}

TEST_F(SampleCallsTest, AnExportThatWouldBeTooLargeSaysWhereToGoOn) {
  calls_ = std::make_unique<SampleCalls>(*writer_, *audit_, /*max_export_bytes=*/2500);
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(Put(samples::TestSample(kStart + i * 1000)));
  std::vector<std::string> got;
  std::string after;
  size_t calls = 0;
  do {
    const http::Response response = Call("GET", "/admin/v1/models/ocr/samples/export?after=" + after);
    ASSERT_EQ(response.status, 200);
    const std::vector<std::string> some = IdsIn(response.body);
    ASSERT_FALSE(some.empty());
    EXPECT_LT(some.size(), 5u);
    got.insert(got.end(), some.begin(), some.end());
    after = Header(response, "X-Huidu-Next");
    EXPECT_TRUE(after.empty() || after == some.back());
    ++calls;
  } while (!after.empty() && calls < 10);
  EXPECT_EQ(got, ids);
}

TEST_F(SampleCallsTest, AnExportOfNothingIsAnEmptyDataSetAndNoEntry) {
  const http::Response response = Call("GET", "/admin/v1/models/ocr/samples/export");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Unpacked(response.body), (std::map<std::string, std::string>{{"manifest.jsonl", ""}}));
  EXPECT_TRUE(audit_->Query({})->empty());
  for (const char* wrong : {"reason=OFTEN", "limit=0", "after=x", "after=../../key"}) {
    EXPECT_EQ(Call("GET", StrCat("/admin/v1/models/ocr/samples/export?", wrong)).status, 400) << wrong;
  }
}

TEST_F(SampleCallsTest, ADamagedFileIsLeftOutOfAnExport) {
  const std::string damaged = Put(), whole = Put(samples::TestSample(kStart + 1000));
  std::ofstream(StrCat(folder_, "/samples/ocr/", damaged, ".sample"), std::ios::trunc) << "x";
  const http::Response response = Call("GET", "/admin/v1/models/ocr/samples/export");
  EXPECT_EQ(IdsIn(response.body), std::vector<std::string>{whole});
  EXPECT_EQ(Header(response, "X-Huidu-Left-Out"), "1");
}

TEST_F(SampleCallsTest, DeletesWithAnEntryInTheAudit) {
  const std::string id = Put();
  EXPECT_EQ(Call("DELETE", "/admin/v1/samples/" + id, R"({"reasom":"typo"})").status, 400);
  EXPECT_EQ(Call("DELETE", "/admin/v1/samples/" + id, R"({"reason":"the user asked for it"})").status, 200);
  EXPECT_EQ(Call("GET", "/admin/v1/samples/" + id).status, 404);
  EXPECT_EQ(Call("DELETE", "/admin/v1/samples/" + id).status, 404);
  const auto entries = *audit_->Query({});
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].action, "sample-delete");
  EXPECT_EQ(entries[0].reason, "the user asked for it");
}

TEST_F(SampleCallsTest, ADamagedFileIsSaid) {
  const std::string id = Put();
  std::ofstream(StrCat(folder_, "/samples/ocr/", id, ".sample"), std::ios::trunc) << "x";
  const http::Response response = Call("GET", "/admin/v1/samples/" + id);
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, HasSubstr("damaged"));
}

}  // namespace
}  // namespace huidu::front

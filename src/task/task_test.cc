#include "task/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::task {
namespace {

using ::testing::HasSubstr;

class EmptyModel : public engine::Model {
 public:
  const engine::Signature& signature() const override { return signature_; }
  absl::StatusOr<std::unique_ptr<engine::Instance>> NewInstance() override { return nullptr; }

 private:
  engine::Signature signature_;
};

Parts Named(std::vector<std::string> names) {
  std::vector<Part> parts;
  for (std::string& name : names) parts.push_back({std::move(name), std::make_unique<EmptyModel>()});
  return Parts(std::move(parts));
}

TEST(PartsTest, AreTakenByTheirNames) {
  Parts parts = Named({"detection", "recognition"});
  EXPECT_TRUE(parts.Require("recognition").ok());
  EXPECT_EQ(parts.Take("recognition"), nullptr);
  EXPECT_THAT(Text(parts.CheckAllTaken()), HasSubstr("no use for a part 'detection'"));
  EXPECT_NE(parts.Take("detection"), nullptr);
  EXPECT_EQ(parts.CheckAllTaken(), absl::OkStatus());
}

TEST(PartsTest, AMissingOneIsNamed) {
  const absl::Status status = Named({"recog"}).Require("recognition").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Text(status), HasSubstr("needs a part 'recognition'; version.prototxt names 'recog'"));
}

TEST(OpenTaskTest, NamesTheTasksThatThereAre) {
  const absl::Status status = OpenTask("translation").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Text(status), HasSubstr("no task 'translation'"));
  EXPECT_THAT(Text(status), HasSubstr("there are tensors"));
}

}  // namespace
}  // namespace huidu::task

#include "state/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace huidu::state {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_store_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~StoreTest() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ + "/state.db"; }

  std::string folder_;
};

TEST_F(StoreTest, KeepsWhatWasPutForTheNextProcess) {
  {
    Store store(path());
    ASSERT_EQ(store.Put("rollout/ocr", "first"), absl::OkStatus());
    ASSERT_EQ(store.Put("rollout/ocr", "第二"), absl::OkStatus());
    ASSERT_EQ(store.Put("rollout/lac", "x"), absl::OkStatus());
    ASSERT_EQ(store.Put("other", "y"), absl::OkStatus());
    ASSERT_EQ(store.Delete("rollout/lac"), absl::OkStatus());
  }
  Store again(path());
  const auto found = again.List("rollout/");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, (std::map<std::string, std::string>{{"rollout/ocr", "第二"}}));
}

TEST_F(StoreTest, APrefixIsTakenAsItStands) {
  Store store(path());
  ASSERT_EQ(store.Put("a%b/x", "1"), absl::OkStatus());
  ASSERT_EQ(store.Put("aXb/x", "2"), absl::OkStatus());
  EXPECT_EQ(store.List("a%b/")->size(), 1u);
}

TEST_F(StoreTest, AFileThatIsNoDatabaseIsSaidSo) {
  std::ofstream(path()) << "certainly no database, and long enough to look like one at first sight";
  Store store(path());
  EXPECT_EQ(store.Put("k", "v").code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace huidu::state

#include "samples/sample_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "samples/private_file.h"
#include "samples/sample_file.h"
#include "samples/test_sample.h"

namespace huidu::samples {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

constexpr uint64_t kPlenty = 1 << 30;
constexpr int64_t kStart = 1'800'000'000'000;

class SampleStoreTest : public ::testing::Test {
 protected:
  SampleStoreTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_samples_XXXXXX";
    folder_ = std::string(mkdtemp(pattern.data())) + "/samples";
    Restart();
  }
  ~SampleStoreTest() override { fs::remove_all(fs::path(folder_).parent_path()); }

  void Restart() { store_ = std::make_unique<SampleStore>(folder_); }
  std::string Put(int64_t after_ms, uint64_t quota = kPlenty, const std::string& model = "ocr") {
    Sample sample = TestSample(kStart + after_ms);
    sample.model = model;
    EXPECT_EQ(store_->Put(sample, quota), absl::OkStatus());
    return sample.id;
  }
  std::vector<std::string> Ids(SampleFilter filter = {.model = "ocr"}) {
    std::vector<std::string> ids;
    const auto rows = store_->List(filter);
    EXPECT_TRUE(rows.ok()) << rows.status();
    for (const SampleRow& row : rows.value_or(std::vector<SampleRow>())) ids.push_back(row.id);
    return ids;
  }
  std::string FileOf(const std::string& id) const { return StrCat(folder_, "/ocr/", id, ".sample"); }
  static uint64_t SizeOfOne() { return EncodeSample(TestSample()).size(); }

  std::string folder_;
  std::unique_ptr<SampleStore> store_;
};

TEST_F(SampleStoreTest, KeepsSamplesForTheNextProcess) {
  const std::string first = Put(1), second = Put(2);
  Put(3, kPlenty, "other");
  Restart();
  EXPECT_THAT(Ids(), ElementsAre(second, first));
  const auto sample = store_->Get(first);
  ASSERT_TRUE(sample.ok()) << sample.status();
  EXPECT_EQ(sample->inputs[0].data, TestSample().inputs[0].data);
  EXPECT_EQ(store_->Bytes().at("ocr"), 2 * SizeOfOne());
}

TEST_F(SampleStoreTest, NobodyElseMayReadThem) {
  const std::string id = Put(1);
  const auto mode = [](const std::string& path) {
    struct stat about {};
    EXPECT_EQ(stat(path.c_str(), &about), 0) << path;
    return about.st_mode & 0777;
  };
  EXPECT_EQ(mode(folder_), 0700u);
  EXPECT_EQ(mode(FileOf(id)), 0600u);
  EXPECT_EQ(mode(folder_ + "/key"), 0600u);
}

TEST_F(SampleStoreTest, ListsWhatIsAskedFor) {
  const std::string first = Put(1), second = Put(1000);
  EXPECT_THAT(Ids({.model = "ocr", .since_ms = kStart + 500}), ElementsAre(second));
  EXPECT_THAT(Ids({.model = "ocr", .limit = 1}), ElementsAre(second));
  EXPECT_THAT(Ids({.model = "ocr", .reason = Reason::kFailed}), ElementsAre(second, first));
  EXPECT_THAT(Ids({.model = "ocr", .reason = Reason::kSlow}), ElementsAre());
  EXPECT_THAT(Ids({.model = "ocr", .version = "v2"}), ElementsAre(second, first));
  EXPECT_THAT(Ids({.model = "ocr", .version = "v1"}), ElementsAre());
  EXPECT_THAT(Ids({.model = "ocr' OR '1'='1"}), ElementsAre());
}

TEST_F(SampleStoreTest, TheOldestMakeRoomForTheNewest) {
  const uint64_t quota = 2 * SizeOfOne() + 10;
  const std::string first = Put(1, quota), second = Put(2, quota);
  const std::string other = Put(2, quota, "other");
  const std::string third = Put(3, quota);
  EXPECT_THAT(Ids(), ElementsAre(third, second));
  EXPECT_FALSE(fs::exists(FileOf(first)));
  EXPECT_LE(store_->Bytes().at("ocr"), quota);
  EXPECT_THAT(Ids({.model = "other"}), ElementsAre(other)) << "each model has a quota of its own";
  EXPECT_EQ(store_->Put(TestSample(), SizeOfOne() - 1).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Ids(), ElementsAre(third, second)) << "what can never fit costs nobody its place";
}

TEST_F(SampleStoreTest, OneWithTheSameIdIsReplaced) {
  Sample sample = TestSample(kStart);
  ASSERT_TRUE(store_->Put(sample, kPlenty).ok());
  sample.expected = std::string(1000, 'x');
  ASSERT_TRUE(store_->Put(sample, kPlenty).ok());
  const std::vector<SampleRow> rows = *store_->List({.model = "ocr"});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(store_->Bytes()["ocr"], rows[0].bytes);
  EXPECT_EQ(store_->Get(rows[0].id)->expected, sample.expected);
}

TEST_F(SampleStoreTest, DeletesOneAndTheOld) {
  const std::string first = Put(1), second = Put(2), third = Put(3);
  EXPECT_EQ(store_->DeleteBefore("ocr", kStart + 2), absl::OkStatus());
  EXPECT_THAT(Ids(), ElementsAre(third, second));
  EXPECT_EQ(store_->Delete(third), absl::OkStatus());
  EXPECT_THAT(Ids(), ElementsAre(second));
  EXPECT_FALSE(fs::exists(FileOf(first)) || fs::exists(FileOf(third)));
  EXPECT_EQ(store_->Bytes().at("ocr"), SizeOfOne());
  EXPECT_EQ(store_->Delete(third).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->Get(first).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SampleStoreTest, MendsWhatAKillLeftBehind) {
  const std::string kept = Put(1), lost = Put(2);
  fs::remove(FileOf(lost));
  Sample orphan = TestSample(kStart + 3);
  ASSERT_EQ(WritePrivateFile(FileOf(orphan.id), EncodeSample(orphan)), absl::OkStatus());
  const std::string damaged = FileOf(NewSampleId(kStart + 4)), half = FileOf(NewSampleId(kStart)) + ".tmp";
  std::ofstream(damaged) << "HDSAMPL1 and then nothing";
  std::ofstream(half) << "HD";
  std::ofstream(folder_ + "/ocr/README") << "somebody's own file";
  Restart();
  const auto mended = store_->Mend();
  ASSERT_TRUE(mended.ok()) << mended.status();
  EXPECT_EQ(mended->taken_back, 1u);
  EXPECT_EQ(mended->deleted, 3u);
  EXPECT_THAT(Ids(), ElementsAre(orphan.id, kept));
  EXPECT_FALSE(fs::exists(damaged) || fs::exists(half));
  EXPECT_TRUE(fs::exists(folder_ + "/ocr/README"));
  EXPECT_EQ(store_->Bytes().at("ocr"), 2 * SizeOfOne());
}

TEST_F(SampleStoreTest, ADamagedIndexIsMadeAgainFromTheFiles) {
  const std::string id = Put(1);
  store_.reset();
  for (const char* rest : {"/index.db-wal", "/index.db-shm"}) fs::remove(folder_ + rest);
  std::ofstream(folder_ + "/index.db", std::ios::trunc) << std::string(8192, 'x');
  Restart();
  ASSERT_TRUE(store_->Mend().ok());
  EXPECT_THAT(Ids(), ElementsAre(id));
}

TEST_F(SampleStoreTest, ADamagedFileIsAnErrorAndNoAnswer) {
  const std::string id = Put(1);
  std::ofstream(FileOf(id), std::ios::trunc) << "HDSAMPL1";
  EXPECT_EQ(store_->Get(id).status().code(), absl::StatusCode::kDataLoss);
  fs::remove(FileOf(id));
  fs::create_symlink("/etc/passwd", FileOf(id));
  EXPECT_EQ(store_->Get(id).status().code(), absl::StatusCode::kUnavailable) << "links are not followed";
}

TEST_F(SampleStoreTest, AModelsNameIsNoPath) {
  const std::string id = Put(1, kPlenty, "..");
  EXPECT_TRUE(fs::exists(StrCat(folder_, "/%2E./", id, ".sample")));
  EXPECT_TRUE(store_->Get(id).ok());
}

TEST_F(SampleStoreTest, AFolderThatCannotBeMadeIsUnavailable) {
  std::ofstream(folder_) << "a file in its place";
  EXPECT_EQ(store_->Put(TestSample(), kPlenty).code(), absl::StatusCode::kUnavailable);
  fs::remove(folder_);
  EXPECT_EQ(store_->Put(TestSample(), kPlenty), absl::OkStatus()) << "it comes back with the disk";
}

TEST_F(SampleStoreTest, TheKeyOfHashesStays) {
  const std::string hash = store_->hash()->Of("alice");
  EXPECT_EQ(hash.size(), 32u);
  Restart();
  EXPECT_EQ(store_->hash()->Of("alice"), hash);
  EXPECT_NE(store_->hash()->Of("bob"), hash);
}

}  // namespace
}  // namespace huidu::samples

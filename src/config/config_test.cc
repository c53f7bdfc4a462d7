#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace huidu::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

// A file with one model that has these fields besides a name and a path.
std::string WithFields(const std::string& fields) {
  return absl::StrCat("model_config_list { config { name: 'm' base_path: '/m/ocr_v1' ", fields, " } }");
}

ModelConfig ParseModel(const std::string& fields) {
  auto config = Parse(WithFields(fields), "test");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? config->models.at(0) : ModelConfig{};
}

std::string FaultsOf(std::string_view text) {
  const auto config = Parse(text, "c.prototxt");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(config.status().message());
}

TEST(ConfigTest, LoadsAPaddleServingFileUnchanged) {
  const auto config = Parse(R"(model_config_list {
  config {
    name: 'ocr_service'
    base_path: '/models/ocr_v1'
    platform: 'paddle_serving'
  }
})",
                            "test");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->models.size(), 1u);
  EXPECT_EQ(config->models[0].name, "ocr_service");
  EXPECT_EQ(config->models[0].base_path, "/models/ocr_v1");
  EXPECT_EQ(config->models[0].platform, "paddle_serving");
}

TEST(ConfigTest, LoadsATensorFlowServingFileUnchanged) {
  const auto config = Parse(R"(
model_config_list: {
  config: {
    name: "first_model"  # a comment
    base_path: "/tmp/my_model/",
    model_type: TENSORFLOW,
    model_platform: "tensorflow";
    model_version_policy: { specific { versions: 42 versions: 43 } }
    version_labels { key: 'stable' value: 42 }
    version_labels { key: 'canary' value: 43 }
    logging_config {
      log_collector_config { type: 'file' filename_prefix: '/tmp/log' }
      sampling_config { sampling_rate: 0.1 }
    }
  }
  config { name: "second", base_path: "/tmp/b", model_version_policy { all {} } },
  config { name: "third" base_path: "/tmp/c" model_version_policy { latest { num_versions: 3 } } }
}
)",
                            "test");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->models.size(), 3u);
  const ModelConfig& first = config->models[0];
  EXPECT_EQ(first.base_path, "/tmp/my_model");
  EXPECT_EQ(first.platform, "tensorflow");
  EXPECT_EQ(first.version_policy.kind, VersionPolicy::Kind::kSpecific);
  EXPECT_THAT(first.version_policy.versions, ElementsAre("42", "43"));
  EXPECT_THAT(first.version_labels, ElementsAre(Pair("canary", "43"), Pair("stable", "42")));
  EXPECT_EQ(config->models[1].version_policy.kind, VersionPolicy::Kind::kAll);
  EXPECT_EQ(config->models[2].version_policy.num_versions, 3u);
}

TEST(ConfigTest, LoadsAListInBrackets) {
  const auto config =
      Parse("model_config_list { config: [ {name:'a' base_path:'/a'}, {name:'b' base_path:'/b'} ] }", "test");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->models.size(), 2u);
}

TEST(ConfigTest, FillsInTheDefaults) {
  const ModelConfig model = ParseModel("");
  EXPECT_EQ(model.engine, EngineChoice::kAuto);
  EXPECT_EQ(model.device, Device::kCpu);
  EXPECT_EQ(model.keep_loaded, 2);
  EXPECT_EQ(model.max_queue, 256);
  EXPECT_EQ(model.request_timeout.count(), 30000);
  EXPECT_EQ(model.hang_timeout.count(), 10000);
  EXPECT_EQ(model.drain_timeout.count(), 30000);
  EXPECT_EQ(model.load_timeout.count(), 300000);
  EXPECT_EQ(model.worker_instances, 1);
  EXPECT_EQ(model.on_worker_death, WorkerDeathPolicy::kOtherVersion);
  EXPECT_FALSE(model.keep_answers);
  EXPECT_EQ(model.golden.file, "");
  EXPECT_TRUE(model.warmup.check_finite);
  EXPECT_FALSE(model.gpu.tensorrt);
}

// The structs' own defaults are what a program gets that makes a ModelConfig without a file.
TEST(ConfigTest, StructsHaveTheDefaultsOfTheSchema) {
  const ModelConfig parsed = ParseModel("");
  const ModelConfig made;
  EXPECT_EQ(parsed.warmup.count, made.warmup.count);
  EXPECT_EQ(parsed.instances, made.instances);
  EXPECT_EQ(parsed.threads_per_instance, made.threads_per_instance);
  EXPECT_EQ(parsed.keep_loaded, made.keep_loaded);
  EXPECT_EQ(parsed.max_queue, made.max_queue);
  EXPECT_EQ(parsed.request_timeout, made.request_timeout);
  EXPECT_EQ(parsed.hang_timeout, made.hang_timeout);
  EXPECT_EQ(parsed.drain_timeout, made.drain_timeout);
  EXPECT_EQ(parsed.load_timeout, made.load_timeout);
  EXPECT_EQ(parsed.version_policy.num_versions, made.version_policy.num_versions);
}

TEST(ConfigTest, ReadsEveryFieldOfItsOwn) {
  const ModelConfig model = ParseModel(R"(
    version: 'v1' version_naming: ANY versions { version: 'v2' path: '/m/two/' }
    versions { path: '/m/ocr_v3' }
    engine: PADDLE device: GPU precision: FP16 instances: 4
    threads_per_instance: 2 worker_instances: 3
    gpu_device_id: 1 gpu_memory_mb: 4000 gpu_memory_fraction: 0.5 cache_dir: '/cache'
    tensorrt { precision: INT8 workspace_mb: 512 min_subgraph_size: 5 max_batch_size: 8
               shapes { input: 'x' min: [1,3,48,16] opt: [1,3,48,320] max: [8,3,48,2000] } }
    keep_loaded: 4 max_queue: 10 request_timeout_ms: 1000 hang_timeout_ms: 2000 drain_timeout_ms: 0
    load_timeout_ms: 60000 on_worker_death: WAIT_FOR_RESTART feedback { keep_answers: true }
    golden { file: '/etc/golden.jsonl' interval_s: 5 }
    warmup { count: 5 shapes { input: 'x' dims: 1 dims: 3 } samples: 'a.json'
             check_finite: false })");
  EXPECT_EQ(model.version, "v1");
  ASSERT_EQ(model.versions.size(), 2u);
  EXPECT_EQ(model.versions[0].path, "/m/two");
  EXPECT_EQ(model.versions[1].version, "v3");
  EXPECT_EQ(model.engine, EngineChoice::kPaddle);
  EXPECT_EQ(model.device, Device::kGpu);
  EXPECT_EQ(model.precision, engine::Precision::kFloat16);
  EXPECT_EQ(model.instances, 4);
  EXPECT_EQ(model.threads_per_instance, 2);
  EXPECT_EQ(model.worker_instances, 3);
  EXPECT_EQ(model.gpu.device_id, 1);
  EXPECT_EQ(model.gpu.memory_mb, 4000u);
  EXPECT_EQ(model.gpu.memory_fraction, 0.5);
  EXPECT_EQ(model.cache_dir, "/cache");
  EXPECT_TRUE(model.gpu.tensorrt);
  EXPECT_EQ(model.gpu.tensorrt_precision, engine::Precision::kInt8);
  EXPECT_EQ(model.gpu.tensorrt_workspace_mb, 512u);
  EXPECT_EQ(model.gpu.tensorrt_min_subgraph, 5);
  EXPECT_EQ(model.gpu.tensorrt_max_batch, 8);
  ASSERT_EQ(model.gpu.tensorrt_shapes.size(), 1u);
  EXPECT_THAT(model.gpu.tensorrt_shapes[0].max, ElementsAre(8, 3, 48, 2000));
  EXPECT_EQ(model.keep_loaded, 4);
  EXPECT_EQ(model.max_queue, 10);
  EXPECT_EQ(model.request_timeout.count(), 1000);
  EXPECT_EQ(model.hang_timeout.count(), 2000);
  EXPECT_EQ(model.drain_timeout.count(), 0);
  EXPECT_EQ(model.load_timeout.count(), 60000);
  EXPECT_EQ(model.on_worker_death, WorkerDeathPolicy::kWaitForRestart);
  EXPECT_TRUE(model.keep_answers);
  EXPECT_EQ(model.golden.file, "/etc/golden.jsonl");
  EXPECT_EQ(model.golden.interval.count(), 5);
  EXPECT_EQ(model.warmup.count, 5);
  EXPECT_THAT(model.warmup.shapes.at(0).dims, ElementsAre(1, 3));
  EXPECT_THAT(model.warmup.samples, ElementsAre("a.json"));
  EXPECT_FALSE(model.warmup.check_finite);
}

TEST(ConfigTest, ListsAllFaultsAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(FaultsOf(R"(model_config_list {
  config { base_path: '/m/a_v1' }
  config {
    name: 'two words'
    base_path: 'models/b'
    keep_loaded: 0
    version: 'latest'
  }
  config { name: 'c' base_path: '/m/c_v1' }
  config { name: 'c' base_path: '/m/d_v1' }
})"),
            "c.prototxt:2:3: name is missing; it is what clients call the model\n"
            "c.prototxt:4:5: name 'two words': 1 to 128 of A-Z a-z 0-9 _ . - are accepted\n"
            "c.prototxt:5:5: base_path 'models/b' is relative; write an absolute path: what it "
            "means would depend on"
            " where the server was started\n"
            "c.prototxt:6:5: keep_loaded is 0; it must be 1 to 64\n"
            "c.prototxt:7:5: version id 'latest' is refused: 'latest' means another content "
            "tomorrow, so a switch back"
            " to it and the records about it would mean nothing; give a name that stays, for "
            "example v2 or"
            " v1.2.0-20250405\n"
            "c.prototxt:10:12: model name 'c' is taken by the one at line 9");
}

TEST(ConfigTest, NamesTheFieldThatWasProbablyMeant) {
  const std::string faults =
      FaultsOf("model_config_list {\n config { naem: 'a'\n\tbasepath : '/a'\n xyzzy: { a: 1 } }\n}");
  EXPECT_THAT(faults, HasSubstr("c.prototxt:2:11: unknown field 'naem'; did you mean 'name'?"));
  EXPECT_THAT(faults, HasSubstr("c.prototxt:3:9: unknown field 'basepath'; did you mean 'base_path'?"));
  EXPECT_THAT(faults, HasSubstr("c.prototxt:4:2: unknown field 'xyzzy'"));
  EXPECT_THAT(faults, Not(HasSubstr("missing"))) << "what was misspelt is not also missing";
}

TEST(ConfigTest, NamesTheValuesOfAnEnum) {
  EXPECT_THAT(FaultsOf(WithFields("engine: TENSORRT")),
              HasSubstr("'TENSORRT' is no value of 'engine'; write one of AUTO, OPENVINO, PADDLE, FAKE"));
}

TEST(ConfigTest, TellsWhereTheSyntaxEnds) {
  EXPECT_THAT(FaultsOf("model_config_list {\n config {\n name 'a'\n"), HasSubstr("c.prototxt:3:7: "));
  EXPECT_THAT(FaultsOf("model_config_list { config { name: 7 } }"), HasSubstr("c.prototxt:1:36: Expected string"));
  EXPECT_THAT(FaultsOf(WithFields("max_queue: 1 max_queue: 2")), HasSubstr("'max_queue' is given twice; keep one"));
}

TEST(ConfigTest, SaysThatAFileEndsTooSoon) {
  EXPECT_THAT(FaultsOf("model_config_list { config { name: 'a'"),
              HasSubstr("the file ends inside of a message: a '}'"));
}

TEST(ConfigTest, TakesAByteOrderMark) {
  EXPECT_TRUE(Parse("\xEF\xBB\xBFmodel_config_list { config { name: 'a' base_path: '/m/a_v1' } }", "f").ok());
}

TEST(ConfigTest, RefusesAnEmptyFileButNotAnEmptyList) {
  EXPECT_THAT(FaultsOf(""), HasSubstr("model_config_list is missing"));
  EXPECT_THAT(FaultsOf("# nothing\n"), HasSubstr("model_config_list is missing"));
  const auto empty = Parse("model_config_list {}", "test");
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_TRUE(empty->models.empty());
}

struct BadFields {
  const char* fields;
  const char* fault;
};

TEST(ConfigTest, RefusesValuesOutOfRange) {
  for (const auto& [fields, fault] : std::initializer_list<BadFields>{
           {"instances: -1", "instances is -1; it must be 0 to 256"},
           {"worker_instances: 0", "worker_instances is 0"},
           {"max_queue: 0", "max_queue is 0"},
           {"request_timeout_ms: 0", "request_timeout_ms is 0"},
           {"hang_timeout_ms: 99", "hang_timeout_ms is 99; it must be 100 to"},
           {"drain_timeout_ms: -1", "drain_timeout_ms is -1"},
           {"load_timeout_ms: 99999999999", "load_timeout_ms is 99999999999"},
           {"gpu_memory_fraction: 1.5", "gpu_memory_fraction is 1.5"},
           {"gpu_memory_fraction: nan", "gpu_memory_fraction is nan"},
           {"gpu_memory_mb: -5", "gpu_memory_mb is -5"},
           {"warmup { count: 0 }", "count is 0"},
           {"warmup { shapes { dims: 1 } }", "input is missing"},
           {"warmup { shapes { input: 'x' dims: 0 } }", "dimension 0"},
           {"warmup { shapes { input: 'x' dims: 9223372036854775807 dims: 2 } }", "elements"},
           {"warmup { shapes { input: 'x' } shapes { input: 'x' } }", "input 'x' is given twice"},
           {"warmup { samples: '' }", "a sample is the name of a file"},
           {"device: GPU engine: OPENVINO", "engine OPENVINO runs on the CPU"},
           {"precision: INT8", "INT8 is a precision of tensorrt"},
           {"tensorrt { precision: BF16 }", "tensorrt has FP32, FP16 and INT8"},
           {"tensorrt { shapes { input: 'x' min: 1 opt: 2 } }", "the same number of dimensions"},
           {"tensorrt { shapes { input: 'x' min: 3 opt: 2 max: 4 } }", "do not rise"},
           {"cache_dir: 'x'", "cache_dir 'x' is relative"},
           {"model_version_policy { specific {} }", "specific names no version"},
           {"model_version_policy { specific { versions: 1 versions: 1 } }", "version 1 is named twice"},
           {"model_version_policy { latest { num_versions: 1001 } }", "num_versions is 1001"},
           {"model_version_policy { latest {} all {} }", "policy_choice"},
           {"versions { version: 'v2' }", "path is missing"},
           {"versions { path: '/m/latest' }", "means another content tomorrow"},
           {"version: 'v2' versions { path: '/m/x_v2' }", "version 'v2' is given twice for model 'm'"},
           {"version: 'v2' version_naming: STRICT", "vMAJOR.MINOR.PATCH-YYYYMMDD"},
           {"version_labels { key: 'bad label' value: 1 }", "a version label is"},
           {"version_labels { key: 'a' value: 1 } version_labels { key: 'a' value: 2 }", "label 'a' is given twice"},
       }) {
    EXPECT_THAT(FaultsOf(WithFields(fields)), HasSubstr(fault)) << fields;
  }
}

TEST(ConfigTest, RefusesALabelThatPointsToNothing) {
  const std::string policy = "model_version_policy { specific { versions: 1 } } ";
  EXPECT_THAT(FaultsOf(WithFields(policy + "\n version_labels { key: 'a' value: 1 }\n"
                                           " version_labels { key: 'b' value: 2 }")),
              HasSubstr("c.prototxt:3:2: label 'b' points to version 2"));
  ParseModel(policy + "versions { version: '2' path: '/m/2' } version_labels { key: 'b' value: 2 }");
}

TEST(ConfigTest, RefusesPathsWithControlCharacters) {
  EXPECT_THAT(FaultsOf("model_config_list { config { name: 'a' base_path: '/a\\000b' } }"),
              HasSubstr("control characters"));
}

TEST(ConfigTest, RefusesMoreThanAThousandModels) {
  std::string text = "model_config_list {";
  for (int i = 0; i < 1001; ++i) absl::StrAppend(&text, "config { name: 'm", i, "' base_path: '/m/", i, "' }\n");
  EXPECT_THAT(FaultsOf(text + "}"), HasSubstr("1001 models; at most 1000"));
}

TEST(ConfigTest, SurvivesHostileText) {
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "a{";
  EXPECT_FALSE(Parse(deep, "test").ok());
  std::string known = "model_config_list {";
  for (int i = 0; i < 500'000; ++i) known += "x: [";
  EXPECT_FALSE(Parse(known, "test").ok());
  EXPECT_FALSE(Parse(std::string(4 << 20, '\xff'), "test").ok());
  EXPECT_FALSE(Parse(std::string((4 << 20) + 1, ' '), "test").ok());
}

TEST(ConfigTest, TellsOnlySoManyFaults) {
  std::string text = "model_config_list {";
  for (int i = 0; i < 300; ++i) text += "config {}\n";
  EXPECT_THAT(FaultsOf(text + "}"), HasSubstr("and 500 more"));
}

class ConfigFileTest : public ::testing::Test {
 protected:
  ConfigFileTest() {
    std::string pattern = ::testing::TempDir() + "config_test.XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~ConfigFileTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

TEST_F(ConfigFileTest, LoadsAFileAndNamesItInFaults) {
  const std::string path = directory_ + "/model_config.prototxt";
  std::ofstream(path) << WithFields("");
  EXPECT_EQ(Load(path)->models.size(), 1u);
  std::ofstream(path) << WithFields("keep_loaded: 0");
  EXPECT_THAT(std::string(Load(path).status().message()), HasSubstr(path + ":1:"));
}

TEST(ConfigTest, TellsWhereTheFoldersOfAModelAreNamed) {
  const auto config = Parse(
      "model_config_list {\n config { name: 'm'\n  base_path: '/m'\n"
      "  versions { path: '/n/v8' }\n  versions { version: 'v9'\n   path: '/n/v9' } } }",
      "f");
  ASSERT_TRUE(config.ok()) << config.status();
  const ModelConfig& model = config->models[0];
  EXPECT_EQ(model.places.base_path, "f:3:3");
  EXPECT_EQ(model.places.version, "f:2:2");  // not written: the model's entry
  EXPECT_EQ(model.versions[0].place, "f:4:14");
  EXPECT_EQ(model.versions[1].place, "f:6:4");
}

TEST_F(ConfigFileTest, RefusesWhatIsNoFile) {
  EXPECT_EQ(Load(directory_ + "/none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Load(directory_).status().code(), absl::StatusCode::kFailedPrecondition);
  const std::string fifo = directory_ + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(Load(fifo).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ConfigFileTest, RefusesAFileThatIsTooLarge) {
  const std::string path = directory_ + "/large";
  std::ofstream(path) << std::string((4 << 20) + 1, '#');
  EXPECT_EQ(Load(path).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ConfigTest, ResolvesTheNumberOfInstances) {
  ModelConfig model;
  EXPECT_EQ(ResolveInstances(model, 2), 2);
  EXPECT_EQ(ResolveInstances(model, 64), 8);
  model.threads_per_instance = 4;
  EXPECT_EQ(ResolveInstances(model, 2), 1);
  model.device = Device::kGpu;
  EXPECT_EQ(ResolveInstances(model, 64), 1);
  model.instances = 5;
  EXPECT_EQ(ResolveInstances(model, 1), 5);
}

}  // namespace
}  // namespace huidu::config

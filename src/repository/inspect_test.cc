#include "repository/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/strings.h"
#include "repository/test_folder.h"
#include "repository/test_models.h"

namespace huidu::repository {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class InspectTest : public ::testing::Test {
 protected:
  absl::StatusOr<Inspection> Run() {
    const auto folder = Discover(folder_.path());
    if (!folder.ok()) return folder.status();
    return Inspect(*folder);
  }
  Inspection Good() {
    auto inspection = Run();
    EXPECT_TRUE(inspection.ok()) << inspection.status();
    return inspection.value_or(Inspection{});
  }
  std::string Fault(absl::StatusCode code = absl::StatusCode::kInvalidArgument) {
    const auto inspection = Run();
    EXPECT_EQ(inspection.status().code(), code) << inspection.status();
    return std::string(inspection.status().message());
  }
  void WritePaddle(const paddle::proto::ProgramDesc& program = TestProgram(),
                   const std::string& params = TestParameters()) {
    folder_.Write("a.pdmodel", program.SerializeAsString());
    folder_.Write("a.pdiparams", params);
  }

  TestFolder folder_;
};

TEST_F(InspectTest, PassesAPaddleModel) {
  WritePaddle();
  const Inspection inspection = Good();
  EXPECT_EQ(inspection.format, engine::Format::kPaddle);
  EXPECT_EQ(inspection.program_version, 2004002);
  EXPECT_THAT(inspection.engines, ElementsAre("openvino", "paddle"));
  EXPECT_THAT(inspection.lod_inputs, IsEmpty());
  EXPECT_THAT(inspection.warnings, IsEmpty());
  EXPECT_EQ(inspection.bytes, TestProgram().ByteSizeLong() + TestParameters().size());
  EXPECT_EQ(inspection.content_hash.size(), 64u);
}

TEST_F(InspectTest, OpenVinoDoesNotReadPaddle1OrSequences) {
  paddle::proto::ProgramDesc program = TestProgram();
  program.mutable_version()->set_version(1008005);
  WritePaddle(program);
  EXPECT_THAT(Good().engines, ElementsAre("paddle"));

  program = TestProgram();
  program.mutable_blocks(0)->mutable_vars(3)->mutable_type()->mutable_lod_tensor()->set_lod_level(1);
  WritePaddle(program);
  EXPECT_THAT(Good().engines, ElementsAre("paddle"));
  EXPECT_THAT(Good().lod_inputs, ElementsAre("x"));
}

TEST_F(InspectTest, TakesAProgramWithoutAVersionForANewOne) {
  paddle::proto::ProgramDesc program = TestProgram();
  program.clear_version();
  WritePaddle(program);
  EXPECT_THAT(Good().engines, ElementsAre("openvino", "paddle"));
}

TEST_F(InspectTest, RefusesWhatIsNoProgram) {
  for (const auto& [bytes, why] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", "the file is empty"},
           {std::string("\x07\x99 random bytes \xff\x00\x12", 17), "it is damaged or cut off"},
           {TestProgram().SerializeAsString().substr(0, 60), "it is damaged or cut off"},
           {paddle::proto::ProgramDesc().SerializeAsString() + WireNumber(15, 1), "it has no operators"},
       }) {
    folder_.Write("a.pdmodel", bytes);
    folder_.Write("a.pdiparams", TestParameters());
    EXPECT_THAT(Fault(), HasSubstr("a.pdmodel is not a Paddle program: " + why));
  }
}

TEST_F(InspectTest, RefusesAProgramWithoutOutput) {
  paddle::proto::ProgramDesc program = TestProgram();
  program.mutable_blocks(0)->mutable_ops()->RemoveLast();
  WritePaddle(program);
  EXPECT_THAT(Fault(), HasSubstr("it has no output"));
}

TEST_F(InspectTest, RefusesAnInputWithoutVariable) {
  paddle::proto::ProgramDesc program = TestProgram();
  program.mutable_blocks(0)->mutable_vars()->RemoveLast();
  WritePaddle(program);
  EXPECT_THAT(Fault(), HasSubstr("an input has no variable"));
}

// Every length that the file could be cut to is noticed, not only some.
TEST_F(InspectTest, RefusesParametersCutOffAnywhere) {
  const std::string params = TestParameters();
  for (size_t length = 0; length < params.size(); ++length) {
    WritePaddle(TestProgram(), params.substr(0, length));
    const std::string fault = Fault();
    EXPECT_THAT(fault, HasSubstr("a.pdiparams")) << length;
    EXPECT_THAT(fault, HasSubstr(length <= StoredTensor({3}).size() - 1 ? "'b'" : "'w'")) << length;
  }
}

TEST_F(InspectTest, TellsWhichParameterIsMissing) {
  WritePaddle(TestProgram(), "");
  EXPECT_THAT(Fault(), HasSubstr("a.pdiparams is empty: 0 of 2 parameters are there, 'b' is missing"));
  WritePaddle(TestProgram(), StoredTensor({3}));
  EXPECT_THAT(Fault(), HasSubstr("a.pdiparams ends early: 1 of 2 parameters are there, 'w' is missing"));
  WritePaddle(TestProgram(), StoredTensor({2, 3}));
  EXPECT_THAT(Fault(), HasSubstr("parameter 'b': a.pdiparams holds FP32[2,3], the program declares FP32[3]"));
}

TEST_F(InspectTest, RefusesMoreParametersThanDeclared) {
  WritePaddle(TestProgram(), TestParameters() + "1234567");
  EXPECT_THAT(Fault(), HasSubstr("a.pdiparams has 7 bytes more than the program declares"));
}

TEST_F(InspectTest, RefusesAnotherType) {
  WritePaddle(TestProgram(), StoredTensor({3}, /*INT32*/ 2) + StoredTensor({2, 3}));
  EXPECT_THAT(Fault(), HasSubstr("holds INT32[3], the program declares FP32[3]"));
}

TEST_F(InspectTest, WarnsOfAnotherShapeWithAsManyNumbers) {
  WritePaddle(TestProgram(), StoredTensor({3, 1}) + StoredTensor({2, 3}));
  EXPECT_THAT(Good().warnings, ElementsAre(HasSubstr("holds FP32[3,1], the program declares FP32[3]")));
}

TEST_F(InspectTest, AcceptsADimensionThatTheProgramLeavesOpen) {
  paddle::proto::ProgramDesc program = TestProgram();
  program.mutable_blocks(0)->mutable_vars(2)->mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(0, -1);
  WritePaddle(program);
  EXPECT_THAT(Good().warnings, IsEmpty());
}

TEST_F(InspectTest, RefusesShapesBeyondAllBounds) {
  std::string huge;
  paddle::proto::TensorDesc description;
  description.set_data_type(5);
  for (int i = 0; i < 5; ++i) description.add_dims(int64_t{1} << 40);
  AppendNumber(huge, 0, 16);  // no sequences, version 0
  AppendNumber(huge, description.ByteSizeLong(), 4);
  WritePaddle(TestProgram(), huge + description.SerializeAsString());
  EXPECT_THAT(Fault(), HasSubstr("a damaged description"));
}

TEST_F(InspectTest, ChecksAFileForEachParameter) {
  folder_.Write("__model__", TestProgram().SerializeAsString());
  folder_.Write("w", StoredTensor({2, 3}));
  folder_.Write("b", StoredTensor({3}));
  EXPECT_THAT(Good().parameter_files, ElementsAre("b", "w"));
  EXPECT_THAT(Good().engines, ElementsAre("paddle"));
  folder_.Write("b", StoredTensor({3}) + "x");
  EXPECT_THAT(Fault(), HasSubstr("parameter 'b': b has 1 bytes more"));
  folder_.Write("b", StoredTensor({3}).substr(0, 30));
  EXPECT_THAT(Fault(), HasSubstr("parameter 'b': b is cut off"));
  std::filesystem::remove(folder_ / "b");
  EXPECT_THAT(Fault(absl::StatusCode::kFailedPrecondition), HasSubstr("the file of parameter 'b' is missing"));
}

TEST_F(InspectTest, DoesNotFollowAParameterOutOfTheFolder) {
  paddle::proto::ProgramDesc program = TestProgram();
  program.mutable_blocks(0)->mutable_vars(1)->set_name("../../etc/passwd");
  folder_.Write("__model__", program.SerializeAsString());
  folder_.Write("b", StoredTensor({3}));
  EXPECT_THAT(Fault(), HasSubstr("whose name is no name of a file"));
}

TEST_F(InspectTest, PassesAPaddle3Model) {
  folder_.Write("a.json", TestPirProgram());
  folder_.Write("a.pdiparams", TestParameters());
  EXPECT_THAT(Good().engines, ElementsAre("paddle"));
  folder_.Write("a.pdiparams", TestParameters() + "x");
  EXPECT_THAT(Fault(), HasSubstr("1 bytes more"));
}

TEST_F(InspectTest, RefusesWhatIsNoPaddle3Program) {
  folder_.Write("a.pdiparams", TestParameters());
  for (const auto& [text, why] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", "it is not JSON"},
           {TestPirProgram().substr(0, 300), "it is not JSON"},
           {"[1, 2]", "base_code.magic"},
           {R"({"base_code":{"magic":"pir"},"program":{"regions":[[]]}})", "it has no operators"},
           {R"({"base_code":{"magic":"pir"},"program":{"regions":[{"blocks":[{"ops":[{"#":"p"}]}]}]}})",
            "parameter '' has no name"},
           {R"({"base_code":{"magic":"pir"},"program":{"regions":[{"blocks":[{"ops":[7, null, []]}]}]}})",
            "it has no output"},
           {std::string(1'000'000, '['), "it is not JSON"},
       }) {
    folder_.Write("a.json", text);
    EXPECT_THAT(Fault(), HasSubstr("a.json is not a Paddle 3 program: " + why));
  }
}

TEST_F(InspectTest, PassesAnOnnxModelAndRefusesACutOne) {
  const std::string model = OnnxModel(OnnxWeight(2) + WireBytes(9, "12345678"));
  folder_.Write("a.onnx", model);
  EXPECT_THAT(Good().engines, ElementsAre("openvino"));
  // The first field alone is the version, a message without graph.
  for (size_t length = 0; length < model.size(); ++length) {
    folder_.Write("a.onnx", model.substr(0, length));
    EXPECT_THAT(Fault(), HasSubstr("a.onnx is not an ONNX model")) << length;
  }
}

TEST_F(InspectTest, RefusesOnnxWeightsOfAnotherSize) {
  folder_.Write("a.onnx", OnnxModel(OnnxWeight(2) + WireBytes(9, "1234567")));
  EXPECT_THAT(Fault(), HasSubstr("weight 'w' has 7 bytes, its shape needs 8"));
}

TEST_F(InspectTest, ChecksOnnxWeightsInAnotherFile) {
  const auto external = [](const std::string& location) {
    return OnnxModel(OnnxWeight(2) + WireNumber(14, 1) +
                     WireBytes(13, WireBytes(1, "location") + WireBytes(2, location)) +
                     WireBytes(13, WireBytes(1, "offset") + WireBytes(2, "4")));
  };
  folder_.Write("a.onnx", external("a.weights"));
  EXPECT_THAT(Fault(absl::StatusCode::kFailedPrecondition), HasSubstr("a.weights, which holds weight 'w', is missing"));
  folder_.Write("a.weights", "12345678901");
  EXPECT_THAT(Fault(), HasSubstr("a.weights is cut off"));
  folder_.Write("a.weights", "123456789012");
  const std::string hash = Good().content_hash;
  folder_.Write("a.weights", "123456789013");
  EXPECT_NE(Good().content_hash, hash) << "the other file belongs to the content";
  folder_.Write("a.onnx", external("../a.weights"));
  EXPECT_THAT(Fault(), HasSubstr("leads out of the folder"));
}

TEST_F(InspectTest, ChecksAnOpenVinoNetwork) {
  const std::string xml =
      "<?xml version=\"1.0\"?>\n<net name=\"a>b\" version=\"11\"><layer id=\"0\" type=\"Const\">"
      "<data element_type=\"f32\" note=\">\" offset=\"4\" size=\"8\"/></layer>"
      "<layer><data alpha=\"1\"/></layer></net>";
  folder_.Write("a.xml", xml);
  folder_.Write("a.bin", "123456789012");
  EXPECT_THAT(Good().engines, ElementsAre("openvino"));
  folder_.Write("a.bin", "12345678901");
  EXPECT_THAT(Fault(), HasSubstr("a.bin is cut off: a.xml places 8 bytes at 4, the file has 11"));
  folder_.Write("a.xml", xml.substr(0, xml.size() - 3));
  EXPECT_THAT(Fault(), HasSubstr("a.xml is not an OpenVINO network: it is cut off"));
  folder_.Write("a.xml", "random");
  EXPECT_THAT(Fault(), HasSubstr("it has no <net>"));
}

TEST_F(InspectTest, HashesContentAndNamesButNotThePlace) {
  WritePaddle();
  const std::string hash = Good().content_hash;
  folder_.Write("readme.txt", "not of the model");
  EXPECT_EQ(Good().content_hash, hash);
  TestFolder elsewhere;
  std::filesystem::copy(folder_.path(), elsewhere.path(), std::filesystem::copy_options::recursive);
  EXPECT_EQ(Inspect(*Discover(elsewhere.path()))->content_hash, hash);
  std::string params = TestParameters();
  params.back() ^= 1;
  WritePaddle(TestProgram(), params);
  EXPECT_NE(Good().content_hash, hash);
}

TEST_F(InspectTest, HashIsWhatItsDescriptionSays) {
  folder_.Write("a.fake", "");
  // sha256("a.fake\0" + sha256("")), computed apart.
  EXPECT_EQ(Good().content_hash, "95b148c38ab07dab73d16a125eb5d43e7d2fd30c050ceb09334f6e378cc73666");
}

TEST_F(InspectTest, HoldsFilesAgainstTheManifest) {
  WritePaddle();
  const std::string right = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";  // of nothing
  folder_.Write("words.txt", "");
  const auto manifest = [&](const std::string& hash) {
    folder_.Write("version.prototxt", StrCat("files { name: 'a.pdmodel' } files { name: 'a.pdiparams' }"
                                             " files { name: 'words.txt' sha256: '",
                                             hash, "' }"));
  };
  manifest(right);
  Good();
  manifest(std::string(64, '0'));
  EXPECT_THAT(Fault(absl::StatusCode::kFailedPrecondition),
              HasSubstr("words.txt is not the file that version.prototxt names: its sha256 is " + right));
  std::filesystem::remove(folder_ / "words.txt");
  EXPECT_THAT(Fault(absl::StatusCode::kNotFound), HasSubstr("words.txt"));
}

TEST_F(InspectTest, GoesThroughJsonUnchanged) {
  Inspection inspection;
  inspection.format = engine::Format::kPaddleSeparate;
  inspection.program_version = 1006003;
  inspection.engines = {"paddle"};
  inspection.lod_inputs = {"words"};
  inspection.parameter_files = {"b", "w"};
  inspection.content_hash = "abc";
  inspection.bytes = uint64_t{1} << 40;
  inspection.warnings = {"odd \"quotes\""};
  const auto read = InspectionFromJson(ToJson(inspection));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->format, inspection.format);
  EXPECT_EQ(read->program_version, inspection.program_version);
  EXPECT_EQ(read->engines, inspection.engines);
  EXPECT_EQ(read->lod_inputs, inspection.lod_inputs);
  EXPECT_EQ(read->parameter_files, inspection.parameter_files);
  EXPECT_EQ(read->content_hash, inspection.content_hash);
  EXPECT_EQ(read->bytes, inspection.bytes);
  EXPECT_EQ(read->warnings, inspection.warnings);
}

TEST_F(InspectTest, RefusesWrongJson) {
  for (const std::string text : {"", "[]", "{", "{}", R"({"format":7})", R"({"format":"none"})"}) {
    EXPECT_EQ(InspectionFromJson(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  std::string wrong = ToJson(Inspection{});
  wrong.replace(wrong.find("\"bytes\": 0"), 10, "\"bytes\":-1");
  EXPECT_THAT(InspectionFromJson(wrong).status().message(), HasSubstr("'bytes' is missing or wrong"));
}

}  // namespace
}  // namespace huidu::repository

// Bytes that a model file might hold: a clear refusal or an inspection, never a crash. Noise alone
// would not come far, so every other input is a good file with some bytes changed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "repository/file_reader.h"
#include "repository/inspect.h"
#include "repository/ir_model.h"
#include "repository/onnx_model.h"
#include "repository/paddle_params.h"
#include "repository/paddle_program.h"
#include "repository/test_models.h"

namespace huidu::repository {
namespace {

constexpr int kKinds = 6;

std::string GoodFile(int kind) {
  switch (kind) {
    case 0: return TestProgram().SerializeAsString();
    case 1: return TestPirProgram();
    case 2: return TestParameters();
    case 3: return OnnxModel(OnnxWeight(2) + WireBytes(9, "12345678"));
    case 4: return "<net name=\"a\"><layer><data offset=\"0\" size=\"8\"/></layer></net>";
    default: return ToJson(Inspection{});
  }
}

// Changes the byte at each place that the input names: two bytes of place, one of value.
std::string Changed(std::string good, std::string_view input) {
  for (size_t i = 0; i + 2 < input.size(); i += 3) {
    const size_t place = static_cast<uint8_t>(input[i]) * 256u + static_cast<uint8_t>(input[i + 1]);
    good[place % good.size()] = input[i + 2];
  }
  return good;
}

void CheckParameters(std::string_view bytes) {
  FileReader file = FileReader::FromMemory(bytes, "params");
  std::vector<std::string> warnings;
  (void)CheckCombinedParameters({{"b", 5, {3}}, {"w", 5, {-1, 3}}}, file, &warnings);
}

void Check(int kind, std::string_view bytes) {
  FileReader file = FileReader::FromMemory(bytes, "fuzz");
  switch (kind) {
    case 0: (void)ReadPaddleProgram(file); break;
    case 1: (void)ReadPirProgram(file); break;
    case 2: CheckParameters(bytes); break;
    case 3: (void)CheckOnnxModel(file, "/nonexistent"); break;
    case 4: (void)CheckIrModel(file, FileReader::FromMemory("12345678", "bin")); break;
    default: {
      const auto inspection = InspectionFromJson(bytes);
      if (inspection.ok() && !InspectionFromJson(ToJson(*inspection)).ok()) std::abort();
    }
  }
}

}  // namespace
}  // namespace huidu::repository

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const int kind = data[0] % huidu::repository::kKinds;
  const bool changed = data[0] / huidu::repository::kKinds % 2 == 0;
  using huidu::repository::Changed;
  using huidu::repository::GoodFile;
  huidu::repository::Check(kind, changed ? Changed(GoodFile(kind), input) : std::string(input));
  return 0;
}

// A program with a model router of its own: loads two versions, switches, sees the new one answer worse on labelled
// samples, and switches back. Usage: model_router DIR_V1 DIR_V2 [folder of huidu and huidu-worker]
//
// The models here are the test models that add 1 and 2 to their input; "right" is what version 1 says, so version 2 is
// a regression that only labelled samples can show: it is fast, and it never fails.

#include "huidu/model_router.h"

#include <array>
#include <cstdio>
#include <cstring>

namespace {

void Require(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

// One labelled sample: sixteen numbers, and what a right model makes of the first.
struct Sample {
  float value;
  float expected;
};

bool IsRight(huidu::ModelRouter& router, const Sample& sample) {
  huidu::RouterTensor x{.name = "x", .datatype = "FP32", .shape = {1, 16}, .data = {}};
  std::array<float, 16> values;
  values.fill(sample.value);
  x.data.resize(sizeof(values));
  std::memcpy(x.data.data(), values.data(), sizeof(values));
  const auto answer = router.Infer({{x}});
  Require(answer.status());
  float first = 0;
  std::memcpy(&first, answer->outputs.at(0).data.data(), sizeof(first));
  return first == sample.expected;
}

double Accuracy(huidu::ModelRouter& router) {
  int right = 0;
  constexpr int kSamples = 50;
  for (int i = 0; i < kSamples; ++i) {
    const float value = static_cast<float>(i);
    right += IsRight(router, {value, value + 1}) ? 1 : 0;
  }
  return 100.0 * right / kSamples;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s DIR_V1 DIR_V2 [folder of huidu and huidu-worker]\n", argv[0]);
    return 2;
  }
  huidu::ModelRouter::Options options;
  options.model = "adder";
  if (argc > 3) {
    options.worker_program = std::string(argv[3]) + "/huidu-worker";
    options.inspect_program = std::string(argv[3]) + "/huidu";
  }
  auto created = huidu::ModelRouter::Create(options);
  Require(created.status());
  huidu::ModelRouter& router = **created;

  Require(router.Load("v1", argv[1]));
  Require(router.SwitchTo("v1"));
  const double baseline = Accuracy(router);
  std::printf("v1 is live, accuracy %.0f %%\n", baseline);

  Require(router.Load("v2", argv[2]));
  Require(router.SwitchTo("v2"));
  const double candidate = Accuracy(router);
  std::printf("v2 is live, accuracy %.0f %%\n", candidate);

  if (candidate < baseline - 5) {
    std::printf("ALARM: accuracy fell by %.0f points, back to v1\n", baseline - candidate);
    Require(router.SwitchTo("v1"));
  }
  std::printf("%s is live, accuracy %.0f %%\n", router.live().c_str(), Accuracy(router));
  for (const huidu::RouterVersion& version : router.Versions()) {
    std::printf("  %s %s%s\n", version.version.c_str(), version.state.c_str(), version.live ? ", live" : "");
  }
  return 0;
}

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <thread>

#include "base/status.h"
#include "base/strings.h"
#include "engine/engine.h"
#include "engine/fake/script.h"

namespace huidu::engine::fake {
namespace {

using std::chrono::milliseconds;

// The script and the count of runs, which all instances share: "every 3rd run" is of the model, whoever does it.
struct Shared {
  Script script;
  std::atomic<int64_t> runs{0};
};

bool Due(int64_t run, int64_t every) { return every > 0 && run % every == 0; }

void HangForEver() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

void Leak(int64_t megabytes) {
  const size_t bytes = static_cast<size_t>(megabytes) << 20;
  // Not given back, and written to: only touched pages count as resident memory.
  if (void* memory = std::malloc(bytes); memory != nullptr) {
    static std::atomic<void*> last;  // keeps the compiler from removing what nobody reads
    std::memset(memory, 1, bytes);
    last = memory;
  }
}

class FakeInstance : public Instance {
 public:
  explicit FakeInstance(Shared& shared) : shared_(shared) {}

  absl::Status Run(std::span<const tensor::View> inputs, OutputSink& outputs) override {
    const Script& script = shared_.script;
    const int64_t run = shared_.runs.fetch_add(1) + 1;
    if (script.leak_mb_per_call > 0) Leak(script.leak_mb_per_call);
    if (script.delay_ms > 0) std::this_thread::sleep_for(milliseconds(script.delay_ms));
    if (Due(run, script.crash_every)) std::abort();
    if (Due(run, script.hang_every)) HangForEver();
    if (Due(run, script.fail_every)) {
      return absl::InternalError(StrCat("run ", run, " fails, as the script says"));
    }
    const size_t answers = script.outputs.size() - (script.has_version_marker ? 1 : 0);
    for (size_t i = 0; i < answers; ++i) {
      if (outputs.Wanted(i)) HUIDU_RETURN_IF_ERROR(Answer(inputs[i], i, outputs));
    }
    if (script.has_version_marker && outputs.Wanted(answers)) return AnswerVersion(inputs[0], answers, outputs);
    return absl::OkStatus();
  }

 private:
  absl::Status Answer(const tensor::View& input, size_t index, OutputSink& outputs) {
    HUIDU_ASSIGN_OR_RETURN(std::span<std::byte> room,
                           outputs.Allocate(index, input.type, input.shape, input.data.size()));
    if (input.type != tensor::DataType::kFp32) {
      if (!room.empty()) std::memcpy(room.data(), input.data.data(), room.size());
      return absl::OkStatus();
    }
    const Script& script = shared_.script;
    for (size_t at = 0; at + sizeof(float) <= room.size(); at += sizeof(float)) {
      float value = 0;
      std::memcpy(&value, input.data.data() + at, sizeof(value));
      value =
          script.nan ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(value * script.scale + script.bias);
      std::memcpy(room.data() + at, &value, sizeof(value));
    }
    return absl::OkStatus();
  }

  absl::Status AnswerVersion(const tensor::View& first_input, size_t index, OutputSink& outputs) {
    const int64_t shape[] = {first_input.shape.empty() ? 1 : first_input.shape[0], 1};
    HUIDU_ASSIGN_OR_RETURN(const size_t bytes, tensor::ByteSize(tensor::DataType::kInt64, shape));
    HUIDU_ASSIGN_OR_RETURN(std::span<std::byte> room, outputs.Allocate(index, tensor::DataType::kInt64, shape, bytes));
    const int64_t marker = shared_.script.version_marker;
    for (size_t at = 0; at < bytes; at += sizeof(marker)) std::memcpy(room.data() + at, &marker, sizeof(marker));
    return absl::OkStatus();
  }

  Shared& shared_;
};

class FakeModel : public Model {
 public:
  explicit FakeModel(Script script)
      : signature_{.platform = "fake", .inputs = script.inputs, .outputs = script.outputs} {
    shared_.script = std::move(script);
  }
  const Signature& signature() const override { return signature_; }
  absl::StatusOr<std::unique_ptr<Instance>> NewInstance() override { return std::make_unique<FakeInstance>(shared_); }

 private:
  Signature signature_;
  Shared shared_;
};

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(StrCat(path, ": ", std::strerror(errno)));
  std::string text(kMaxScriptBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

class FakeEngine : public Engine {
 public:
  std::string_view name() const override { return "fake"; }
  std::string version() const override { return "1"; }

  absl::StatusOr<std::unique_ptr<Model>> Load(const LoadOptions& options) override {
    if (options.format != Format::kFake) {
      return absl::InvalidArgumentError(StrCat(options.directory, ": the fake engine reads only *.fake"));
    }
    HUIDU_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.program_file));
    absl::StatusOr<Script> script = ParseScript(text);
    if (!script.ok()) return Annotate(script.status(), options.program_file);
    if (script->load_ms > 0) std::this_thread::sleep_for(milliseconds(script->load_ms));
    if (script->crash_on_load) std::abort();
    if (script->fails_load) return absl::InternalError(script->fail_load);
    return std::make_unique<FakeModel>(*std::move(script));
  }
};

}  // namespace
}  // namespace huidu::engine::fake

extern "C" __attribute__((visibility("default"))) huidu::engine::Engine* huidu_engine_v1() {
  static huidu::engine::fake::FakeEngine engine;
  return &engine;
}

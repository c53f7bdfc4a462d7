#include <malloc.h>

#include <cstdlib>
#include <fstream>

#include "base/status.h"
#include "base/strings.h"
#include "engine/engine.h"
#include "engine/paddle/config.h"
#include "engine/paddle/library_check.h"
#include "engine/paddle/paddle_model.h"
#include "engine/support/errors.h"
#include "paddle_inference_api.h"

namespace huidu::engine::paddle {
namespace {

bool Reads(Format format) {
  return format == Format::kPaddle || format == Format::kPaddleCombined || format == Format::kPaddleSeparate ||
         format == Format::kPaddlePir;
}

// Buffers of every input size come and go, and left alone glibc keeps them as ever larger holes in its heap: reading
// text lines of forty widths took 2.0 GiB, with this 0.7 GiB. Large buffers now go back to the system when they are
// freed. A lower threshold saves nothing more, and costs a page fault for every 4 KiB of each smaller buffer: at 128
// KiB a third of LAC's time.
void KeepTheHeapSmall() { mallopt(M_MMAP_THRESHOLD, 1 << 20); }

// oneDNN compiles kernels for each shape, some eighty for one of PP-OCR's networks. Its own bound of 1024 is full after
// a dozen widths of text lines, and the same ones are compiled again and again. The operator's own setting counts.
void KeepCompiledKernels() { setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "4096", /*overwrite=*/0); }

// A program begins with its first block (a protobuf field's tag) or, in Paddle 3, with a JSON object. Bytes that are
// neither are better not shown to Paddle: it may crash over them.
absl::Status CheckFirstByte(const LoadOptions& options) {
  constexpr int kBlockTag = 0x0A;
  const int expected = options.format == Format::kPaddlePir ? '{' : kBlockTag;
  if (std::ifstream(options.program_file, std::ios::binary).get() == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat(options.program_file, ": this is no Paddle program"));
}

absl::Status CheckFiles(const LoadOptions& options) {
  if (!Reads(options.format)) {
    return absl::InvalidArgumentError(
        StrCat(options.program_file, ": the paddle engine reads Paddle's own formats; use openvino for this one"));
  }
  HUIDU_RETURN_IF_ERROR(CheckProgram(options.program_file));
  HUIDU_RETURN_IF_ERROR(CheckFirstByte(options));
  if (options.format != Format::kPaddleSeparate) return CheckReadable(options.params_file);
  for (const std::string& name : options.parameter_files) {
    HUIDU_RETURN_IF_ERROR(CheckReadable(StrCat(options.directory, "/", name)));
  }
  return absl::OkStatus();
}

class PaddleEngine : public Engine {
 public:
  std::string_view name() const override { return "paddle"; }

  // GetVersion() says "version: 3.3.1\ncommit: …".
  std::string version() const override {
    std::string text = paddle_infer::GetVersion();
    text = text.substr(0, text.find('\n'));
    return text.substr(text.find(' ') + 1);
  }

  absl::StatusOr<std::unique_ptr<Model>> Load(const LoadOptions& options) override {
    HUIDU_RETURN_IF_ERROR(CheckLibrary());
    HUIDU_RETURN_IF_ERROR(CheckFiles(options));
    try {
      paddle_infer::Config config;
      HUIDU_RETURN_IF_ERROR(Configure(options, config));
      std::shared_ptr<paddle_infer::Predictor> predictor = paddle_infer::CreatePredictor(config);
      if (predictor == nullptr) {
        return absl::InvalidArgumentError(StrCat(options.program_file, ": Paddle cannot load it"));
      }
      auto model = PaddleModel::Make(std::move(predictor), options.lod_inputs);
      if (!model.ok()) return Annotate(model.status(), options.program_file);
      return model;
    } catch (...) {
      return CurrentException(absl::StatusCode::kInvalidArgument, options.program_file);
    }
  }
};

}  // namespace
}  // namespace huidu::engine::paddle

extern "C" __attribute__((visibility("default"))) huidu::engine::Engine* huidu_engine_v1() {
  static huidu::engine::paddle::PaddleEngine engine;
  huidu::engine::paddle::KeepTheHeapSmall();
  huidu::engine::paddle::KeepCompiledKernels();
  return &engine;
}

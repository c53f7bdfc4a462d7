// Whatever body follows an inference request's head: it is split into JSON and tensors, run, or refused, and answered
// either way. The models and everything between are real; only the network is left out.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <semaphore>
#include <span>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "front/http/kserve_handler.h"
#include "front/testing/loopback.h"

namespace {

using namespace huidu;
using boost::asio::awaitable;
using front::testing::IoThread;
using front::testing::LoopbackVersion;

// A body that has come as a whole.
class MemoryBody : public http::BodyReader {
 public:
  explicit MemoryBody(std::string_view bytes) : bytes_(bytes) {}
  std::optional<uint64_t> content_length() const override { return bytes_.size(); }
  bool arrived() const override { return true; }
  awaitable<absl::Status> ReadExactly(std::span<std::byte> out) override {
    if (out.size() > bytes_.size()) co_return http::Error(400, "the body is shorter");
    std::memcpy(out.data(), bytes_.data(), out.size());
    bytes_.remove_prefix(out.size());
    co_return absl::OkStatus();
  }
  awaitable<absl::StatusOr<std::string>> ReadAll(size_t max) override {
    if (bytes_.size() > max) co_return http::Error(413, "the body is too large");
    co_return std::string(std::exchange(bytes_, {}));
  }
  awaitable<absl::Status> ExpectEnd() override {
    co_return bytes_.empty() ? absl::OkStatus() : http::Error(400, "the body is longer");
  }

 private:
  std::string_view bytes_;
};

engine::Signature Texts() {
  const tensor::Spec any{.name = "x", .type = tensor::DataType::kBytes, .shape = {tensor::kDynamic}};
  return {.platform = "fuzz", .inputs = {any}, .outputs = {any}};
}

absl::Status Echo(std::span<const tensor::View> inputs, engine::OutputSink& outputs) {
  auto memory = outputs.Allocate(0, inputs[0].type, inputs[0].shape, inputs[0].data.size());
  if (!memory.ok()) return memory.status();
  std::copy(inputs[0].data.begin(), inputs[0].data.end(), memory->begin());
  return absl::OkStatus();
}

struct Server {
  Server() {
    plus.AddWorker();
    texts.AddWorker();
    auto table = std::make_shared<front::ServingTable>();
    table->generation = 1;
    table->accepting = true;
    for (const LoopbackVersion* version : {&plus, &texts}) {
      table->models.merge(std::map(front::testing::MakeTable({version->servable()})->models));
    }
    tables.Publish(table);
  }

  // The status of the answer.
  int Post(const std::string& path, const std::string& json_length, const std::string& body) {
    http::Request request{.method = "POST", .target = path, .raw_path = path, .path = path};
    if (!json_length.empty()) request.headers.push_back({"Inference-Header-Content-Length", json_length});
    MemoryBody reader(body);
    int status = 0;
    std::binary_semaphore answered(0);
    const auto call = [&]() -> awaitable<void> {
      const http::Response response = co_await handler.Handle(request, reader);
      status = response.status;
    };
    boost::asio::co_spawn(io.context(), call, [&](std::exception_ptr thrown) {
      if (thrown != nullptr) __builtin_trap();
      answered.release();
    });
    answered.acquire();
    return status;
  }

  IoThread io;
  LoopbackVersion plus{io, "plus", "v1", front::testing::PlusSignature(), front::testing::Plus(1)};
  LoopbackVersion texts{io, "texts", "v1", Texts(), Echo};
  front::TableHolder tables;
  front::Router router{tables};
  front::KServeHandler handler{router, {.max_json_bytes = 1 << 16, .max_json_header_bytes = 4096}};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Server& server = *new Server;  // its threads live as long as the process
  if (size < 6) return 0;
  const bool of_texts = data[0] & 1;
  const std::string rest(reinterpret_cast<const char*>(data + 6), size - 6);
  const std::string json = StrCat(
      R"({"inputs":[{"name":"x","datatype":")", of_texts ? "BYTES" : "FP32", R"(","shape":[)", int{data[1]},
      of_texts ? "" : ",4", R"(],"parameters":{"binary_data_size":)", int{data[2]} + 256 * int{data[3] & 3}, "}}]}");
  const std::string path = StrCat("/v2/models/", of_texts ? "texts" : "plus", "/infer");
  // The length that is claimed for the JSON is often the right one.
  const size_t claimed = json.size() + (data[4] & 1 ? data[5] : 0);
  for (const int status : {server.Post(path, StrCat(claimed), json + rest), server.Post(path, "", rest)}) {
    if (status != 200 && status != 400 && status != 413) __builtin_trap();
  }
  return 0;
}

// What one request costs between front and worker before any system call: memory from the arena, and its messages.

#include <benchmark/benchmark.h>

#include "ipc/arena.h"
#include "ipc/messages.h"

namespace huidu::ipc {
namespace {

void AllocateAndFree(benchmark::State& state) {
  auto arena = Arena::Create("bench", size_t{1} << 30, /*read_only_for_others=*/false);
  if (!arena.ok()) return state.SkipWithError(std::string(arena.status().message()).c_str());
  const auto size = static_cast<size_t>(state.range(0));
  std::vector<Block> others;  // requests that are in flight meanwhile
  for (int64_t i = 0; i < state.range(1); ++i) others.push_back(*(*arena)->Allocate(size));
  for (auto _ : state) {
    auto block = (*arena)->Allocate(size);
    benchmark::DoNotOptimize(block);
  }
}
BENCHMARK(AllocateAndFree)->ArgNames({"bytes", "in_flight"})->Args({64, 0})->Args({64, 256})->Args({184'320, 32});

InferRequest OneRequest() {
  InferRequest request{.id = 1, .deadline_ns = 1'000'000'000};
  request.inputs.push_back({.index = 0, .type = 11, .shape = {1, 16}, .offset = 64, .bytes = 64});
  return request;
}

InferResponse OneResponse() {
  InferResponse response{.id = 1, .queue_ns = 1000, .infer_ns = 1000};
  response.outputs.push_back({.index = 0, .type = 11, .shape = {1, 16}, .offset = 64, .bytes = 64});
  return response;
}

template <typename Message>
void Encode(benchmark::State& state, const Message& message) {
  std::vector<std::byte> datagram;
  for (auto _ : state) {
    datagram.clear();
    Append(datagram, message);
    benchmark::DoNotOptimize(datagram.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * datagram.size()));
}

template <typename Message>
void DecodeOne(benchmark::State& state, const Message& message) {
  std::vector<std::byte> datagram;
  Append(datagram, message);
  for (auto _ : state) {
    std::span<const std::byte> rest = datagram;
    auto frame = NextFrame(rest);
    auto decoded = Decode<Message>(frame->payload);
    benchmark::DoNotOptimize(decoded);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * datagram.size()));
}

BENCHMARK_CAPTURE(Encode, request, OneRequest());
BENCHMARK_CAPTURE(Encode, response, OneResponse());
BENCHMARK_CAPTURE(DecodeOne, request, OneRequest());
BENCHMARK_CAPTURE(DecodeOne, response, OneResponse());

}  // namespace
}  // namespace huidu::ipc

BENCHMARK_MAIN();

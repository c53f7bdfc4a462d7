// Which of gRPC's ways to serve costs least? The same echo behind each of them, answered from another thread as the
// router's answers are, with 16 clients on a connection each. The figure is the CPU time a request of the whole process
// (`process_time`); the clients' part is the same for all. docs/design/grpc-threads.md holds the outcome.
#include <benchmark/benchmark.h>
#include <grpcpp/grpcpp.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "proto/inference/inference.grpc.pb.h"

namespace {

using inference::ModelInferRequest;
using inference::ModelInferResponse;
using Service = inference::GRPCInferenceService;

constexpr int kClients = 16;

// Stands for the I/O thread on which a worker's answer comes.
class IoThread {
 public:
  ~IoThread() {
    guard_.reset();
    thread_.join();
  }
  template <typename Work>
  void Post(Work work) {
    boost::asio::post(context_, std::move(work));
  }

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  std::thread thread_{[this] { context_.run(); }};
};

void Echo(const ModelInferRequest& request, ModelInferResponse& response) {
  response.set_model_name(request.model_name());
  auto* output = response.add_outputs();
  output->set_name("y");
  output->set_datatype("FP32");
  output->mutable_shape()->CopyFrom(request.inputs(0).shape());
  response.add_raw_output_contents(request.raw_input_contents(0));
}

// `kThreads` completion queues with a thread each.
template <int kThreads>
class QueueServer {
 public:
  explicit QueueServer(IoThread& io) : io_(io) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    for (int i = 0; i < kThreads; ++i) queues_.push_back(builder.AddCompletionQueue());
    server_ = builder.BuildAndStart();
    for (auto& queue : queues_) threads_.emplace_back([this, &queue] { Run(*queue); });
  }
  ~QueueServer() {
    server_->Shutdown();
    for (auto& queue : queues_) queue->Shutdown();
    for (std::thread& thread : threads_) thread.join();
  }
  int port = 0;

 private:
  struct Call {
    grpc::ServerContext context;
    ModelInferRequest request;
    ModelInferResponse response;
    grpc::ServerAsyncResponseWriter<ModelInferResponse> writer{&context};
    bool answered = false;
  };

  void Listen(grpc::ServerCompletionQueue& queue) {
    auto* call = new Call;
    service_.RequestModelInfer(&call->context, &call->request, &call->writer, &queue, &queue, call);
  }

  void Run(grpc::ServerCompletionQueue& queue) {
    for (int i = 0; i < 2 * kClients; ++i) Listen(queue);
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) {
      auto* call = static_cast<Call*>(tag);
      if (!ok || call->answered) {
        delete call;
        continue;
      }
      Listen(queue);
      call->answered = true;
      io_.Post([call] {
        Echo(call->request, call->response);
        call->writer.Finish(call->response, grpc::Status::OK, call);
      });
    }
  }

  IoThread& io_;
  Service::WithAsyncMethod_ModelInfer<Service::Service> service_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::thread> threads_;
};

// gRPC's own threads call the handler.
class CallbackServer : private Service::WithCallbackMethod_ModelInfer<Service::Service> {
 public:
  explicit CallbackServer(IoThread& io) : io_(io) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~CallbackServer() override { server_->Shutdown(); }
  int port = 0;

 private:
  grpc::ServerUnaryReactor* ModelInfer(grpc::CallbackServerContext* context, const ModelInferRequest* request,
                                       ModelInferResponse* response) override {
    auto* reactor = context->DefaultReactor();
    io_.Post([=] {
      Echo(*request, *response);
      reactor->Finish(grpc::Status::OK);
    });
    return reactor;
  }

  IoThread& io_;
  std::unique_ptr<grpc::Server> server_;
};

// 16 connections with one call in flight on each.
class Clients {
 public:
  explicit Clients(int port) : calls_(kClients) {
    request_.set_model_name("m");
    auto* input = request_.add_inputs();
    input->set_name("x");
    input->set_datatype("FP32");
    input->add_shape(1);
    input->add_shape(16);
    request_.add_raw_input_contents(std::string(64, '\0'));
    for (Call& call : calls_) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      call.stub = Service::NewStub(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                                             grpc::InsecureChannelCredentials(), arguments));
      Start(call);
    }
  }
  ~Clients() {
    for (int i = 0; i < kClients; ++i) Next();
  }
  void FinishOne() { Start(*Next()); }

 private:
  struct Call {
    std::unique_ptr<Service::Stub> stub;
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<ModelInferResponse>> reader;
    ModelInferResponse response;
    grpc::Status status;
  };

  void Start(Call& call) {
    call.context = std::make_unique<grpc::ClientContext>();
    call.reader = call.stub->AsyncModelInfer(call.context.get(), request_, &queue_);
    call.reader->Finish(&call.response, &call.status, &call);
  }
  Call* Next() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    auto* call = static_cast<Call*>(tag);
    if (!call->status.ok()) std::abort();
    return call;
  }

  ModelInferRequest request_;
  grpc::CompletionQueue queue_;
  std::vector<Call> calls_;
};

template <typename Server>
void Serve(benchmark::State& state) {
  IoThread io;
  Server server(io);
  Clients clients(server.port);
  for (int i = 0; i < 1000; ++i) clients.FinishOne();
  for (auto _ : state) clients.FinishOne();
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(Serve<QueueServer<1>>)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(Serve<QueueServer<2>>)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(Serve<CallbackServer>)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();

#include "front/admin/admin_server.h"

#include "base/status.h"
#include "front/admin/access.h"
#include "front/admin/admin_handler.h"
#include "front/admin/sample_calls.h"
#include "http/server.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;

class ManagerControl : public VersionControl {
 public:
  ManagerControl(VersionManager& versions, AdminServer::ReloadFunction reload)
      : versions_(versions), reload_(std::move(reload)) {}

  awaitable<absl::Status> Load(std::string model, std::string version, std::string path, Requester by) override {
    return versions_.Load(std::move(model), std::move(version), std::move(path), std::move(by));
  }
  awaitable<absl::Status> SwitchTo(std::string model, std::string version, Requester by) override {
    return versions_.SwitchTo(std::move(model), std::move(version), std::move(by));
  }
  awaitable<absl::Status> Unload(std::string model, std::string version, Requester by) override {
    return versions_.Unload(std::move(model), std::move(version), std::move(by));
  }
  awaitable<absl::StatusOr<ReloadReport>> Reload(bool dry_run, Requester by) override {
    if (!reload_) co_return absl::UnimplementedError("this server has no configuration file to read again");
    co_return co_await reload_(dry_run, std::move(by));
  }
  std::vector<ModelInfo> Models() const override { return versions_.Models(); }
  std::optional<ModelInfo> Find(const std::string& model) const override { return versions_.Find(model); }
  ReloadInfo reload_info() const override { return versions_.reload_info(); }

 private:
  VersionManager& versions_;
  const AdminServer::ReloadFunction reload_;
};

http::ServerOptions SmallBodies() {
  http::ServerOptions options;
  options.max_body_bytes = 1 << 20;
  options.max_connections = 256;
  return options;
}

}  // namespace

struct AdminServer::Parts {
  Parts(boost::asio::io_context& control, VersionControl& versions, const Options& options, state::Audit& audit,
        Access access)
      : samples(options.samples == nullptr ? nullptr : std::make_unique<SampleCalls>(*options.samples, audit)),
        handler(versions, options.rollouts, audit, std::move(access), options.info, samples.get()),
        server({&control}, handler, SmallBodies()) {}
  const std::unique_ptr<SampleCalls> samples;
  AdminHandler handler;
  http::Server server;
};

AdminServer::AdminServer(boost::asio::io_context& control, VersionManager& versions, state::Audit& audit,
                         Options options)
    : control_(control),
      audit_(audit),
      options_(std::move(options)),
      versions_(std::make_unique<ManagerControl>(versions, options_.reload)) {}

AdminServer::~AdminServer() = default;

absl::StatusOr<uint16_t> AdminServer::Start() {
  HUIDU_RETURN_IF_ERROR(CheckAdminBinding(options_.host, options_.token_file));
  std::optional<Tokens> tokens;
  if (!options_.token_file.empty()) {
    HUIDU_ASSIGN_OR_RETURN(tokens, Tokens::Load(options_.token_file));
  }
  parts_ = std::make_unique<Parts>(control_, *versions_, options_, audit_, Access(std::move(tokens)));
  return parts_->server.Listen(options_.host, options_.port);
}

awaitable<void> AdminServer::Stop(std::chrono::milliseconds patience) {
  if (parts_ != nullptr) co_await parts_->server.Stop(patience);
}

}  // namespace huidu::front

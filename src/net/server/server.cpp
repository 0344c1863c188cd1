#include "net/server.hpp"

#include <utility>

#include "net/io/endpoint.hpp"
#include "net/io/loop_impl.hpp"
#include "net/server/listener.hpp"
#include "net/server/session.hpp"
#include "net/server/state.hpp"
#include "net/server/tls.hpp"

namespace countersign::net {

namespace {

class TcpServer final : public Server {
 public:
  TcpServer(std::shared_ptr<ServerState> state, Acceptor acceptor)
      : state_(std::move(state)),
        acceptor_(std::make_shared<Acceptor>(std::move(acceptor))),
        endpoint_(acceptor_->local_endpoint()),
        grace_(state_->loop.executor()) {
    asio::co_spawn(state_->loop.executor(), accept_all(state_, acceptor_), asio::detached);
  }

  ~TcpServer() override {
    state_->closed = true;
    acceptor_->close();
    for (auto* session : std::unordered_set(state_->sessions))
      session->abort();
    state_->workers.reset();  // joins; what was queued drops its answer
  }

  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  std::string url() const override {
    const auto address = endpoint_.address().to_string();
    const auto host = endpoint_.address().is_v6() ? fmt::format("[{}]", address) : address;
    return fmt::format("{}://{}:{}", state_->tls ? "https" : "http", host, endpoint_.port());
  }

  void stop(Duration grace, Loop::Task done) override {
    state_->when_empty.push_back(std::move(done));
    if (!std::exchange(state_->stopping, true)) {
      acceptor_->close();
      for (auto* session : std::unordered_set(state_->sessions))
        session->wind_down();
      grace_.expires_after(grace);
      grace_.async_wait([state = state_](ErrorCode error) {
        if (error) return;
        for (auto* session : std::unordered_set(state->sessions))
          session->abort();
      });
    }
    state_->tell_if_empty();
  }

  ServerCounters counters() const override { return state_->counters; }

 private:
  std::shared_ptr<ServerState> state_;
  std::shared_ptr<Acceptor> acceptor_;
  asio::ip::tcp::endpoint endpoint_;
  Timer grace_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(Loop& loop, Handler& handler, ServerOptions options) {
  const auto at = parse_listen(options.listen);
  if (!at) return std::unexpected(at.error());
  if (options.tls_certificate.empty() != options.tls_private_key.empty()) {
    return fail(Fault::invalid, "tls_certificate and tls_private_key go together: set both or neither");
  }
  auto state = std::make_shared<ServerState>(loop, handler, std::move(options));
  if (!state->options.tls_certificate.empty()) {
    auto tls = server_tls(state->options.tls_certificate, state->options.tls_private_key);
    if (!tls) return std::unexpected(std::move(tls.error()));
    state->tls.emplace(*std::move(tls));
  }
  auto acceptor = listen_on(loop.impl().executor(), *at, "[server] listen");
  if (!acceptor) return std::unexpected(std::move(acceptor.error()));
  return std::make_unique<TcpServer>(std::move(state), *std::move(acceptor));
}

}  // namespace countersign::net

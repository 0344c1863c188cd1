#include <sys/socket.h>

#include <utility>

#include "net/io/endpoint.hpp"
#include "net/server/tls.hpp"
#include "net/stream/connection.hpp"

namespace countersign::net {

namespace {

using asio::ip::tcp;

constexpr auto pause_without_descriptors = std::chrono::milliseconds(100);

void take_stream(const std::shared_ptr<StreamState>& state, Socket socket) {
  const auto& limits = state->options.limits;
  auto address = peer_of(socket);
  const auto same = state->by_peer.find(address);
  const bool full = state->connections.size() >= limits.connections;
  if (full || (same != state->by_peer.end() && same->second >= limits.connections_per_peer)) {
    ++state->counters.refused;
    return state->handler.turned_away(
        address, full ? "there are as many connections as are allowed" : "it has as many connections as one may");
  }
  ErrorCode ignored;
  socket.set_option(tcp::socket::keep_alive(true), ignored);  // a peer that died in silence gives its place back
  const auto connection = std::make_shared<StreamConnection>(state, std::move(socket), std::move(address));
  asio::co_spawn(state->loop.executor(), StreamConnection::run(connection), asio::detached);
}

Async<void> accept_streams(std::shared_ptr<StreamState> state, std::shared_ptr<Acceptor> acceptor) {
  Timer pause(state->loop.executor());
  while (acceptor->is_open()) {
    auto [error, socket] = co_await acceptor->async_accept(as_values);
    if (!acceptor->is_open()) break;
    if (!error) {
      take_stream(state, std::move(socket));
    } else if (error != asio::error::connection_aborted) {
      pause.expires_after(pause_without_descriptors);
      co_await pause.async_wait(as_values);
    }
  }
}

/// nullopt where there is none.
Result<std::optional<asio::ssl::context>> tls_of(const StreamOptions& options) {
  if (options.tls_certificate.empty() != options.tls_private_key.empty()) {
    return fail(Fault::invalid, "tls_certificate and tls_private_key go together: set both or neither");
  }
  if (options.tls_certificate.empty()) return std::nullopt;
  auto tls = server_tls(options.tls_certificate, options.tls_private_key);
  if (!tls) return std::unexpected(std::move(tls.error()));
  if (!options.client_ca.empty()) {
    if (auto demanded = demand_certificate(*tls, options.client_ca); !demanded)
      return std::unexpected(std::move(demanded.error()));
  }
  return *std::move(tls);
}

class TcpStreamListener final : public StreamListener {
 public:
  TcpStreamListener(std::shared_ptr<StreamState> state, Acceptor acceptor)
      : state_(std::move(state)),
        acceptor_(std::make_shared<Acceptor>(std::move(acceptor))),
        port_(acceptor_->local_endpoint().port()),
        grace_(state_->loop.executor()) {
    asio::co_spawn(state_->loop.executor(), accept_streams(state_, acceptor_), asio::detached);
  }

  ~TcpStreamListener() override {
    state_->closed = true;
    acceptor_->close();
    for (auto* connection : std::unordered_set(state_->connections))
      connection->abort();
  }

  TcpStreamListener(const TcpStreamListener&) = delete;
  TcpStreamListener& operator=(const TcpStreamListener&) = delete;

  std::uint16_t port() const override { return port_; }

  void stop(Duration grace, Loop::Task done) override {
    state_->when_empty.push_back(std::move(done));
    if (!std::exchange(state_->stopping, true)) {
      acceptor_->close();
      for (auto* connection : std::unordered_set(state_->connections))
        connection->wind_down();
      grace_.expires_after(grace);
      grace_.async_wait([state = state_](ErrorCode error) {
        if (error) return;
        for (auto* connection : std::unordered_set(state->connections))
          connection->abort();
      });
    }
    state_->tell_if_empty();
  }

  StreamCounters counters() const override { return state_->counters; }

 private:
  std::shared_ptr<StreamState> state_;
  std::shared_ptr<Acceptor> acceptor_;
  std::uint16_t port_;
  Timer grace_;
};

}  // namespace

Result<void> check_listen(std::string_view listen) {
  const auto at = parse_listen(listen);
  return at ? Result<void>() : std::unexpected(at.error());
}

Result<void> check_tls(const StreamOptions& options) {
  auto tls = tls_of(options);
  return tls ? Result<void>() : std::unexpected(std::move(tls.error()));
}

Result<std::unique_ptr<StreamListener>> StreamListener::open(Loop& loop, StreamHandler& handler,
                                                             StreamOptions options) {
  const auto at = parse_listen(options.listen);
  if (!at) return std::unexpected(at.error());
  auto state = std::make_shared<StreamState>(loop, handler, std::move(options));
  auto tls = tls_of(state->options);
  if (!tls) return std::unexpected(std::move(tls.error()));
  state->tls = *std::move(tls);
  auto acceptor = listen_on(loop.impl().executor(), *at, state->options.name + " listen");
  if (!acceptor) return std::unexpected(std::move(acceptor.error()));
  return std::make_unique<TcpStreamListener>(std::move(state), *std::move(acceptor));
}

}  // namespace countersign::net

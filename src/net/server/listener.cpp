#include "net/server/listener.hpp"

#include <algorithm>
#include <string_view>

#include "net/io/wire.hpp"
#include "net/server/session.hpp"

namespace countersign::net {

namespace {

using asio::ip::tcp;

constexpr auto backoff = std::chrono::milliseconds(100);
constexpr Duration refusal_time = std::chrono::seconds(1);
constexpr int refusals_at_once = 64;
constexpr std::string_view full =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    "Content-Length: 33\r\nConnection: close\r\n\r\n{\"error\":\"too many connections\"}\n";

/// Tells a connection over the cap so. It waits for the request, since closing before it came would cut the answer off.
Async<void> turn_away(std::shared_ptr<ServerState> state, Socket socket) {
  const auto wire = std::make_shared<Wire>(std::move(socket));
  Timer limit(state->loop.executor(), refusal_time);
  limit.async_wait([wire](ErrorCode error) {
    if (!error) wire->close();
  });
  char ignored[2048];
  const auto asked = co_await wire->read_some(asio::buffer(ignored));
  const auto told = asked.error ? asked : co_await wire->write(asio::buffer(full));
  if (!told.error) {
    co_await wire->end_writing();
    while (!(co_await wire->read_some(asio::buffer(ignored))).error) {
    }
  }
  limit.cancel();
  wire->close();
  --state->refusals;
}

void take(const std::shared_ptr<ServerState>& state, Socket socket) {
  const auto executor = state->loop.executor();
  ErrorCode ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  if (state->sessions.size() < state->options.limits.connections) {
    asio::co_spawn(executor, Session::run(std::make_shared<Session>(state, std::move(socket))), asio::detached);
    return;
  }
  ++state->counters.refused;
  if (state->tls || state->refusals >= refusals_at_once) return;  // closed without a word
  ++state->refusals;
  asio::co_spawn(executor, turn_away(state, std::move(socket)), asio::detached);
}

}  // namespace

Async<void> accept_all(std::shared_ptr<ServerState> state, std::shared_ptr<Acceptor> acceptor) {
  Timer pause(state->loop.executor());
  while (acceptor->is_open()) {
    auto [error, socket] = co_await acceptor->async_accept(as_values);
    if (!acceptor->is_open()) break;
    if (!error) {
      take(state, std::move(socket));
    } else if (error != asio::error::connection_aborted) {
      // No descriptors or memory left: trying again at once would spin until something is closed.
      pause.expires_after(backoff);
      co_await pause.async_wait(as_values);
    }
  }
}

}  // namespace countersign::net

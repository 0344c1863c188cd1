#include "net/server/listener.hpp"

#include <algorithm>
#include <charconv>
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

std::string text_of(const tcp::endpoint& at) {
  const auto address = at.address().to_string();
  return at.address().is_v6() ? fmt::format("[{}]:{}", address, at.port()) : fmt::format("{}:{}", address, at.port());
}

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

Result<tcp::endpoint> parse_listen(std::string_view listen) {
  constexpr auto mend = "write an IP address and a port, as 127.0.0.1:8080 or [::1]:8080";
  const auto colon = listen.rfind(':');
  if (colon == listen.npos) return fail(Fault::invalid, "listen \"{}\" has no port; {}", listen, mend);
  auto host = listen.substr(0, colon);
  const auto digits = listen.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || fault != std::errc() || end != digits.data() + digits.size()) {
    return fail(Fault::invalid, "listen \"{}\" has no port from 0 to 65535; {}", listen, mend);
  }
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  ErrorCode error;
  const auto address = asio::ip::make_address(std::string(host), error);
  if (error || address.is_v6() != bracketed) {
    return fail(Fault::invalid, "listen \"{}\" is not an IP address and a port; {}", listen, mend);
  }
  return tcp::endpoint(address, port);
}

Result<Acceptor> listen_on(Executor executor, const tcp::endpoint& at) {
  Acceptor acceptor(executor);
  ErrorCode error;
  acceptor.open(at.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(at, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) return acceptor;
  const auto text = text_of(at);
  if (error == asio::error::address_in_use) {
    return fail(Fault::unavailable, "address in use: another process listens on {}; change [server] listen", text);
  }
  if (error == asio::error::access_denied) {
    return fail(Fault::unavailable,
                "no permission to listen on {}; use a port from 1024 up or give the service CAP_NET_BIND_SERVICE",
                text);
  }
  if (error.value() == EADDRNOTAVAIL) {
    return fail(Fault::unavailable, "this machine has no address {}; change [server] listen", at.address().to_string());
  }
  return fail(Fault::unavailable, "can't listen on {}: {}; change [server] listen", text, error.message());
}

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

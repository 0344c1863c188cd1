#include "net/io/endpoint.hpp"

#include <charconv>

namespace countersign::net {

using asio::ip::tcp;

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

std::string text_of(const tcp::endpoint& at) {
  const auto address = at.address().to_string();
  return at.address().is_v6() ? fmt::format("[{}]:{}", address, at.port()) : fmt::format("{}:{}", address, at.port());
}

std::string text_of(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

std::string peer_of(const Socket& socket) {
  ErrorCode error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string() : text_of(endpoint.address());
}

std::unexpected<Error> cannot_listen(const tcp::endpoint& at, const ErrorCode& error, std::string_view key) {
  const auto text = text_of(at);
  if (error == asio::error::address_in_use) {
    return fail(Fault::unavailable, "address in use: another process listens on {}; change {}", text, key);
  }
  if (error == asio::error::access_denied) {
    return fail(Fault::unavailable,
                "no permission to listen on {}; use a port from 1024 up or give the service CAP_NET_BIND_SERVICE",
                text);
  }
  if (error.value() == EADDRNOTAVAIL) {
    return fail(Fault::unavailable, "this machine has no address {}; change {}", at.address().to_string(), key);
  }
  return fail(Fault::unavailable, "can't listen on {}: {}; change {}", text, error.message(), key);
}

Result<Acceptor> listen_on(Executor executor, const tcp::endpoint& at, std::string_view key) {
  Acceptor acceptor(executor);
  ErrorCode error;
  acceptor.open(at.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(at, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return cannot_listen(at, error, key);
  return acceptor;
}

}  // namespace countersign::net

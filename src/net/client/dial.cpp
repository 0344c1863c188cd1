#include "net/client/dial.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "net/ca_file.hpp"

namespace countersign::net {

namespace {

using asio::ip::tcp;

constexpr std::size_t max_addresses = 8;

Async<std::expected<std::vector<tcp::endpoint>, ErrorCode>> look_up(Executor executor, const Url& url) {
  ErrorCode not_literal;
  const auto address = asio::ip::make_address(url.host, not_literal);
  if (!not_literal) co_return std::vector{tcp::endpoint(address, url.port)};
  asio::ip::basic_resolver<tcp, Executor> resolver(executor);
  const auto [error, found] = co_await resolver.async_resolve(url.host, std::to_string(url.port),
                                                              asio::ip::resolver_base::numeric_service, as_values);
  if (error) co_return std::unexpected(error);
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) {
    if (endpoints.size() < max_addresses) endpoints.push_back(entry.endpoint());
  }
  co_return endpoints;
}

/// One address, within its share of the time: a dead first address must leave some for the next.
Async<ErrorCode> connect(Executor executor, tcp::endpoint to, std::chrono::steady_clock::duration share,
                         std::shared_ptr<Attempt> attempt) {
  const auto wire = std::make_shared<Wire>(Socket(executor));
  attempt->wire = wire;
  Timer limit(executor, share);
  const auto connecting = std::make_shared<bool>(true);  // the limit may be met as the connection is made
  limit.async_wait([wire, connecting](ErrorCode error) {
    if (!error && *connecting) wire->close();
  });
  const auto [error] = co_await wire->socket().async_connect(to, as_values);
  *connecting = false;
  limit.cancel();
  if (!error && !wire->socket().is_open()) co_return asio::error::timed_out;  // closed as it came
  if (error == asio::error::operation_aborted) co_return asio::error::timed_out;
  if (!error) {
    ErrorCode ignored;
    wire->socket().set_option(tcp::no_delay(true), ignored);
  }
  co_return error;
}

/// What the handshake's error doesn't say: why the certificate was refused.
std::string tls_fault(SSL* handle, const ErrorCode& error) {
  const long verdict = SSL_get_verify_result(handle);
  if (verdict == X509_V_OK) return error.message();
  return fmt::format("its certificate is refused: {}", X509_verify_cert_error_string(verdict));
}

Async<std::expected<void, std::string>> secure(asio::ssl::context& tls, const Url& url, Wire& wire) {
  auto* handle = wire.secure_with(tls).native_handle();
  auto* rules = SSL_get0_param(handle);
  ErrorCode not_literal;
  asio::ip::make_address(url.host, not_literal);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int named = not_literal ? X509_VERIFY_PARAM_set1_host(rules, url.host.data(), url.host.size())
                                : X509_VERIFY_PARAM_set1_ip_asc(rules, url.host.c_str());
  if (named != 1) co_return std::unexpected("the host can't be verified");
  // SNI; RFC 6066 knows names only. The macro casts in the old style, so the call is written out.
  if (not_literal) {
    std::string name = url.host;
    SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }
  const auto error = co_await wire.handshake(asio::ssl::stream_base::client);
  if (error) co_return std::unexpected(tls_fault(handle, error));
  co_return std::expected<void, std::string>{};
}

}  // namespace

asio::ssl::context client_tls(const std::string& ca_file) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(asio::ssl::verify_peer);
  ErrorCode error;
  if (ca_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(ca_file, error);
  }
  if (error) {
    throw std::runtime_error(
        fmt::format("ca_file {}: {}; it must be a PEM file the service can read", ca_file, error.message()));
  }
  return context;
}

Result<void> check_ca_file(const std::string& ca_file) {
  try {
    client_tls(ca_file);
    return {};
  } catch (const std::runtime_error& error) {
    return fail(Fault::invalid, "{}", error.what());
  }
}

Async<std::expected<void, std::string>> dial(Executor executor, asio::ssl::context& tls, Url url,
                                             std::shared_ptr<Attempt> attempt) {
  const auto failed = [&](std::string_view why) {
    return std::unexpected(fmt::format("connect to {}: {}", url.peer(), why));
  };
  const auto endpoints = co_await look_up(executor, url);
  if (!endpoints) co_return failed(endpoints.error().message());
  ErrorCode error = asio::error::host_not_found;
  std::size_t left = endpoints->size();
  for (const auto& endpoint : *endpoints) {
    if (attempt->over) co_return failed("given up");
    const auto share = (attempt->until - std::chrono::steady_clock::now()) / static_cast<int>(left--);
    error = co_await connect(executor, endpoint, share, attempt);
    if (!error) break;
  }
  if (error) co_return failed(error.message());
  if (attempt->over) co_return failed("given up");
  if (!url.secure) co_return std::expected<void, std::string>{};
  auto secured = co_await secure(tls, url, *attempt->wire);
  if (!secured) co_return failed(secured.error());
  co_return secured;
}

}  // namespace countersign::net

// From a URL to an open connection: name, TCP, TLS with the peer's certificate and name verified.
// On the loop's thread. A websocket client begins here too.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <expected>
#include <memory>
#include <string>

#include "net/client/url.hpp"
#include "net/io/wire.hpp"

namespace countersign::net {

/// What a deadline ends: the connection being made or used. Looking up a name can't be ended, only ignored.
struct Attempt {
  std::chrono::steady_clock::time_point until;
  std::shared_ptr<Wire> wire;
  bool over = false;

  void end() {
    over = true;
    if (wire) wire->close();
  }
};

/// TLS 1.2 and later, peers verified against `ca_file` (PEM), or the system's store where it is empty.
/// Throws std::runtime_error where the file can't be used.
asio::ssl::context client_tls(const std::string& ca_file);

/// On success attempt->wire is open, verified for https. Otherwise "connect to slack.com:443: Connection refused".
Async<std::expected<void, std::string>> dial(Executor executor, asio::ssl::context& tls, Url url,
                                             std::shared_ptr<Attempt> attempt);

}  // namespace countersign::net

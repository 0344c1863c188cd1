// One TCP connection, plain or under TLS, as an object that reads and writes bytes. Errors are values; nothing throws.
// Owned by the loop's thread; at most one read and one write at a time.
#pragma once

#include <array>
#include <boost/asio/ssl/stream.hpp>
#include <optional>

#include "net/io/asio.hpp"

namespace countersign::net {

class Wire {
 public:
  explicit Wire(Socket socket) : socket_(std::move(socket)) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] Socket& socket() { return socket_; }
  [[nodiscard]] bool secure() const { return tls_.has_value(); }

  /// Puts TLS on the connection; handshake() follows. The native handle is for SNI and verification.
  asio::ssl::stream<Socket&>& secure_with(asio::ssl::context& context) { return tls_.emplace(socket_, context); }
  /// Its TLS, or null where there is none.
  [[nodiscard]] asio::ssl::stream<Socket&>* tls() { return tls_ ? &*tls_ : nullptr; }
  Async<ErrorCode> handshake(asio::ssl::stream_base::handshake_type role);

  Async<Transfer> read_some(asio::mutable_buffer into);
  /// All of both buffers, or an error and how far it got.
  Async<Transfer> write(asio::const_buffer first, asio::const_buffer second = {});
  /// Says that no more will be written: close_notify under TLS (and waits for the peer's), FIN otherwise.
  Async<void> end_writing();

  /// Ends what is pending with operation_aborted; the connection can still be used.
  void cancel();
  /// Also ends what is pending; idempotent.
  void close();
  /// Whether an idle connection is still worth writing to: open, and nothing (no end, no stray byte) has come.
  [[nodiscard]] bool quiet();

 private:
  Socket socket_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
};

}  // namespace countersign::net

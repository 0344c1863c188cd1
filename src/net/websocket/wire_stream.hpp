// A Wire as the AsyncStream that Beast's websocket reads and writes, plain or under TLS in one type.
// Owned by the loop's thread.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <memory>
#include <utility>

#include "net/io/wire.hpp"

namespace countersign::net {

class WireStream {
 public:
  using executor_type = Executor;

  explicit WireStream(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}

  executor_type get_executor() { return wire_->socket().get_executor(); }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    if (auto* tls = wire_->tls()) return tls->async_read_some(into, std::forward<Token>(token));
    return wire_->socket().async_read_some(into, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    if (auto* tls = wire_->tls()) return tls->async_write_some(from, std::forward<Token>(token));
    return wire_->socket().async_write_some(from, std::forward<Token>(token));
  }

  void close() { wire_->close(); }
  /// What was written still goes out, the peer sees the end after it.
  void finish() {
    ErrorCode ignored;
    wire_->socket().shutdown(Socket::shutdown_send, ignored);
    wire_->close();
  }

 private:
  std::shared_ptr<Wire> wire_;
};

// What Beast looks up by the stream's type: how it is cut off, and how it ends after the goodbyes.
inline void beast_close_socket(WireStream& stream) {
  stream.close();
}

template <typename Handler>
void async_teardown(boost::beast::role_type /*role*/, WireStream& stream, Handler&& handler) {
  stream.finish();
  asio::post(stream.get_executor(), boost::beast::bind_front_handler(std::forward<Handler>(handler), ErrorCode()));
}

}  // namespace countersign::net

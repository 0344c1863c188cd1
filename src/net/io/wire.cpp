#include "net/io/wire.hpp"

#include <sys/socket.h>

#include <boost/asio/write.hpp>
#include <cerrno>

namespace countersign::net {

Async<ErrorCode> Wire::handshake(asio::ssl::stream_base::handshake_type role) {
  const auto [error] = co_await tls_->async_handshake(role, as_values);
  co_return error;
}

Async<Transfer> Wire::read_some(asio::mutable_buffer into) {
  if (tls_) {
    const auto [error, bytes] = co_await tls_->async_read_some(into, as_values);
    co_return Transfer{error, bytes};
  }
  const auto [error, bytes] = co_await socket_.async_read_some(into, as_values);
  co_return Transfer{error, bytes};
}

Async<Transfer> Wire::write(asio::const_buffer first, asio::const_buffer second) {
  const std::array<asio::const_buffer, 2> both{first, second};
  if (tls_) {
    const auto [error, bytes] = co_await asio::async_write(*tls_, both, as_values);
    co_return Transfer{error, bytes};
  }
  const auto [error, bytes] = co_await asio::async_write(socket_, both, as_values);
  co_return Transfer{error, bytes};
}

Async<void> Wire::end_writing() {
  if (tls_) {
    co_await tls_->async_shutdown(as_values);
  } else {
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }
}

void Wire::cancel() {
  ErrorCode ignored;
  socket_.cancel(ignored);
}

void Wire::close() {
  ErrorCode ignored;
  socket_.close(ignored);
}

bool Wire::quiet() {
  if (!socket_.is_open()) return false;
  char byte = 0;
  const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace countersign::net

// Asio and Beast as this room uses them: one executor type without type erasure, errors as values.
// Private to src/net; nothing outside includes it.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <expected>

namespace countersign::net {

namespace asio = boost::asio;

using ErrorCode = boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

template <typename T>
using Async = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> use_async{};
/// auto [error, n] = co_await stream.async_read_some(buffer, as_values);
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> as_values{use_async};

/// What a read or write came to. `bytes` counts also where `error` is set.
struct Transfer {
  ErrorCode error;
  std::size_t bytes = 0;
};

}  // namespace countersign::net

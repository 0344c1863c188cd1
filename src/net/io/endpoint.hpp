// Addresses as configurations write them and logs show them, and sockets that listen on them. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/io/asio.hpp"

namespace countersign::net {

/// "127.0.0.1:8080", "[::1]:0". Fault::invalid with the mend for anything else.
Result<asio::ip::tcp::endpoint> parse_listen(std::string_view listen);
/// The same way back.
std::string text_of(const asio::ip::tcp::endpoint& at);
/// ::ffff:a.b.c.d is a.b.c.d.
std::string text_of(const asio::ip::address& address);
/// The peer's address, or empty where it has gone.
std::string peer_of(const Socket& socket);

/// Why that address can't be listened on, with the mend: another one at `key` ("[server] listen").
std::unexpected<Error> cannot_listen(const asio::ip::tcp::endpoint& at, const ErrorCode& error, std::string_view key);
/// Bound and listening. Fault::unavailable as above.
Result<Acceptor> listen_on(Executor executor, const asio::ip::tcp::endpoint& at, std::string_view key);

}  // namespace countersign::net

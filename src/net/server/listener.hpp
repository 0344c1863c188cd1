// The listening socket and its accept loop. Lives on the loop's thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/io/asio.hpp"
#include "net/server/state.hpp"

namespace countersign::net {

/// "127.0.0.1:8080", "[::1]:0". Fault::invalid with the mend for anything else.
Result<asio::ip::tcp::endpoint> parse_listen(std::string_view listen);
/// Bound and listening. Fault::unavailable with the mend where the address can't be had.
Result<Acceptor> listen_on(Executor executor, const asio::ip::tcp::endpoint& at);
/// Accepts until the acceptor is closed; each connection becomes a Session.
Async<void> accept_all(std::shared_ptr<ServerState> state, std::shared_ptr<Acceptor> acceptor);

}  // namespace countersign::net

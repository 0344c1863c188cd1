// The accept loop. Lives on the loop's thread.
#pragma once

#include <memory>

#include "net/io/asio.hpp"
#include "net/server/state.hpp"

namespace countersign::net {

/// Accepts until the acceptor is closed; each connection becomes a Session.
Async<void> accept_all(std::shared_ptr<ServerState> state, std::shared_ptr<Acceptor> acceptor);

}  // namespace countersign::net

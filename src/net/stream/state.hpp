// What a stream listener's connections share. Owned by the loop's thread; connections may outlive the listener, so they
// hold this by shared_ptr and look at `closed` before they call its handler.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "net/io/loop_impl.hpp"
#include "net/stream.hpp"

namespace countersign::net {

class StreamConnection;

struct StreamState {
  StreamState(Loop& on, StreamHandler& calls, StreamOptions with)
      : loop(on.impl()), handler(calls), options(std::move(with)) {}

  Loop::Impl& loop;
  StreamHandler& handler;
  const StreamOptions options;
  std::optional<asio::ssl::context> tls;

  StreamCounters counters;
  std::unordered_set<StreamConnection*> connections;
  std::map<std::string, std::size_t> by_peer;

  bool stopping = false;
  bool closed = false;  // the listener is gone, its handler perhaps too
  std::vector<Loop::Task> when_empty;

  /// Runs `when_empty` from the loop, once nothing is left.
  void tell_if_empty() {
    if (!stopping || !connections.empty() || closed) return;
    for (auto& task : when_empty)
      asio::post(loop.executor(), std::move(task));
    when_empty.clear();
  }
};

}  // namespace countersign::net

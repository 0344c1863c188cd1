// What a server's connections share. Owned by the loop's thread; connections may outlive the Server, so they hold
// this by shared_ptr and look at `closed` before they call its handler.
#pragma once

#include <algorithm>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "net/io/loop_impl.hpp"
#include "net/server.hpp"

namespace countersign::net {

class Session;

struct ServerState {
  ServerState(Loop& on, Handler& calls, ServerOptions with)
      : loop(on.impl()), handler(calls), options(std::move(with)) {
    workers.emplace(std::max(1, options.limits.worker_threads));
  }

  Loop::Impl& loop;
  Handler& handler;
  ServerOptions options;
  std::optional<asio::ssl::context> tls;
  std::optional<asio::thread_pool> workers;  // ends with the Server

  ServerCounters counters;
  std::size_t body_bytes = 0;  // of all requests in flight
  std::unordered_set<Session*> sessions;
  int refusals = 0;  // connections over the cap that are being told so

  bool stopping = false;  // no keep-alive any more
  bool closed = false;    // the Server is gone, its handler perhaps too
  std::vector<Loop::Task> when_empty;

  void add(Session* session);
  void remove(Session* session);
  /// Runs `when_empty` from the loop, once nothing is left.
  void tell_if_empty();
  /// A handler threw. Any thread.
  void report(std::string_view what) const;
  /// The Date header's value (RFC 9110 section 5.6.7), made once a second.
  std::string_view date();

 private:
  std::int64_t date_second_ = -1;
  std::string date_;
};

}  // namespace countersign::net

// The HTTP/1.1 server: Beast coroutines on the loop, limits on everything a peer can make grow.
// Lives on the loop's thread; construct, start and stop there (or before run()).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"

namespace countersign::net {

struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t connections = 4096;  // one more is accepted and answered 503, closed
  Duration header_time = std::chrono::seconds(10);
  Duration body_time = std::chrono::seconds(30);
  Duration idle_time = std::chrono::seconds(75);  // keep-alive
  Duration write_time = std::chrono::seconds(30);
  std::size_t inline_body_bytes = 64 * 1024;             // larger requests are handled on worker threads,
  std::size_t inline_packed_bytes = 4 * 1024;            // and larger ones that are compressed
  std::size_t body_bytes_in_flight = 256 * 1024 * 1024;  // over all connections; beyond it 503 with Retry-After
  int worker_threads = 2;
};

struct ServerOptions {
  std::string listen;                // "127.0.0.1:8080", "[::1]:0"
  std::string tls_certificate = {};  // PEM files; both or neither
  std::string tls_private_key = {};
  ServerLimits limits = {};
  /// Told what a handler threw (the client got 500). Called on the loop's thread and on workers.
  std::function<void(std::string_view what)> on_exception = nullptr;
  /// Told of a request that is answered without its handler although its head was read: too large, too slow, too much
  /// at once. May give the answer; none: ours, of that status. Called on the loop's thread.
  std::function<std::optional<Response>(const Request& head, int status)> on_refused = nullptr;
};

struct ServerCounters {
  std::uint64_t accepted = 0, requests = 0, refused = 0, timed_out = 0, malformed = 0, open = 0;
};

class Server {
 public:
  /// `handler` must outlive the server. Fault::invalid for an address or key that can't be used, with the mend.
  static Result<std::unique_ptr<Server>> open(Loop& loop, Handler& handler, ServerOptions options);
  virtual ~Server() = default;

  /// The address that is really listened on ("http://127.0.0.1:41234").
  [[nodiscard]] virtual std::string url() const = 0;
  /// Stops accepting, closes idle connections, lets requests in flight finish within `grace`, then calls `done`.
  virtual void stop(Duration grace, Loop::Task done) = 0;
  [[nodiscard]] virtual ServerCounters counters() const = 0;
};

}  // namespace countersign::net

// The HTTP/1.1 client: https with verification, keep-alive pool per origin, one deadline a call, bounded replies.
// No redirects followed (a redirect is an answer), no cookies, no proxies.
// Lives on the loop's thread; send() may be called from any thread and `done` runs on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"

namespace countersign::net {

struct ClientOptions {
  std::string ca_file = {};  // PEM; empty: the system's
  std::size_t reply_bytes = 1024 * 1024;
  std::size_t connections_per_origin = 8;
  std::size_t waiting_per_origin = 1024;          // calls that wait for one of them, in order; more fail at once
  Duration idle_time = std::chrono::seconds(30);  // a pooled connection is closed after one to two of these
  Duration timeout = std::chrono::seconds(10);    // of a call, from send() to its reply's last byte
};

/// What happened to a call that has no answer: whether the peer can have acted on it.
enum class Sent { no, maybe };

struct ClientFailure {
  Sent sent = Sent::no;
  std::string message;  // "connect to slack.example:443: refused"
};

struct Call {
  std::string method = "POST";
  std::string url;       // "https://host[:port]/path?query"
  Headers headers = {};  // Host, Content-Length, Connection and Transfer-Encoding are the client's
  std::string body = {};
};

class Client {
 public:
  using Done = std::move_only_function<void(std::expected<Response, ClientFailure>)>;
  /// On the loop's thread. Calls still open are dropped: their `done` is destroyed, not called.
  virtual ~Client() = default;
  /// Calls `done` once. A reply over reply_bytes, cut short or not HTTP is a failure with Sent::maybe.
  /// A call that fails on a pooled connection before any byte of it was written is tried once on a fresh one.
  virtual void send(Call call, Done done) = 0;

  /// Throws std::runtime_error where ca_file can't be used.
  static std::unique_ptr<Client> open(Loop& loop, ClientOptions options);
};

}  // namespace countersign::net

// A websocket client (RFC 6455): wss with the peer verified, texts both ways, and peers that went silent noticed.
// No redirects, no compression, no extensions. connect() and everything of a WebSocket on the loop's thread; the
// callbacks run there too, never from within connect(), send_text() or close().
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "net/loop.hpp"

namespace countersign::net {

struct WebSocketOptions {
  std::string ca_file = {};  // PEM; empty: the system's
  std::size_t message_bytes = 1024 * 1024;
  std::size_t queue_bytes = 1024 * 1024;                   // texts not written yet
  Duration handshake_time = std::chrono::seconds(10);      // from connect() to the peer's yes
  Duration dead_after = std::chrono::seconds(10);          // without a byte; pinged when half of it is over
  Duration close_time = std::chrono::milliseconds(2'000);  // from close() on: what is queued, and the peer's goodbye
};

/// What a connection tells its owner, who may destroy it from within any of them.
struct WebSocketEvents {
  std::function<void()> on_open;
  /// Valid UTF-8. Binary messages are not handed on.
  std::function<void(std::string)> on_text;
  /// Once and last, whether it ever opened or not: "connect to slack.com:443: refused",
  /// "wss-primary.slack.com:443: closed by the peer: 1001 going away". Never the URL's path or query.
  std::function<void(std::string why)> on_closed;
};

class WebSocket {
 public:
  /// Ends the connection without a goodbye; nothing is called any more.
  virtual ~WebSocket() = default;
  /// In order. False where it isn't open or queue_bytes would be exceeded; the text is not sent then.
  virtual bool send_text(std::string text) = 0;
  /// Sends what is queued and says goodbye; on_closed follows within close_time. What comes meanwhile may be lost.
  virtual void close() = 0;
};

class WebSocketClient {
 public:
  /// Its connections may outlive it.
  virtual ~WebSocketClient() = default;
  /// "wss://host[:port]/path?query", or ws:// for tests. What is wrong with the URL comes by on_closed.
  virtual std::unique_ptr<WebSocket> connect(const std::string& url, WebSocketEvents events) = 0;

  /// Throws std::runtime_error where ca_file can't be used.
  static std::unique_ptr<WebSocketClient> open(Loop& loop, WebSocketOptions options);
};

}  // namespace countersign::net

// One websocket connection from the first look-up to its end. Owned by the loop's thread; its coroutines hold it by
// shared_ptr and may outlive the WebSocket that its owner has.
#pragma once

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "net/client/dial.hpp"
#include "net/websocket.hpp"
#include "net/websocket/wire_stream.hpp"

namespace countersign::net {

class WebSocketSession : public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(Executor executor, std::shared_ptr<asio::ssl::context> tls, WebSocketOptions options,
                   WebSocketEvents events);

  void start(const std::string& url);
  bool send(std::string text);
  void close();
  /// Nothing is called any more.
  void abandon();

 private:
  using Self = std::shared_ptr<WebSocketSession>;
  using Stream = boost::beast::websocket::stream<WireStream>;
  enum class State { opening, open, closing, over };

  static Async<void> run(Self self, Url url);
  static Async<void> write_all(Self self);
  Async<std::string> open(const Url& url);
  Async<std::string> read_all();
  std::string ending(const ErrorCode& error) const;
  void limit(Duration time, const char* what);
  void finish(std::string why);

  Executor executor_;
  std::shared_ptr<asio::ssl::context> tls_;
  WebSocketOptions options_;
  WebSocketEvents events_;
  std::shared_ptr<Attempt> attempt_ = std::make_shared<Attempt>();
  std::optional<Stream> stream_;
  boost::beast::flat_buffer read_;
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;
  bool writing_ = false;
  State state_ = State::opening;
  std::string peer_;
  Timer timer_;
  const char* cut_for_ = nullptr;  // what took too long, where the timer ended it
};

}  // namespace countersign::net

#include "net/websocket.hpp"

#include "net/io/loop_impl.hpp"
#include "net/websocket/session.hpp"

namespace countersign::net {

namespace {

class Connection final : public WebSocket {
 public:
  explicit Connection(std::shared_ptr<WebSocketSession> session) : session_(std::move(session)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override { session_->abandon(); }

  bool send_text(std::string text) override { return session_->send(std::move(text)); }
  void close() override { session_->close(); }

 private:
  std::shared_ptr<WebSocketSession> session_;
};

class BeastClient final : public WebSocketClient {
 public:
  BeastClient(Loop& loop, WebSocketOptions options)
      : executor_(loop.impl().executor()),
        options_(std::move(options)),
        tls_(std::make_shared<asio::ssl::context>(client_tls(options_.ca_file))) {}

  std::unique_ptr<WebSocket> connect(const std::string& url, WebSocketEvents events) override {
    auto session = std::make_shared<WebSocketSession>(executor_, tls_, options_, std::move(events));
    session->start(url);
    return std::make_unique<Connection>(std::move(session));
  }

 private:
  Executor executor_;
  WebSocketOptions options_;
  std::shared_ptr<asio::ssl::context> tls_;
};

}  // namespace

std::unique_ptr<WebSocketClient> WebSocketClient::open(Loop& loop, WebSocketOptions options) {
  return std::make_unique<BeastClient>(loop, std::move(options));
}

}  // namespace countersign::net

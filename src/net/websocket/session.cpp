#include "net/websocket/session.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"

namespace countersign::net {

namespace websocket = boost::beast::websocket;

WebSocketSession::WebSocketSession(Executor executor, std::shared_ptr<asio::ssl::context> tls, WebSocketOptions options,
                                   WebSocketEvents events)
    : executor_(executor),
      tls_(std::move(tls)),
      options_(std::move(options)),
      events_(std::move(events)),
      timer_(executor) {}

void WebSocketSession::start(const std::string& url) {
  std::string as_http = url;  // the two pairs of schemes differ in name only
  if (url.starts_with("wss://"))
    as_http.replace(0, 3, "https");
  else if (url.starts_with("ws://"))
    as_http.replace(0, 2, "http");
  else
    as_http.clear();
  auto parsed = parse_url(as_http);
  if (!parsed) {
    asio::post(executor_, [self = shared_from_this()] { self->finish("this is no wss:// URL"); });
    return;
  }
  peer_ = parsed->peer();
  attempt_->until = std::chrono::steady_clock::now() + options_.handshake_time;
  limit(options_.handshake_time, "the handshake");
  asio::co_spawn(executor_, run(shared_from_this(), *std::move(parsed)), asio::detached);
}

/// Ends the connection after this time, unless another limit takes its place or it is cancelled.
void WebSocketSession::limit(Duration time, const char* what) {
  timer_.expires_after(time);
  timer_.async_wait([weak = weak_from_this(), what](ErrorCode error) {
    const auto self = weak.lock();
    if (error || !self || self->state_ == State::over) return;
    self->cut_for_ = what;
    self->attempt_->end();
  });
}

Async<void> WebSocketSession::run(Self self, Url url) {
  auto why = co_await self->open(url);
  if (why.empty()) {
    self->timer_.cancel();
    if (self->state_ == State::opening) {
      self->state_ = State::open;
      if (self->events_.on_open) self->events_.on_open();
    }
    why = co_await self->read_all();
  }
  self->finish(std::move(why));
}

/// Empty once the peer said yes, else why not.
Async<std::string> WebSocketSession::open(const Url& url) {
  auto dialled = co_await dial(executor_, *tls_, url, attempt_);
  if (!dialled) co_return cut_for_ ? fmt::format("{}: {} took too long", peer_, cut_for_) : std::move(dialled.error());
  if (attempt_->over) co_return fmt::format("{}: {}", peer_, cut_for_ ? "the handshake took too long" : "given up");
  stream_.emplace(WireStream(attempt_->wire));
  stream_->read_message_max(options_.message_bytes);
  stream_->auto_fragment(false);
  stream_->text(true);
  stream_->set_option(websocket::stream_base::timeout{
      .handshake_timeout = websocket::stream_base::none(),  // ours is one for all steps
      .idle_timeout = std::chrono::duration_cast<std::chrono::steady_clock::duration>(options_.dead_after),
      .keep_alive_pings = true});
  stream_->set_option(websocket::stream_base::decorator(
      [](websocket::request_type& request) { request.set(boost::beast::http::field::user_agent, "countersign"); }));
  websocket::response_type answer;
  const auto [error] = co_await stream_->async_handshake(answer, url.authority(), url.target, as_values);
  if (!error) co_return std::string();
  if (cut_for_) co_return fmt::format("{}: {} took too long", peer_, cut_for_);
  if (error == websocket::error::upgrade_declined)
    co_return fmt::format("{}: it answered HTTP {} and opens no websocket", peer_, answer.result_int());
  co_return fmt::format("{}: no websocket: {}", peer_, error.message());
}

/// Hands on texts until the end, and says what that was.
Async<std::string> WebSocketSession::read_all() {
  for (;;) {
    if (state_ == State::over) co_return std::string();
    const auto [error, bytes] = co_await stream_->async_read(read_, as_values);
    if (error) co_return ending(error);
    if (stream_->got_text() && state_ != State::over && events_.on_text)
      events_.on_text(boost::beast::buffers_to_string(read_.data()));
    read_.consume(read_.size());
    if (read_.capacity() > 64 * 1024) read_.shrink_to_fit();
  }
}

std::string WebSocketSession::ending(const ErrorCode& error) const {
  if (state_ == State::closing) return fmt::format("{}: closed", peer_);
  if (error == websocket::error::closed) {
    const auto& said = stream_->reason();
    const std::string_view words(said.reason.data(), said.reason.size());
    return fmt::format("{}: closed by the peer: {}{}{}", peer_, said.code, words.empty() ? "" : " ",
                       one_line(words, 80));
  }
  if (error == boost::beast::error::timeout) return fmt::format("{}: silent for too long", peer_);
  if (error == websocket::error::message_too_big)
    return fmt::format("{}: a message is over {} bytes", peer_, options_.message_bytes);
  return fmt::format("{}: {}", peer_, error.message());
}

bool WebSocketSession::send(std::string text) {
  if (state_ != State::open || queued_bytes_ + text.size() > options_.queue_bytes) return false;
  queued_bytes_ += text.size();
  queue_.push_back(std::move(text));
  if (!std::exchange(writing_, true)) asio::co_spawn(executor_, write_all(shared_from_this()), asio::detached);
  return true;
}

void WebSocketSession::close() {
  if (state_ == State::opening) {
    attempt_->end();
    cut_for_ = nullptr;
    state_ = State::closing;
  }
  if (state_ != State::open) return;
  state_ = State::closing;
  limit(options_.close_time, "the goodbye");
  if (!std::exchange(writing_, true)) asio::co_spawn(executor_, write_all(shared_from_this()), asio::detached);
}

/// A failed write is the reader's to report: it sees the same end.
Async<void> WebSocketSession::write_all(Self self) {
  while (!self->queue_.empty() && self->state_ != State::over) {
    const auto& text = self->queue_.front();
    const auto [error, bytes] = co_await self->stream_->async_write(asio::buffer(text), as_values);
    if (error) co_return self->attempt_->end();
    self->queued_bytes_ -= text.size();
    self->queue_.pop_front();
  }
  self->writing_ = false;
  if (self->state_ == State::closing) {
    self->writing_ = true;
    co_await self->stream_->async_close(websocket::close_code::normal, as_values);
  }
}

void WebSocketSession::finish(std::string why) {
  timer_.cancel();
  attempt_->end();
  if (std::exchange(state_, State::over) == State::over) return;
  if (events_.on_closed) events_.on_closed(std::move(why));
}

void WebSocketSession::abandon() {
  state_ = State::over;
  timer_.cancel();
  attempt_->end();
}

}  // namespace countersign::net

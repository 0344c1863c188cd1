// A session's answering half: the handler's call, the way back from any thread, the bytes of the answer.
#include <fmt/format.h>

#include <boost/asio/async_result.hpp>
#include <utility>

#include "net/io/message.hpp"
#include "net/server/session.hpp"

namespace countersign::net {

namespace {

constexpr std::size_t copied_body = 4096;  // a body up to this size is cheaper copied than gathered

bool is_ours(std::string_view name) {
  return same_name(name, "content-length") || same_name(name, "connection") || same_name(name, "transfer-encoding") ||
         same_name(name, "date");
}

bool can_be_written(const Response& response) {
  if (response.status < 200 || response.status > 999) return false;
  for (const auto& [name, value] : response.headers) {
    if (!is_token(name) || !is_field_value(value)) return false;
  }
  return true;
}

}  // namespace

Answer::~Answer() {
  if (session_) (*this)(error_response(500, "internal error"));
}

void Answer::operator()(std::optional<Response> response) {
  if (auto session = std::move(session_)) Session::deliver(std::move(session), std::move(response));
}

/// Whether the loop's thread may handle it: what is compressed may be much more than it seems.
bool Session::is_small(const Request& request) const {
  const auto& limits = state_->options.limits;
  const bool packed = !header(request.headers, "Content-Encoding").empty() || request.body.starts_with("\x1f\x8b");
  return request.body.size() <= (packed ? limits.inline_packed_bytes : limits.inline_body_bytes);
}

void Session::call_handler() {
  auto& request = parser_->request;
  if (is_small(request)) {
    hand_over(*state_, std::move(request), Answer(shared_from_this()));
    return;
  }
  asio::post(*state_->workers,
             [state = state_, request = std::move(request), answer = Answer(shared_from_this())]() mutable {
               hand_over(*state, std::move(request), std::move(answer));
             });
}

void Session::hand_over(ServerState& state, Request request, Answer answer) {
  // A handler that throws has dropped its answer, or kept it for later: either way the client gets one.
  try {
    state.handler.handle(std::move(request), Respond(std::move(answer)));
  } catch (const std::exception& thrown) {
    state.report(thrown.what());
  }
}

void Session::deliver(std::shared_ptr<Session> self, std::optional<Response> response) {
  const auto executor = self->state_->loop.executor();
  if (executor.running_in_this_thread()) {
    self->accept(std::move(response));
    // Not resumed from here: the caller may be in the middle of a loop over its answers.
    if (self->resume_) asio::post(executor, std::exchange(self->resume_, {}));
    return;
  }
  asio::post(executor, [self = std::move(self), response = std::move(response)]() mutable {
    self->accept(std::move(response));
    if (self->resume_) std::exchange(self->resume_, {})();
  });
}

void Session::accept(std::optional<Response> response) {
  answered_ = true;
  if (!aborted_) response_ = std::move(response);
}

Async<void> Session::answered() {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
      [this](auto coroutine) { resume_ = [coroutine = std::move(coroutine)]() mutable { std::move(coroutine)(); }; },
      use_async);
}

Async<bool> Session::write(const Response& response, bool keep) {
  if (!can_be_written(response)) co_return co_await write(error_response(500, "internal error"), keep);
  const bool bodiless = response.status == 204 || response.status == 304;
  head_.clear();
  fmt::format_to(std::back_inserter(head_), "HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
  for (const auto& [name, value] : response.headers) {
    if (!is_ours(name)) append_header(head_, name, value);
  }
  append_header(head_, "Date", state_->date());
  if (!bodiless) fmt::format_to(std::back_inserter(head_), "Content-Length: {}\r\n", response.body.size());
  if (!keep) {
    append_header(head_, "Connection", "close");
  } else if (parser_ && parser_->version_10()) {
    append_header(head_, "Connection", "keep-alive");
  }
  head_ += "\r\n";
  auto body = bodiless || (parser_ && parser_->head) ? asio::const_buffer() : asio::buffer(response.body);
  if (body.size() <= copied_body) {
    head_.append(static_cast<const char*>(body.data()), body.size());
    body = {};
  }
  timed_out_ = false;
  deadline_.set(state_->options.limits.write_time);
  const auto [error, bytes] = co_await wire_.write(asio::buffer(head_), body);
  if (timed_out_) ++state_->counters.timed_out;
  co_return !error;
}

Async<void> Session::refuse(Refusal refusal) {
  auto response = error_response(refusal.status, refusal.why);
  if (refusal.status == 503) {
    ++state_->counters.refused;
    response.headers.emplace_back("Retry-After", "1");
  }
  if (head_read_ && state_->options.on_refused)
    if (auto own = state_->options.on_refused(parser_->request, refusal.status)) response = *std::move(own);
  if (co_await write(response, false)) co_await linger();
}

Async<void> Session::linger() {
  // Closing with bytes unread resets the connection, and the reset may overtake the answer.
  deadline_.set(linger_time);
  co_await wire_.end_writing();
  parser_.reset();
  buffer_.clear();
  while (!timed_out_ && !aborted_) {
    const auto [error, bytes] = co_await wire_.read_some(buffer_.prepare(buffer_.max_size()));
    if (error) break;
  }
}

}  // namespace countersign::net

#include "net/server/session.hpp"

#include <algorithm>
#include <utility>

#include "net/io/endpoint.hpp"

namespace countersign::net {

namespace {

Duration shortest(const ServerLimits& limits) {
  return std::min({limits.header_time, limits.body_time, limits.idle_time, limits.write_time, linger_time});
}

}  // namespace

Session::Session(std::shared_ptr<ServerState> state, Socket socket)
    : state_(std::move(state)),
      wire_(std::move(socket)),
      deadline_(state_->loop.executor(), shortest(state_->options.limits)),
      peer_(peer_of(wire_.socket())),
      buffer_(std::max<std::size_t>(state_->options.limits.header_bytes, 4096)) {
  state_->add(this);
}

Session::~Session() {
  discharge();
  state_->remove(this);
}

Async<void> Session::run(std::shared_ptr<Session> self) {
  self->deadline_.start(self->weak_from_this(), [session = self.get()] {
    session->timed_out_ = true;
    session->wire_.cancel();
  });
  if (co_await self->secure()) {
    while (!self->aborted_ && co_await self->serve_one()) {
    }
  }
  self->deadline_.stop();
  self->wire_.close();
}

Async<bool> Session::secure() {
  if (!state_->tls) co_return true;
  wire_.secure_with(*state_->tls);
  deadline_.set(state_->options.limits.header_time);
  const auto error = co_await wire_.handshake(asio::ssl::stream_base::server);
  if (timed_out_) ++state_->counters.timed_out;
  co_return !error;
}

Async<bool> Session::serve_one() {
  auto read = co_await read_head();
  head_read_ = read.has_value();
  if (read) read = co_await read_body();
  if (!read) {
    discharge();
    if (read.error().status != 0) co_await refuse(read.error());
    co_return false;
  }
  if (aborted_) co_return false;
  ++state_->counters.requests;
  deadline_.clear();
  const bool asked_to_keep = parser_->keep_alive() && read_whole_;
  if (!response_) {
    answered_ = false;
    call_handler();
    if (!answered_ && !aborted_) co_await answered();
  }
  discharge();
  if (aborted_) co_return false;
  const bool keep = asked_to_keep && !state_->stopping;
  const auto response = *std::exchange(response_, std::nullopt);
  if (!co_await write(response, keep)) co_return false;
  parser_.reset();
  if (!keep) co_await linger();
  co_return keep;
}

void Session::wind_down() {
  if (idle_) abort();
}

void Session::abort() {
  aborted_ = true;
  wire_.close();
  if (resume_) asio::post(state_->loop.executor(), std::exchange(resume_, {}));
}

Session::Outcome Session::charge(std::size_t bytes) {
  constexpr std::size_t renewed_by = std::size_t{1} << 20;  // a large body has its time anew with each MiB of it
  if ((charged_ + bytes) / renewed_by != charged_ / renewed_by) deadline_.set(state_->options.limits.body_time);
  charged_ += bytes;
  state_->body_bytes += bytes;
  if (state_->body_bytes <= state_->options.limits.body_bytes_in_flight) return {};
  return std::unexpected(too_much);
}

void Session::discharge() {
  state_->body_bytes -= std::exchange(charged_, 0);
}

Refusal Session::broken(const ErrorCode&) {
  if (!timed_out_ || aborted_) return {};  // the peer went, or we are going: nobody to answer
  ++state_->counters.timed_out;
  return {408, "the request took too long to arrive"};
}

}  // namespace countersign::net

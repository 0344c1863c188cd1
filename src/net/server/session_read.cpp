// A session's reading half. Nothing is buffered beyond the header's limit and the body's; bytes received, not bytes
// announced, count against the server's total, so announcing costs a peer as much as sending.
#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "net/server/session.hpp"

namespace countersign::net {

namespace {

namespace http = boost::beast::http;

constexpr std::size_t piece = 64 * 1024;  // bytes a body grows by before they have come
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Async<Session::Outcome> Session::read_head() {
  const auto& limits = state_->options.limits;
  idle_ = buffer_.size() == 0;
  if (idle_ && state_->stopping) co_return std::unexpected(Refusal{});  // the stop came while an answer was written
  timed_out_ = false;
  // A connection's first request has the header's time from the start: idling is for those who have asked something.
  const bool first = !std::exchange(served_, true);
  deadline_.set(first || !idle_ ? limits.header_time : limits.idle_time);
  parser_.emplace(limits.header_bytes);
  for (;;) {
    if (buffer_.size() > 0) {
      ErrorCode error;
      buffer_.consume(parser_->put(buffer_.data(), error));
      if (parser_->is_header_done() && !error) break;
      if (error && error != http::error::need_more) {
        ++state_->counters.malformed;
        co_return std::unexpected(parser_->refusal(error));
      }
      if (buffer_.size() >= limits.header_bytes) {
        ++state_->counters.malformed;
        co_return std::unexpected(parser_->refusal(http::error::header_limit));
      }
    }
    const auto room = std::min<std::size_t>(buffer_.max_size() - buffer_.size(), 8192);
    const auto [error, bytes] = co_await wire_.read_some(buffer_.prepare(room));
    if (error) {
      const auto refusal = broken(error);
      // Nothing of a request has come: a kept connection that is given up needs no answer.
      co_return std::unexpected(idle_ ? Refusal{} : refusal);
    }
    buffer_.commit(bytes);
    if (idle_ && !first) deadline_.set(limits.header_time);
    idle_ = false;
  }
  parser_->request.peer = peer_;
  if (const auto refusal = parser_->check(); refusal.status != 0) {
    ++state_->counters.malformed;
    co_return std::unexpected(refusal);
  }
  co_return Outcome{};
}

Async<Session::Outcome> Session::read_body() {
  read_whole_ = true;
  const auto length = parser_->content_length();
  if (!parser_->chunked() && length.value_or(0) == 0) co_return Outcome{};
  std::size_t limit = 0;
  std::shared_ptr<BodyReader> reader;
  try {
    limit = state_->handler.body_limit(parser_->request);
    if (parser_->chunked()) reader = state_->handler.body_reader(parser_->request);
  } catch (const std::exception& thrown) {
    state_->report(thrown.what());
    co_return std::unexpected(Refusal{500, "internal error"});
  }
  deadline_.set(state_->options.limits.body_time);
  if (parser_->chunked()) co_return co_await read_chunked_body(limit, std::move(reader));
  if (*length > limit) co_return std::unexpected(parser_->refusal(http::error::body_limit));
  if (state_->body_bytes + *length > state_->options.limits.body_bytes_in_flight) co_return std::unexpected(too_much);
  co_return co_await read_sized_body(*length);
}

Async<Session::Outcome> Session::invite_body() {
  if (!parser_->expects_continue || buffer_.size() > 0) co_return Outcome{};
  const auto [error, bytes] = co_await wire_.write(asio::buffer(go_on));
  if (error) co_return std::unexpected(broken(error));
  co_return Outcome{};
}

Async<Session::Outcome> Session::read_sized_body(std::uint64_t length) {
  auto& body = parser_->request.body;
  const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(length, buffer_.size()));
  body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(length, piece)));
  body.assign(static_cast<const char*>(buffer_.data().data()), here);
  buffer_.consume(here);
  if (auto admitted = charge(here); !admitted) co_return admitted;
  if (here == length) co_return Outcome{};
  if (auto invited = co_await invite_body(); !invited) co_return invited;
  while (body.size() < length) {
    const auto had = body.size();
    // Doubling keeps the copies few; a peer that only announces a large body makes nothing grow.
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(length, had + std::max(had, piece)));
    body.resize_and_overwrite(want, [](char*, std::size_t size) { return size; });
    const auto [error, bytes] = co_await wire_.read_some(asio::buffer(body.data() + had, want - had));
    body.resize(had + bytes);
    if (error) co_return std::unexpected(broken(error));
    if (auto admitted = charge(bytes); !admitted) co_return admitted;
  }
  co_return Outcome{};
}

Async<Session::Outcome> Session::read_chunked_body(std::size_t limit, std::shared_ptr<BodyReader> reader) {
  bool in_pieces = false;
  if (!reader) parser_->body_limit(limit);
  parser_->eager(true);
  if (auto invited = co_await invite_body(); !invited) co_return invited;
  while (!parser_->is_done()) {
    if (buffer_.size() > 0) {
      const auto had = parser_->request.body.size();
      ErrorCode error;
      buffer_.consume(parser_->put(buffer_.data(), error));
      if (auto admitted = charge(parser_->request.body.size() - had); !admitted) co_return admitted;
      if (error && error != http::error::need_more) {
        ++state_->counters.malformed;
        co_return std::unexpected(parser_->refusal(error));
      }
      if (parser_->is_done()) break;
      if (reader && parser_->request.body.size() >= reader->piece_bytes()) {
        in_pieces = true;
        if (auto handed = co_await hand_piece(reader, false); !handed || response_) co_return handed;
      }
    }
    // A chunk's size line or trailer that fills the whole buffer.
    if (buffer_.size() == buffer_.max_size()) {
      ++state_->counters.malformed;
      co_return std::unexpected(parser_->refusal(http::error::header_limit));
    }
    const auto [error, bytes] = co_await wire_.read_some(buffer_.prepare(buffer_.max_size() - buffer_.size()));
    if (error) co_return std::unexpected(broken(error));
    buffer_.commit(bytes);
  }
  if (in_pieces) co_return co_await hand_piece(std::move(reader), true);
  co_return Outcome{};
}

/// What the handler holds of a piece counts as received until it wants the next one.
Async<Session::Outcome> Session::hand_piece(std::shared_ptr<BodyReader> reader, bool last) {
  if (state_->stopping && !last) co_return std::unexpected(Refusal{503, "the server is stopping; try again"});
  deadline_.clear();
  answered_ = false;
  read_whole_ = last;
  asio::post(*state_->workers,
             [state = state_, reader = std::move(reader), last, body = std::exchange(parser_->request.body, {}),
              answer = Answer(shared_from_this())]() mutable {
               try {
                 reader->take(std::move(body), last, Onward(std::move(answer)));
               } catch (const std::exception& thrown) {
                 state->report(thrown.what());
               }
             });
  if (!answered_ && !aborted_) co_await answered();
  discharge();
  if (aborted_) co_return std::unexpected(Refusal{});
  if (last && !response_) response_ = error_response(500, "internal error");
  deadline_.set(state_->options.limits.body_time);
  co_return Outcome{};
}

}  // namespace countersign::net

// One connection: reads a request's head, asks its body's limit, reads the body, has it handled, writes the answer,
// and again while the connection is kept. A coroutine on the loop's thread; kept alive by it and by open answers.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <expected>
#include <memory>
#include <optional>

#include "net/io/deadline.hpp"
#include "net/io/wire.hpp"
#include "net/server/request_parser.hpp"
#include "net/server/state.hpp"

namespace countersign::net {

/// How long a refused peer may go on sending before the connection is cut.
inline constexpr Duration linger_time = std::chrono::seconds(2);

inline constexpr Refusal too_much{503, "too much is being received at once; try again"};

class Session;

/// What a handler answers through, or asks for a body's next piece (nullopt). Dropped without a call it answers 500.
class Answer {
 public:
  explicit Answer(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  Answer(Answer&&) noexcept = default;
  Answer& operator=(Answer&&) = delete;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer();
  void operator()(std::optional<Response> response);

 private:
  std::shared_ptr<Session> session_;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<ServerState> state, Socket socket);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Serves until the connection ends. `self` keeps the session alive.
  static Async<void> run(std::shared_ptr<Session> self);

  /// The server is stopping: an idle connection is closed now, any other after its answer.
  void wind_down();
  /// Ends at once; an answer that comes later is dropped.
  void abort();
  /// The handler's answer. Any thread, once a request, and once a piece.
  static void deliver(std::shared_ptr<Session> self, std::optional<Response> response);

 private:
  using Outcome = std::expected<void, Refusal>;

  Async<bool> secure();
  Async<bool> serve_one();  // whether the connection can take another request
  Async<Outcome> read_head();
  Async<Outcome> read_body();
  Async<Outcome> read_sized_body(std::uint64_t length);
  Async<Outcome> read_chunked_body(std::size_t limit, std::shared_ptr<BodyReader> reader);
  Async<Outcome> hand_piece(std::shared_ptr<BodyReader> reader, bool last);
  Async<Outcome> invite_body();
  Async<void> answered();
  Async<bool> write(const Response& response, bool keep);
  Async<void> refuse(Refusal refusal);
  Async<void> linger();

  void call_handler();
  [[nodiscard]] bool is_small(const Request& request) const;
  static void hand_over(ServerState& state, Request request, Answer answer);
  void accept(std::optional<Response> response);
  Outcome charge(std::size_t bytes);
  void discharge();
  Refusal broken(const ErrorCode& error);

  std::shared_ptr<ServerState> state_;
  Wire wire_;
  Deadline deadline_;
  std::string peer_;
  boost::beast::flat_buffer buffer_;
  std::string head_;  // of the answer; kept for its memory
  std::optional<RequestParser> parser_;
  std::size_t charged_ = 0;

  bool served_ = false;  // past its first request
  bool head_read_ = false;
  bool idle_ = true;  // between requests
  bool timed_out_ = false;
  bool aborted_ = false;
  bool answered_ = false;   // by the handler, be it that it wants the next piece
  bool read_whole_ = true;  // nothing of the body is still to come
  std::optional<Response> response_;
  std::move_only_function<void()> resume_;  // the coroutine, while it waits for the answer
};

}  // namespace countersign::net

// One connection that only sends: handshake, then read, hand on, wait to be told to go on, and again. A coroutine on
// the loop's thread; kept alive by it and by the GoOn that is out.
#pragma once

#include <array>
#include <memory>

#include "net/io/deadline.hpp"
#include "net/io/wire.hpp"
#include "net/stream/state.hpp"

namespace countersign::net {

class StreamConnection : public std::enable_shared_from_this<StreamConnection> {
 public:
  StreamConnection(std::shared_ptr<StreamState> state, Socket socket, std::string address);
  ~StreamConnection();
  StreamConnection(const StreamConnection&) = delete;
  StreamConnection& operator=(const StreamConnection&) = delete;

  /// Until the connection ends. `self` keeps it alive.
  static Async<void> run(std::shared_ptr<StreamConnection> self);

  /// The listener is stopping: ends as soon as everything that has arrived is taken.
  void wind_down();
  /// Ends at once.
  void abort();

 private:
  Async<bool> secure();
  Async<bool> read_once();
  Async<void> permitted();
  void permit(bool yes);
  void turn_away(std::string_view why);
  /// Nothing has come that was not read.
  bool drained();

  std::shared_ptr<StreamState> state_;
  Wire wire_;
  Deadline deadline_;
  StreamPeer peer_;
  std::unique_ptr<StreamReader> reader_;
  std::array<char, 16 * 1024> buffer_;
  bool reading_ = false;  // waits for bytes
  bool timed_out_ = false;
  bool aborted_ = false;
  std::optional<bool> permission_;          // what GoOn said, while it has not been looked at
  std::move_only_function<void()> resume_;  // the coroutine, while it waits for that
};

}  // namespace countersign::net

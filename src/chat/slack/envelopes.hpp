// The envelopes under way and the last ones answered: an envelope is taken once, however often and over whichever
// socket it comes, and acknowledged to every socket that brought it. Owned by the scheduler's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace countersign::chat::slack {

class Envelopes {
 public:
  using Socket = std::uint64_t;
  enum class Seen { first, under_way, settled };

  /// Notes that `socket` brought it; one that is settled wants its acknowledgement at once.
  Seen note(const std::string& id, Socket socket);
  /// It is dealt with: the sockets that wait for its acknowledgement, each once.
  std::vector<Socket> settle(const std::string& id);
  /// It could not be dealt with: brought again it is new.
  void forget(const std::string& id);

 private:
  struct Entry {
    bool settled = false;
    std::vector<Socket> waiting = {};
  };
  static constexpr std::size_t most = 4096;  // a click brought again after so many others is only told to be too late
  static constexpr std::size_t most_waiting = 16;

  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::string> order_;
};

}  // namespace countersign::chat::slack

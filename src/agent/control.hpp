// The local socket: people at the host ask a line, get lines. Root, the agent's own user and one group may; anyone else
// is refused, whatever the file's mode says. Bounded in connections, in a question's length and in what waits to be
// read. Lives on the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/result.hpp"
#include "net/loop.hpp"

namespace countersign::agent {

/// DIRECTORY/control.sock
std::string control_path(const std::string& directory);

class Control {
 public:
  /// What answers a question; lines end in LF. "watch" is the socket's own.
  using Answer = std::function<std::string(std::string_view question)>;

  Control(net::Loop& loop, Answer answer);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  /// `group` empty: none. Fault::invalid for a group that isn't there.
  Result<void> open(const std::string& path, const std::string& group);
  /// A line for everyone who watches; who doesn't read fast enough misses lines, and is told how many.
  void publish(std::string_view line);

 private:
  struct Peer {
    std::string question;
    bool watches = false;
    std::uint64_t missed = 0;
  };
  void accept();
  void read(int descriptor);
  void close(int descriptor);
  [[nodiscard]] bool may_ask(int descriptor) const;

  net::Loop& loop_;
  const Answer answer_;
  int socket_ = -1;
  std::int64_t group_ = -1;
  std::map<int, Peer> peers_;
};

}  // namespace countersign::agent

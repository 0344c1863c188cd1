// When a witness was watching: spans that begin when its probes are in place and grow with every look at it, until it
// ends or the agent does. Kept on disk, so that after a crash it is known how far the agent had looked. One thread.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "agent/spool/slots.hpp"
#include "base/time.hpp"

namespace countersign::agent {

struct Span {
  Timestamp from{}, until{};
  std::string boot_id;
  std::string why;  // why it begins where it does, for the reader of the gap before it
};

class Spans {
 public:
  /// A span that was open when the agent ended is closed at the last look that reached the disk.
  static Result<Spans> open(const std::string& path);

  [[nodiscard]] bool empty() const { return spans_.empty(); }
  [[nodiscard]] const Span& oldest() const { return spans_.front(); }
  [[nodiscard]] const Span& newest() const { return spans_.back(); }
  /// True where the oldest span is the one that still grows.
  [[nodiscard]] bool oldest_is_open() const { return open_ && spans_.size() == 1; }
  [[nodiscard]] bool is_open() const { return open_; }

  void begin(Span span);
  void end() { open_ = false; }
  /// The open span reaches so far; back in time is ignored.
  void reach(Timestamp until);
  void forget_oldest();
  /// What is written without sync survives the agent's death, not the machine's.
  Result<void> save(bool synced);

 private:
  explicit Spans(Slots slots) : slots_(std::move(slots)) {}
  Slots slots_;
  std::deque<Span> spans_;  // oldest first
  bool open_ = false;       // the newest grows
};

}  // namespace countersign::agent

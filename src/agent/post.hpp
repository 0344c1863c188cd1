// A witness at its post: looked at whenever it has something, or by the clock, and what it saw goes into its stream.
// What keeps it from watching is said once, and reported as blindness. Lives on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/stream.hpp"
#include "agent/witness/witness.hpp"
#include "base/clock.hpp"
#include "net/loop.hpp"

namespace countersign::agent {

class Post {
 public:
  struct Events {
    std::function<void(Stream&, bool logins)> fresh;  // the stream has something new
    std::function<void(const std::vector<Spooled>&)> seen;
    std::function<void(const std::string&)> tell;
  };

  /// `clock` and `loop` outlive it.
  Post(std::unique_ptr<Witness> witness, Stream stream, net::Loop& loop, const Clock& clock, Events events);
  ~Post();
  Post(const Post&) = delete;
  Post& operator=(const Post&) = delete;

  /// Begins to watch; tried again later where it may come.
  void open();
  /// All that waits, into the stream. Nothing where it doesn't watch.
  void look();
  /// A sighting that isn't the witness's own: what became of a request.
  void add(Spooled sighting);
  /// The last look; nothing is watched any more.
  void close();

  [[nodiscard]] bool watching() const { return watching_; }
  [[nodiscard]] bool by_clock() const { return witness_->descriptor() < 0; }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }  // why it doesn't watch
  [[nodiscard]] Stream& stream() { return stream_; }

 private:
  void blind(const std::string& why);
  void unwatch();

  const std::unique_ptr<Witness> witness_;
  Stream stream_;
  net::Loop& loop_;
  const Clock& clock_;
  const Events events_;
  bool watching_ = false;
  int watched_ = -1;  // the descriptor the loop watches
  std::string trouble_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // timers look at it
};

}  // namespace countersign::agent

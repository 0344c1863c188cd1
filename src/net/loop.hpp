// The event loop and its timers: one thread runs it, the others post to it. Hides Asio's io_context.
#pragma once

#include <functional>
#include <memory>

#include "base/time.hpp"

namespace countersign::net {

class Loop {
 public:
  using Task = std::move_only_function<void()>;

  Loop();
  ~Loop();

  /// Runs until stop(), on the calling thread.
  void run();
  /// Safe from any thread.
  void stop();
  /// Runs `task` on the loop's thread, later. Safe from any thread.
  void post(Task task);
  /// Runs `task` on the loop's thread after `delay`. Safe from any thread; forgotten when the loop stops.
  void after(Duration delay, Task task);
  /// Calls `handler` on the loop's thread for each of these signals (SIGTERM, SIGINT, SIGHUP), until the loop ends.
  void on_signal(std::initializer_list<int> signals, std::function<void(int)> handler);
  /// Calls `handler` on the loop's thread whenever the descriptor has something to read, until unwatch(), which must
  /// come before it is closed. Both on the loop's thread, or before run().
  void watch(int descriptor, std::function<void()> handler);
  void unwatch(int descriptor);

  struct Impl;  // src/net alone sees inside
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::net

// The event loop as the use cases see it. As safe as net::Loop: any thread.
#pragma once

#include "app/scheduler.hpp"
#include "net/loop.hpp"

namespace countersign::cli {

class LoopScheduler final : public app::Scheduler {
 public:
  explicit LoopScheduler(net::Loop& loop) : loop_(loop) {}
  void post(Task task) override { loop_.post(std::move(task)); }
  void after(Duration delay, Task task) override { loop_.after(delay, std::move(task)); }

 private:
  net::Loop& loop_;
};

}  // namespace countersign::cli

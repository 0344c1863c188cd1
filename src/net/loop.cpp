#include "net/loop.hpp"

#include <boost/asio/dispatch.hpp>
#include <utility>

#include "net/io/loop_impl.hpp"

namespace countersign::net {

namespace {

void wait_for_signal(asio::signal_set& set, std::function<void(int)> handler) {
  set.async_wait([&set, handler = std::move(handler)](ErrorCode error, int signal) {
    if (error) return;
    handler(signal);
    wait_for_signal(set, handler);
  });
}

}  // namespace

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::run() {
  impl_->context.run();
}
void Loop::stop() {
  impl_->context.stop();
}

void Loop::post(Task task) {
  asio::post(impl_->executor(), std::move(task));
}

void Loop::after(Duration delay, Task task) {
  // The point in time is taken now: a busy loop must not add to the delay.
  const auto at = std::chrono::steady_clock::now() + delay;
  asio::dispatch(impl_->executor(), [executor = impl_->executor(), at, task = std::move(task)]() mutable {
    auto timer = std::make_unique<Timer>(executor, at);
    auto& waiting = *timer;
    waiting.async_wait([timer = std::move(timer), task = std::move(task)](ErrorCode error) mutable {
      if (!error) task();
    });
  });
}

void Loop::on_signal(std::initializer_list<int> signals, std::function<void(int)> handler) {
  auto& set = *impl_->signals.emplace_back(std::make_unique<asio::signal_set>(impl_->context));
  for (const int signal : signals)
    set.add(signal);
  wait_for_signal(set, std::move(handler));
}

}  // namespace countersign::net

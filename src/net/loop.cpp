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

void wait_for_input(const std::shared_ptr<asio::posix::stream_descriptor>& descriptor, std::function<void()> handler) {
  auto& waiting = *descriptor;
  waiting.async_wait(asio::posix::stream_descriptor::wait_read,
                     [descriptor, handler = std::move(handler)](ErrorCode error) {
                       if (error || !descriptor->is_open()) return;
                       handler();
                       if (descriptor->is_open()) wait_for_input(descriptor, handler);
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

void Loop::watch(int descriptor, std::function<void()> handler) {
  auto& watched = impl_->watched[descriptor];
  watched = std::make_shared<asio::posix::stream_descriptor>(impl_->context, descriptor);
  wait_for_input(watched, std::move(handler));
}

void Loop::unwatch(int descriptor) {
  const auto found = impl_->watched.find(descriptor);
  if (found == impl_->watched.end()) return;
  found->second->release();
  impl_->watched.erase(found);
}

}  // namespace countersign::net

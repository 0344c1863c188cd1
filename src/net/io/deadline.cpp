#include "net/io/deadline.hpp"

#include <algorithm>
#include <utility>

namespace countersign::net {

void Deadline::start(std::weak_ptr<void> owner, std::function<void()> expired) {
  owner_ = std::move(owner);
  expired_ = std::move(expired);
  sleep();
}

void Deadline::stop() {
  expired_ = nullptr;
  timer_.cancel();
}

void Deadline::sleep() {
  timer_.expires_at(std::min(at_, Steady::now() + tick_));
  timer_.async_wait([this, owner = owner_](ErrorCode error) {
    const auto alive = owner.lock();  // this object is part of it
    if (error || !alive || !expired_) return;
    if (Steady::now() >= at_) {
      clear();
      expired_();
    }
    if (expired_) sleep();
  });
}

}  // namespace countersign::net

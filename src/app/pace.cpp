#include "app/pace.hpp"

#include <algorithm>

#include "core/pager.hpp"

namespace countersign::app {

bool Pace::unpaced(std::string_view target) const {
  return settings_.every <= Duration::zero() || core::is_pager(target);
}

Timestamp Pace::full_again(std::string_view target) const {
  const auto found = full_again_.find(target);
  return found == full_again_.end() ? started_ + settings_.every * std::max<std::int64_t>(settings_.at_once - 2, 0)
                                    : found->second;
}

Room Pace::room(std::string_view target, Timestamp now) const {
  if (unpaced(target)) return {};
  const std::lock_guard lock(mutex_);
  const auto owed = full_again(target);
  const auto from = owed - settings_.every * (settings_.at_once - 1);
  const auto wait = std::max(owed - std::max(now, from), Duration::zero());
  const auto spent = (wait + settings_.every - Duration(1)) / settings_.every;
  return {from, static_cast<std::size_t>(std::max<std::int64_t>(settings_.at_once - spent, 1)), settings_.together};
}

void Pace::spend(std::string_view target, Timestamp now) {
  if (unpaced(target)) return;
  const std::lock_guard lock(mutex_);
  const auto again = std::max(full_again(target), now) + settings_.every;
  full_again_.insert_or_assign(std::string(target), again);
  if (full_again_.size() < tidy_at_) return;
  // One that has all its room back is as good as one never seen, once that long has passed since the start.
  if (now - started_ > settings_.every * settings_.at_once)
    std::erase_if(full_again_, [now](const auto& one) { return one.second <= now; });
  tidy_at_ = std::max<std::size_t>(1000, full_again_.size() * 2);
}

void Pace::hold(std::string_view target, Timestamp until) {
  if (unpaced(target)) return;
  const std::lock_guard lock(mutex_);
  const auto again = std::max(full_again(target), until + settings_.every * (settings_.at_once - 1));
  full_again_.insert_or_assign(std::string(target), again);
}

}  // namespace countersign::app

// The newest keys that were seen, at most `most` of them. Safe for concurrent access.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <unordered_set>

namespace countersign::chat::slack {

class Seen {
 public:
  explicit Seen(std::size_t most) : most_(most) {}

  /// True the first time, as long as it is remembered.
  bool first(const std::string& key) {
    const std::lock_guard lock(mutex_);
    if (!keys_.insert(key).second) return false;
    order_.push_back(key);
    if (order_.size() > most_) {
      keys_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  std::deque<std::string> order_;         // guarded by mutex_
  std::unordered_set<std::string> keys_;  // guarded by mutex_
};

}  // namespace countersign::chat::slack

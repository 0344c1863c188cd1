#include "chat/slack/envelopes.hpp"

#include <algorithm>
#include <utility>

namespace countersign::chat::slack {

Envelopes::Seen Envelopes::note(const std::string& id, Socket socket) {
  const auto [at, first] = entries_.try_emplace(id);
  auto& entry = at->second;
  if (entry.settled) return Seen::settled;
  if (entry.waiting.size() < most_waiting &&
      std::find(entry.waiting.begin(), entry.waiting.end(), socket) == entry.waiting.end())
    entry.waiting.push_back(socket);
  if (!first) return Seen::under_way;
  order_.push_back(id);
  if (order_.size() > most) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
  return Seen::first;
}

std::vector<Envelopes::Socket> Envelopes::settle(const std::string& id) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return {};
  at->second.settled = true;
  return std::exchange(at->second.waiting, {});
}

void Envelopes::forget(const std::string& id) {
  if (const auto at = entries_.find(id); at != entries_.end() && !at->second.settled) {
    entries_.erase(at);
    std::erase(order_, id);
  }
}

}  // namespace countersign::chat::slack

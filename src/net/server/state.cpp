#include "net/server/state.hpp"

#include <ctime>

namespace countersign::net {

void ServerState::add(Session* session) {
  sessions.insert(session);
  ++counters.accepted;
  counters.open = sessions.size();
}

void ServerState::remove(Session* session) {
  sessions.erase(session);
  counters.open = sessions.size();
  tell_if_empty();
}

void ServerState::tell_if_empty() {
  if (!stopping || !sessions.empty() || closed) return;
  for (auto& task : when_empty)
    asio::post(loop.executor(), std::move(task));
  when_empty.clear();
}

void ServerState::report(std::string_view what) const {
  if (options.on_exception) options.on_exception(what);
}

std::string_view ServerState::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[40];
    // The C locale's names: the program never calls setlocale.
    date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc));
    date_second_ = now;
  }
  return date_;
}

}  // namespace countersign::net

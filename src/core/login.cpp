#include "core/login.hpp"

#include "base/text.hpp"

namespace countersign::core {
namespace {

/// Takes the first word off a list of them.
std::string_view take_kind(std::string_view& words) {
  const auto end = words.find(' ');
  const auto word = words.substr(0, end);
  words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
  return word;
}

}  // namespace

bool is_login(std::string_view action, std::string_view kinds) {
  while (!kinds.empty())
    if (glob(take_kind(kinds), action)) return true;
  return false;
}

std::string login_query() {
  std::string query;
  for (auto kinds = login_kinds; !kinds.empty();) {
    query += query.empty() ? "(event.action=" : " OR event.action=";
    query += take_kind(kinds);
  }
  return query + ")";
}

bool is_ssh_login(const Event& event) {
  return event.action == "ssh_login" && event.outcome != "failure";
}

}  // namespace countersign::core

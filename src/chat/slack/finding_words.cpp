#include "chat/slack/finding_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "chat/slack/text.hpp"

namespace countersign::chat::slack {
namespace {

constexpr std::string_view finding_prefix = "finding_";
constexpr std::size_t kind_limit = 60;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kinds_known{{
    {"missing_log", "a login that no log tells of"},
    {"missing_kernel", "a logged login that the kernel did not see"},
    {"mismatch", "the witnesses differ on a login"},
    {"accounts_differ", "accounts of one login differ"},
    {"agent_silent", "an agent is silent"},
    {"agent_conflict", "an agent's batches contradict each other"},
    {"agent_clone", "one agent in two places"},
    {"agent_second", "two agents for one host"},
}};

/// Kinds are ours, of lower case and '_'; anything else is none.
bool well_formed(std::string_view kind) {
  return !kind.empty() && kind.size() <= kind_limit &&
         std::ranges::all_of(kind, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

std::string finding_kind(const app::OwedMessage& message) {
  if (message.approval.kind != "finding" || message.events.empty()) return {};
  const std::string_view action = message.events.front().event.action;
  if (!action.starts_with(finding_prefix)) return {};
  const auto kind = action.substr(finding_prefix.size());
  const auto* row = std::ranges::find(kinds_known, kind, &std::pair<std::string_view, std::string_view>::first);
  if (row != kinds_known.end()) return std::string(row->second);
  if (!well_formed(kind)) return {};
  std::string words(kind);
  std::ranges::replace(words, '_', ' ');
  return words;
}

std::string finding_line(const std::string& kind, const app::OwedMessage& message, std::size_t count) {
  const auto& event = message.events.front().event;
  const bool one_user =
      std::ranges::all_of(message.events, [&](const app::StoredEvent& e) { return e.event.user == event.user; });
  const bool one_host =
      std::ranges::all_of(message.events, [&](const app::StoredEvent& e) { return e.event.host == event.host; });
  auto line = "*" + capital(kind) + "*";
  if (count > 1) line += fmt::format(", {} times", count);
  const auto user = event.user.empty() ? std::string() : one_user ? code(event.user) : "several accounts";
  const auto host = event.host.empty() ? std::string() : one_host ? code(event.host) : "several hosts";
  if (!user.empty() || !host.empty()) line += ": ";
  line += user;
  if (!host.empty()) line += user.empty() ? host : " on " + host;
  return line;
}

}  // namespace countersign::chat::slack

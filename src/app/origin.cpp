#include "app/origin.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "core/host_name.hpp"

namespace countersign::app {
namespace {

constexpr auto longest_session = std::chrono::hours(24);
constexpr std::string_view to_them = ", where you have ";

/// The unix accounts that are theirs on that host.
std::set<std::string> accounts_on(const std::string& host, const core::Directory& directory, const core::Event& event,
                                  const core::Attribution& attribution) {
  std::set<std::string> users{event.user};
  if (const auto* person = directory.person(attribution.person))
    for (const auto& account : person->accounts)
      if (core::host_glob(account.host, host)) users.insert(account.user);
  return users;
}

std::string words_of(const Origin& origin, const core::Event& event, const core::Attribution& attribution) {
  const auto host = one_line(origin.host, 120);
  if (!origin.user.empty()) return fmt::format("from {}, out of {}'s session there", host, one_line(origin.user, 120));
  const auto* which = origin.session ? "a" : "no";
  if (attribution.person.empty())
    return fmt::format("from {}, where {} has {} session", host, one_line(event.user, 120), which);
  return fmt::format("from {}{}{} session", host, to_them, which);
}

/// By what that host's kernel saw leave it.
Result<std::optional<Origin>> by_connection(Ledger& ledger, const Policy& policy, const core::Event& event,
                                            const core::Attribution& attribution) {
  if (!event.port || event.address.empty()) return std::nullopt;
  const auto out = ledger.connection_out(event.address, *event.port, event.time - policy.match_window,
                                         event.time + policy.match_window);
  if (!out) return std::unexpected(out.error());
  if (!*out || (*out)->host == event.host) return std::nullopt;
  const auto& made = **out;
  Origin origin{made.host, {}, {}, {}};
  if (made.pid) {
    const auto session =
        ledger.session_of_process(made.host, made.user, *made.pid, made.time - longest_session, made.time);
    if (!session) return std::unexpected(session.error());
    origin.session = session->value_or(Id{});
  }
  if (!accounts_on(made.host, policy.directory, event, attribution).contains(made.user)) origin.user = made.user;
  return origin;
}

/// By its client's address, which is declared as a host's.
Result<std::optional<Origin>> by_address(Ledger& ledger, const Policy& policy, const core::Event& event,
                                         const core::Attribution& attribution) {
  const auto* host = event.address.empty() ? nullptr : policy.directory.host(event.address);
  if (!host || host->name == event.host) return std::nullopt;
  Origin origin{host->name, {}, {}, {}};
  for (const auto& user : accounts_on(host->name, policy.directory, event, attribution)) {
    const auto session = ledger.session_of(host->name, user, event.time - longest_session, event.time);
    if (!session) return std::unexpected(session.error());
    origin.session = std::max(origin.session, session->value_or(Id{}));
  }
  return origin;
}

/// The words that an earlier look added.
std::string earlier_words(const core::Event& event, std::string_view news) {
  const auto host = core::field(event, "via.host");
  if (host.empty()) return "";
  const auto at = news.rfind(fmt::format("from {}, ", one_line(host, 120)));
  return at == std::string_view::npos ? "" : std::string(news.substr(at));
}

}  // namespace

Result<std::optional<Origin>> origin_of(Ledger& ledger, const Policy& policy, const core::Event& event,
                                        const core::Attribution& attribution) {
  auto origin = by_connection(ledger, policy, event, attribution);
  if (origin && !*origin) origin = by_address(ledger, policy, event, attribution);
  if (origin && *origin) (*origin)->words = words_of(**origin, event, attribution);
  return origin;
}

bool set_origin(StoredEvent& login, const Origin& origin) {
  auto& event = login.event;
  const auto before = earlier_words(event, login.news);
  const auto session = origin.session ? to_text(origin.session) : std::string();
  if (before == origin.words && core::field(event, "via.session") == session) return false;
  login.news.resize(login.news.size() - before.size());
  if (login.news.ends_with("; ")) login.news.resize(login.news.size() - 2);
  login.news += (login.news.empty() ? "" : "; ") + origin.words;
  std::erase_if(event.more, [](const auto& field) { return field.first.starts_with("via."); });
  core::set_field(event, "via.host", origin.host);
  if (!session.empty()) core::set_field(event, "via.session", session);
  if (!origin.user.empty()) core::set_field(event, "via.user", origin.user);
  return true;
}

Result<void> trace_late(Ledger& ledger, const Policy& policy, const core::Event& out, Timestamp now) {
  const auto* host = policy.directory.host(core::field(out, "destination.ip"));
  if (!host || !out.port) return {};
  core::Event wanted;
  wanted.host = host->name;
  wanted.action = "ssh_login";
  wanted.address = out.address;
  wanted.port = out.port;
  wanted.time = out.time;
  auto logins = ledger.near(wanted, policy.match_window, false);
  if (!logins) return std::unexpected(logins.error());
  for (auto& login : *logins) {
    const auto origin = origin_of(ledger, policy, login.event, policy.directory.attribute(login.event));
    if (!origin) return std::unexpected(origin.error());
    if (!*origin || !set_origin(login, **origin)) continue;
    if (auto written = ledger.traced(login); !written) return written;
    if (login.approval)
      if (auto revised = ledger.revise_messages(login.approval, now, false); !revised) return revised;
  }
  return {};
}

std::string news_for_others(std::string news, std::string_view person) {
  if (const auto at = news.find(to_them); at != std::string::npos)
    news.replace(at, to_them.size(), fmt::format(", where {} has ", one_line(person, 120)));
  return news;
}

}  // namespace countersign::app

#include "web/words.hpp"

#include <fmt/chrono.h>

#include <algorithm>

#include "base/text.hpp"
#include "core/event_words.hpp"

namespace countersign::web {
namespace {

constexpr std::size_t longest = 120;  // of one name among others

std::string span_words(Duration span) {
  using namespace std::chrono;
  if (span < hours(1)) return fmt::format("{} min", duration_cast<minutes>(span).count());
  if (span < hours(48)) return fmt::format("{} h", duration_cast<hours>(span).count());
  return fmt::format("{} days", duration_cast<hours>(span).count() / 24);
}

}  // namespace

std::string utc_words(Timestamp at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  return fmt::format("{:%d %b %Y, %H:%M:%S} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

std::string ago(Timestamp at, Timestamp now) {
  constexpr auto moment = std::chrono::minutes(1);
  if (at > now + moment) return "in " + span_words(at - now);
  return now - at < moment ? "just now" : span_words(now - at) + " ago";
}

std::string method_words(const core::Event& event) {
  if (!event.certificate.empty()) return "Certificate " + one_line(event.certificate, longest);
  if (event.method == "publickey")
    return event.key_type.empty() ? "Public key" : "Public key, " + one_line(event.key_type, longest);
  if (event.method == "password") return "Password";
  if (event.method == "keyboard-interactive/pam") return "Keyboard-interactive (PAM)";
  return one_line(event.method, longest);
}

std::string deed_words(const core::Event& event) {
  const auto host = event.host.empty() ? std::string() : one_line(event.host, longest);
  if (event.action == "ssh_login")
    return (event.outcome == "failure" ? "failed to log in" : "logged in") + (host.empty() ? "" : " to " + host);
  constexpr std::string_view finding = "finding_";
  if (event.action.starts_with(finding)) {
    auto kind = one_line(std::string_view(event.action).substr(finding.size()), longest);
    std::ranges::replace(kind, '_', ' ');
    return host.empty() ? kind : kind + " on " + host;
  }
  const auto* known = core::words_of_action(event.action);
  auto action = known != nullptr       ? fmt::format("– {}", known->noun)  // behind the name of who did it
                : event.action.empty() ? std::string("did something")
                                       : one_line(event.action, longest);
  if (const auto as = core::field(event, "user.effective.name"); !as.empty()) action += " as " + one_line(as, longest);
  return host.empty() ? action : action + " on " + host;
}

std::string origin_words(const core::Event& event) {
  if (event.address.empty()) return {};
  const auto address = one_line(event.address, longest);
  return event.port ? fmt::format("{} port {}", address, *event.port) : address;
}

std::string decision_words(const core::Decision& decision) {
  const auto by = one_line(decision.by, longest);
  switch (decision.act) {
    case core::Act::approve:
      return "Approved by " + by + (decision.settles ? "" : ", one more is needed");
    case core::Act::deny:
      return "Denied by " + by;
    case core::Act::wrong_person:
      return "Not mine, says " + by;
    case core::Act::revise:
      return "Revised by " + by;
  }
  return by;
}

std::string via_words(const std::string& via) {
  if (via == "slack") return "through Slack";
  if (via == "inbox") return "in the inbox";
  if (via == "api") return "through the API";
  if (via == "cli") return "on the command line";
  return via.empty() ? std::string() : "through " + one_line(via, longest);
}

}  // namespace countersign::web

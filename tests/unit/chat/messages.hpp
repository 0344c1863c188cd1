// Owed messages for tests: a login of Oswaldo's, and ways to vary it. Pure.
#pragma once

#include <string>

#include "app/chat.hpp"

namespace countersign::test {

inline constexpr std::int64_t noon = 1795176000;  // 2026-11-20T12:00:00Z

inline Timestamp at(std::int64_t seconds) {
  return Timestamp(std::chrono::seconds(seconds));
}

inline app::StoredEvent login(std::int64_t id, const std::string& host = "bastion", std::int64_t port = 51234) {
  app::StoredEvent out;
  out.id = Id{id};
  out.event.time = at(noon + id);
  out.event.action = "ssh_login";
  out.event.outcome = "success";
  out.event.host = host;
  out.event.user = "oswaldo";
  out.event.address = "203.0.113.7";
  out.event.port = port;
  out.event.method = "publickey";
  out.event.key_type = "ED25519";
  out.event.key = "SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG";
  return out;
}

/// Asked of Oswaldo, in his own messages.
inline app::OwedMessage asked(std::size_t events = 1) {
  app::OwedMessage out;
  out.notification.id = Id{7};
  out.notification.approval = Id{6};
  out.notification.purpose = "ask";
  out.notification.to = "Oswaldo";
  out.notification.created_at = at(noon + 2);
  out.approval.id = Id{6};
  out.approval.person = out.approval.subject = out.approval.addressed_to = "Oswaldo";
  out.approval.created_at = at(noon + 2);
  for (std::size_t i = 0; i < events; ++i) {
    out.events.push_back(
        login(static_cast<std::int64_t>(i), i % 2 == 0 ? "bastion" : "web1", 51234 + static_cast<std::int64_t>(i)));
    out.approval.events.push_back({out.events.back().id, core::ApprovalState::pending});
  }
  out.button = "opaque-button-value";
  out.recipient = "U0OSWALDO";
  return out;
}

/// The same in the security channel.
inline app::OwedMessage in_channel(const std::string& purpose, std::size_t events = 1) {
  auto out = asked(events);
  out.notification.purpose = purpose;
  out.notification.to = core::security_channel;
  out.recipient = "C0SECURITY";
  return out;
}

inline app::OwedMessage decided(app::OwedMessage out, core::Act act, const std::string& by, const std::string& reason) {
  core::Decision decision;
  decision.by = by;
  decision.act = act;
  decision.at = at(noon + 90);
  decision.via = "slack";
  decision.reason = reason;
  decision.settles = act != core::Act::wrong_person;
  out.approval.decisions.push_back(decision);
  if (act == core::Act::wrong_person) return out;
  out.approval.state = act == core::Act::deny ? core::ApprovalState::denied : core::ApprovalState::approved;
  for (auto& event : out.events)
    event.state = out.approval.state;
  out.button.clear();
  return out;
}

}  // namespace countersign::test

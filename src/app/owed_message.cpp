#include "app/owed_message.hpp"

#include <algorithm>

#include "app/origin.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace countersign::app {
namespace {

/// A denial told to the security team: it offers to end the session.
bool is_alarm(const Claim& claim) {
  return claim.notification.purpose == "denial" && claim.notification.to == core::security_channel;
}

/// Buttons are shown while something under them can still be done, and never on what is only told.
bool wants_button(const Claim& claim, const Containable& containable) {
  const auto& purpose = claim.notification.purpose;
  if (is_alarm(claim)) return !containable.sessions.empty();
  if (!claim.approval.id || purpose == "notice" || purpose == "denial") return false;
  // What was said in somebody's name they can take back for as long as it stands.
  if (purpose == "receipt")
    return claim.notification.to == claim.approval.subject &&
           std::ranges::find(claim.approval.events, core::ApprovalState::approved, &core::Asked::state) !=
               claim.approval.events.end();
  // A rerouted approval is decided through the channel's messages only.
  if (claim.notification.to != core::security_channel && claim.notification.to != claim.approval.person) return false;
  return claim.approval.state == core::ApprovalState::pending;
}

/// Good for what the message shows: an alarm's for the sessions it names, any other for all events it asks about.
Button button_of(const Claim& claim, const Containable& containable, std::string_view value) {
  Button button{crypto::sha256(value), claim.notification.id, claim.approval.id, {}, claim.notification.to};
  if (is_alarm(claim)) {
    for (const auto& session : containable.sessions)
      button.events.push_back(session.event);
    return button;
  }
  for (const auto& asked : claim.approval.events)
    button.events.push_back(asked.event);
  return button;
}

}  // namespace

Result<OwedMessage> owed_message(Ledger& ledger, Random& random, const Claim& claim, Timestamp now) {
  const bool tried = claim.fence > 1 && claim.notification.remote_message.empty();
  OwedMessage message{claim.notification, claim.approval, claim.events, {}, {}, tried};
  if (claim.notification.to != claim.approval.subject)
    for (auto& event : message.events)
      event.news = news_for_others(std::move(event.news), claim.approval.subject);
  message.thread_channel = claim.thread_channel;
  message.thread_message = claim.thread_message;
  if (is_alarm(claim)) {
    auto found = containable(ledger, claim.approval, now);
    if (!found) return std::unexpected(found.error());
    message.containable = *std::move(found);
  }
  if (wants_button(claim, message.containable)) {
    message.button = crypto::make_token(random);
    if (auto added = ledger.add(button_of(claim, message.containable, message.button)); !added)
      return std::unexpected(added.error());
  }
  for (const auto& other : claim.others) {
    auto shown = owed_message(ledger, random, other, now);
    if (!shown) return shown;
    message.tried |= shown->tried;
    message.others.push_back(*std::move(shown));
  }
  return message;
}

}  // namespace countersign::app

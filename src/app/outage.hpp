// Says by the pagers that the chat takes no messages: once when the oldest has waited longer than page_after_outage,
// once when it is over. What was told stands in the store, so a restart neither forgets nor doubles it.
#pragma once

#include <string>

#include "app/rounds.hpp"

namespace countersign::app {

/// An outage that the pagers were told of.
struct ToldOutage {
  Timestamp since{}, told{};  // when the oldest message was owed; when the pagers were told
  Id first;                   // that message
};

enum class OutageTurn { none, begins, ends };

/// Whether there is something to tell. Pure. It begins only where a delivery failed: messages of a time when nobody
/// ran are merely late. It ends only where a message went through since (`taken`): nothing waits, too, when somebody
/// decided everything by another way, and that says nothing about the chat.
OutageTurn turn_of(const Backlog& backlog, const std::optional<ToldOutage>& told, bool taken,
                   Duration page_after_outage, Timestamp now);

/// A round; `chat` is the chat's name in sentences: "Slack".
Rounds::Round outage_round(std::string chat);

/// Between two rounds, and before the first, so that the outbox has its chance.
Duration outage_rest(const core::Schedule& schedule);

}  // namespace countersign::app

#include "chat/slack/in_time.hpp"

#include <atomic>
#include <memory>

#include "chat/slack/json.hpp"
#include "chat/slack/modal.hpp"

namespace countersign::chat::slack {
namespace {

struct Pending {
  Surfaces::Answer answer;
  std::atomic<bool> answered{false};
};

/// What stands for the answer that did not come in time.
nlohmann::json meanwhile(const Envelope& envelope) {
  constexpr const char* slow = "This takes longer than it should: try again in a moment.";
  if (envelope.type == "slash_commands") return {{"response_type", "ephemeral"}, {"text", slow}};
  if (string_at(envelope.payload, {"type"}) == "view_submission") return refused_below(slow);
  return nullptr;
}

}  // namespace

void InTime::operator()(const Envelope& envelope, Surfaces::Answer answer) const {
  const auto pending = std::make_shared<Pending>();
  pending->answer = std::move(answer);
  scheduler_.after(patience, [pending, said = meanwhile(envelope)]() mutable {
    if (!pending->answered.exchange(true)) pending->answer(true, std::move(said));
  });
  Result<Click> click = fail(Fault::invalid, "no click");
  if (envelope.type == "interactive") click = click_of(envelope.payload);
  hear_(envelope, [pending, tell = tell_, click = std::move(click)](bool stored, nlohmann::json body) {
    if (!pending->answered.exchange(true)) return pending->answer(stored, std::move(body));
    if (!stored && click && !click->action.empty())
      tell(*click, "That could not be stored, so nothing is decided: click again.");
  });
}

}  // namespace countersign::chat::slack

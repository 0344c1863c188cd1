#include "chat/slack/surfaces.hpp"

#include "chat/slack/elements.hpp"
#include "chat/slack/expect_form.hpp"
#include "chat/slack/json.hpp"

namespace countersign::chat::slack {
namespace {

using nlohmann::json;

constexpr std::size_t longest_challenge = 1000;

bool ours(Fault fault) {
  return fault == Fault::overloaded || fault == Fault::unavailable || fault == Fault::internal;
}

/// What a form shows below its field where it could not be taken.
json kept_open(const Error& error) {
  return refused_below(ours(error.fault) ? "That could not be stored: try again." : told(error));
}

}  // namespace

Surfaces::Surfaces(Parts parts) : parts_(std::move(parts)) {
  parts_.clicks.follow_with([this](const Click& click, core::Act act, const Result<core::Outcome>& outcome) {
    return follow(click, act, outcome);
  });
}

void Surfaces::hear(const Envelope& envelope, Answer answer) {
  if (envelope.type == "interactive") return interact(envelope.payload, std::move(answer));
  if (envelope.type == "slash_commands") return command(envelope.payload, std::move(answer));
  if (envelope.type == "events_api") return event(envelope.payload, std::move(answer));
  answer(true, nullptr);
}

void Surfaces::interact(const json& payload, Answer answer) {
  if (string_at(payload, {"type"}) == "view_submission") {
    if (string_at(payload, {"view", "callback_id"}) == expect_callback) return announced(payload, std::move(answer));
    auto submission = read_submission(payload);
    if (!submission) return answer(true, refused_below(submission.error().message));
    return submitted(*std::move(submission), std::move(answer));
  }
  auto click = click_of(payload);
  if (!click) return answer(true, nullptr);
  if (click->type == "block_actions" && click->action == "take") return taken(*click, std::move(answer));
  if (click->type == "block_actions" && click->action == "contain") return contain(*click, std::move(answer));
  if (click->type == "block_actions" && click->action == "end_expected") return end_expected(*click, std::move(answer));
  if (click->type == "block_actions" && click->action == "reason") {
    answer(true, nullptr);
    return open_reason(*click, add_reason, [this, click = *click] {
      parts_.clicks.tell(click, "The form could not be opened: try again.");
    });
  }
  parts_.clicks.take(*std::move(click),
                     [answer = std::move(answer)](bool settled) mutable { answer(settled, nullptr); });
}

void Surfaces::taken(const Click& click, Answer answer) {
  auto actor = parts_.clicks.who(click.user);
  if (!actor) {
    answer(true, nullptr);
    return parts_.clicks.tell(click, "Only the security team can take this.");
  }
  parts_.take.by_button(click.value, *std::move(actor), "slack",
                        [this, click, answer = std::move(answer)](Result<Timestamp> until) mutable {
                          const bool stored = until || !ours(until.error().fault);
                          answer(stored, nullptr);
                          if (!until && stored) parts_.clicks.tell(click, told(until.error()));
                        });
}

/// What the agent does is shown by the message itself.
void Surfaces::contain(const Click& click, Answer answer) {
  auto actor = parts_.clicks.who(click.user);
  if (!actor) {
    answer(true, nullptr);
    return parts_.clicks.tell(click, "Only the security team can end a session.");
  }
  parts_.contain.by_button(click.value, *std::move(actor), "slack",
                           [this, click, answer = std::move(answer)](Result<app::Contained> asked) mutable {
                             const bool stored = asked || !ours(asked.error().fault);
                             answer(stored, nullptr);
                             if (!asked && stored) parts_.clicks.tell(click, told(asked.error()));
                           });
}

void Surfaces::submitted(Submission submission, Answer answer) {
  if (submission.callback != add_reason && submission.callback != approve_with_reason) return answer(true, nullptr);
  if (submission.reason.empty()) return answer(true, refused_below("A reason needs words."));
  auto actor = parts_.clicks.who(submission.user);
  if (!actor) return answer(true, refused_below("You are not among the people this Countersign knows."));
  if (submission.callback == add_reason)
    return parts_.annotate.by_button(submission.value, *std::move(actor), "slack", std::move(submission.reason),
                                     [answer = std::move(answer)](Result<void> added) mutable {
                                       answer(true, added ? json() : kept_open(added.error()));
                                     });
  core::Word word;
  word.act = core::Act::approve;
  word.by = *std::move(actor);
  word.via = "slack";
  word.reason = std::move(submission.reason);
  parts_.speak(std::move(submission.value), std::move(word),
               [answer = std::move(answer)](Result<core::Outcome> outcome) mutable {
                 answer(true, outcome ? json() : kept_open(outcome.error()));
               });
}

void Surfaces::announced(const json& payload, Answer answer) {
  auto form = read_expect(payload);
  if (!form.errors.empty()) return answer(true, refused_fields(form.errors));
  const auto actor = parts_.clicks.who(form.user);
  if (!actor)
    return answer(true, refused_fields({{"account", "You are not among the people this Countersign knows."}}));
  form.change.via = "slack";
  parts_.expect.announce(
      std::move(form.change), *actor, [answer = std::move(answer)](Result<core::ExpectedChange> kept) mutable {
        if (kept) return answer(true, announced_view(*kept));
        const auto& error = kept.error();
        answer(true, ours(error.fault) ? refused_fields({{"reason", "That could not be stored: try again."}})
                                       : refused_fields({{field_of(error), told(error)}}));
      });
}

void Surfaces::end_expected(const Click& click, Answer answer) {
  auto actor = parts_.clicks.who(click.user);
  const auto id = parse_id(click.value);
  if (!actor || !id) {
    answer(true, nullptr);
    return parts_.clicks.tell(click, "Only who announced it and the security team can end this.");
  }
  parts_.expect.end(
      *id, *std::move(actor), "slack", [this, click, answer = std::move(answer)](Result<void> ended) mutable {
        const bool stored = ended || !ours(ended.error().fault);
        answer(stored, nullptr);
        if (stored) parts_.clicks.tell(click, ended ? "Ended: its logins are asked about again." : told(ended.error()));
      });
}

/// A denial stands at once and its reason may follow; an approval that needs one asks for it first.
bool Surfaces::follow(const Click& click, core::Act act, const Result<core::Outcome>& outcome) {
  if (outcome) {
    if (act == core::Act::deny) open_reason(click, add_reason, [this, click] { offer_reason(click); });
    return true;
  }
  if (act != core::Act::approve || outcome.error().fault != Fault::invalid) return false;
  open_reason(click, approve_with_reason, [this, click] {
    parts_.clicks.tell(click,
                       "An approval of this needs a reason, and the form for it could not be opened: click again.");
  });
  return true;
}

/// The trigger may be too old for the form; a button brings a new one. On App Home there is no channel to whisper in.
void Surfaces::offer_reason(const Click& click) {
  if (click.channel.empty() || click.value.empty() || click.value.size() > button_value_limit) return;
  parts_.clicks.tell(
      click, "Denied, and the security team is told. You can still say why.",
      json::array({actions("reason", json::array({button("reason", "Add a reason", nullptr, click.value)}))}));
}

void Surfaces::open_reason(const Click& click, std::string_view callback, std::function<void()> otherwise) {
  if (click.trigger.empty() || click.value.empty() || click.value.size() > button_value_limit) return otherwise();
  parts_.api.call("views.open", {{"trigger_id", click.trigger}, {"view", reason_view(callback, click.value)}},
                  [otherwise = std::move(otherwise)](const Api::Answer& opened) {
                    if (!opened) otherwise();
                  });
}

void Surfaces::command(const json& payload, Answer answer) {
  const auto command = read_command(payload);
  if (!command) return answer(true, nullptr);
  parts_.commands.answer(*command, [answer = std::move(answer)](json said) mutable { answer(true, std::move(said)); });
}

void Surfaces::event(const json& payload, Answer answer) {
  if (string_at(payload, {"type"}) == "url_verification")
    return answer(true, {{"challenge", string_at(payload, {"challenge"}).substr(0, longest_challenge)}});
  answer(true, nullptr);
  if (string_at(payload, {"type"}) != "event_callback") return;
  if (const auto id = string_at(payload, {"event_id"}); id.empty() || id.size() > 100 || !events_.first(id)) return;
  const auto user = string_at(payload, {"event", "user"});
  if (string_at(payload, {"event", "type"}) == "app_home_opened" &&
      string_at(payload, {"event", "tab"}) != "messages" && !user.empty() && user.size() <= 64)
    parts_.home.opened(user);
}

}  // namespace countersign::chat::slack

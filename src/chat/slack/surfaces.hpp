// All that Slack sends us, by whichever way it came: clicks, submitted forms, slash commands, events. Proving that it
// is Slack's is the carrier's work. Safe for concurrent access.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "app/annotate.hpp"
#include "app/contain.hpp"
#include "app/expect.hpp"
#include "app/take.hpp"
#include "chat/slack/clicks.hpp"
#include "chat/slack/command.hpp"
#include "chat/slack/envelope.hpp"
#include "chat/slack/home.hpp"
#include "chat/slack/modal.hpp"
#include "chat/slack/seen.hpp"

namespace countersign::chat::slack {

class Surfaces {
 public:
  /// What Slack gets within its three seconds: a body or null. `stored` false: it must show that it failed, so that it
  /// is made again.
  using Answer = std::move_only_function<void(bool stored, nlohmann::json body)>;

  struct Parts {
    Clicks& clicks;
    Speak speak;
    app::Take& take;
    app::Contain& contain;
    app::Annotate& annotate;
    app::Expect& expect;
    Commands& commands;
    Home& home;
    Api& api;
  };

  /// Everything handed over must outlive this and what it has begun. Sets itself to follow the clicks' decisions.
  explicit Surfaces(Parts parts);

  /// Envelopes of type interactive, slash_commands and events_api (also what came by HTTP, put the same way); others,
  /// and what can't be read, are acknowledged: brought again it would be no better.
  void hear(const Envelope& envelope, Answer answer);

 private:
  void interact(const nlohmann::json& payload, Answer answer);
  void command(const nlohmann::json& payload, Answer answer);
  void event(const nlohmann::json& payload, Answer answer);
  void taken(const Click& click, Answer answer);
  void contain(const Click& click, Answer answer);
  void submitted(Submission submission, Answer answer);
  void announced(const nlohmann::json& payload, Answer answer);
  void end_expected(const Click& click, Answer answer);
  bool follow(const Click& click, core::Act act, const Result<core::Outcome>& outcome);
  void offer_reason(const Click& click);
  /// `otherwise` is done where the form can't be opened.
  void open_reason(const Click& click, std::string_view callback, std::function<void()> otherwise);

  Parts parts_;
  Seen events_{10'000};  // event ids: a repeated one does nothing
};

}  // namespace countersign::chat::slack

// What Slack's people see and touch beside messages, put together. Passive: its members do the work, each as its own
// header says.
#pragma once

#include "chat/slack/chat.hpp"
#include "chat/slack/in_time.hpp"
#include "chat/slack/surfaces.hpp"
#include "chat/slack/token_check.hpp"

namespace countersign::cli {

struct SlackSurfaces {
  /// Everything handed over must outlive it.
  SlackSurfaces(app::Store& store, app::Scheduler& scheduler, const Clock& clock, Random& random,
                const app::PolicySource& policy, chat::Speak speak, net::Client& client, chat::SlackChat& slack)
      : take(store, policy, clock),
        contain(store, clock),
        annotate(store, clock),
        expect(store, policy, clock),
        clicks(slack.settings(), policy, clock, speak, client, slack.api()),
        commands(store, policy, clock, slack.settings(), slack.api()),
        token_check(slack, scheduler, clock),
        home(store, scheduler, clock, random, policy, slack.settings(), slack.api()),
        surfaces({.clicks = clicks,
                  .speak = speak,
                  .take = take,
                  .contain = contain,
                  .annotate = annotate,
                  .expect = expect,
                  .commands = commands,
                  .home = home,
                  .api = slack.api()}),
        in_time(
            scheduler,
            [this](const chat::slack::Envelope& envelope, chat::slack::Surfaces::Answer answer) {
              surfaces.hear(envelope, std::move(answer));
            },
            [this](const chat::slack::Click& click, const std::string& text) { clicks.tell(click, text); }) {}

  app::Take take;
  app::Contain contain;
  app::Annotate annotate;
  app::Expect expect;
  chat::slack::Clicks clicks;
  chat::slack::Commands commands;
  chat::slack::TokenCheck token_check;
  chat::slack::Home home;
  chat::slack::Surfaces surfaces;
  chat::slack::InTime in_time;
};

}  // namespace countersign::cli

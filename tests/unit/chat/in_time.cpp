#include "chat/slack/in_time.hpp"

#include <doctest/doctest.h>

using namespace countersign;
using namespace countersign::chat;
using namespace countersign::chat::slack;
using nlohmann::json;

namespace {

/// Keeps the one task it is given.
struct OneTask final : app::Scheduler {
  void post(Task task) override { task(); }
  void after(Duration delay, Task task) override {
    CHECK(delay == InTime::patience);
    late = std::move(task);
  }
  Task late;
};

struct Heard {
  OneTask scheduler;
  Surfaces::Answer held;
  std::vector<std::pair<bool, json>> answers;
  std::vector<std::string> told;
  InTime in_time{scheduler, [this](const Envelope&, Surfaces::Answer answer) { held = std::move(answer); },
                 [this](const Click& click, const std::string& text) { told.push_back(click.user + ": " + text); }};

  void hear(std::string type, json payload) {
    Envelope envelope;
    envelope.type = std::move(type);
    envelope.payload = std::move(payload);
    in_time(envelope, [this](bool stored, json body) { answers.emplace_back(stored, std::move(body)); });
  }
};

const json click{{"type", "block_actions"},
                 {"user", {{"id", "U1"}}},
                 {"channel", {{"id", "C1"}}},
                 {"actions", {{{"action_id", "approve"}, {"value", "v"}, {"block_id", "decide"}, {"action_ts", "1"}}}}};

}  // namespace

TEST_CASE("what is answered in time is answered once, as it is") {
  for (const bool stored : {true, false}) {
    Heard h;
    h.hear("interactive", click);
    h.held(stored, "said");
    h.scheduler.late();
    REQUIRE(h.answers.size() == 1);
    CHECK(h.answers[0] == std::pair<bool, json>(stored, "said"));
    CHECK(h.told.empty());
  }
}

TEST_CASE("a click on a slow store is acknowledged; only when nothing came of it is who clicked told") {
  for (const bool stored : {true, false}) {
    Heard h;
    h.hear("interactive", click);
    h.scheduler.late();
    REQUIRE(h.answers.size() == 1);
    CHECK(h.answers[0] == std::pair<bool, json>(true, nullptr));
    h.held(stored, nullptr);
    CHECK(h.answers.size() == 1);
    if (stored) {
      CHECK(h.told.empty());
    } else {
      CHECK(h.told == std::vector<std::string>{"U1: That could not be stored, so nothing is decided: click again."});
    }
  }
}

TEST_CASE("a slow command says so, a slow form stays open") {
  Heard command;
  command.hear("slash_commands", {{"command", "/countersign"}});
  command.scheduler.late();
  CHECK(command.answers.at(0).second["response_type"] == "ephemeral");
  Heard form;
  form.hear("interactive", {{"type", "view_submission"}});
  form.scheduler.late();
  CHECK(form.answers.at(0).second["response_action"] == "errors");
}

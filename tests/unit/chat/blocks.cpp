// Golden messages (golden/*.json, written anew with COUNTERSIGN_GOLDEN=write, to be read before they are committed)
// and Slack's limits on messages made of hostile values.
#include "chat/slack/blocks.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "chat/slack/text.hpp"
#include "chat/slack/words.hpp"
#include "source_tree.hpp"
#include "unit/chat/hostile.hpp"
#include "unit/chat/messages.hpp"

using namespace countersign;
using namespace countersign::chat::slack;
using namespace countersign::test;
using nlohmann::json;

namespace {

app::OwedMessage certificate_by_policy() {
  auto out = in_channel("ask");
  out.approval.person.clear();
  out.approval.subject.clear();
  out.approval.reason = "service account deploy: 203.0.113.7 is outside its networks";
  out.approval.severity = core::Severity::critical;
  auto& event = out.events.front().event;
  event.user = "deploy";
  event.certificate = "ci@example.com";
  event.serial = "7";
  event.authority = "SHA256:CAcaCAcaCAcaCAcaCAcaCAcaCAcaCAcaCAcaCAcaCAc";
  event.count = 3;
  return out;
}

app::OwedMessage rerouted() {
  auto out = decided(in_channel("reroute"), core::Act::wrong_person, "Oswaldo", "");
  out.approval.person.clear();
  out.approval.addressed_to = core::security_channel;
  out.approval.reason = "Oswaldo says it was not them";
  return out;
}

app::OwedMessage passed_on() {
  auto out = rerouted();
  out.notification.purpose = "ask";
  out.notification.to = "Oswaldo";
  out.button.clear();
  return out;
}

app::OwedMessage with_news() {
  auto out = asked();
  out.events.front().news = "first time from this network, with this key";
  return out;
}

app::OwedMessage half_decided_burst() {
  auto out = asked(4);
  out.events[1].state = core::ApprovalState::approved;
  out.approval.events[1].state = core::ApprovalState::approved;
  return out;
}

app::OwedMessage trustable(app::OwedMessage out) {
  out.same_for = "8h";
  out.events.front().event.more.emplace_back("ssh.key.name", "yubikey");
  return out;
}

app::OwedMessage trusted() {
  auto out = decided(asked(), core::Act::approve, "Oswaldo", "");
  out.approval.decisions.back().trusted_until = at(noon + 8 * 3600);
  return out;
}

app::OwedMessage receipt() {
  auto out = decided(asked(), core::Act::approve, "U0SEC1", "called him");
  out.notification.purpose = "receipt";
  out.button = "opaque-button-value";
  return out;
}

app::OwedMessage witnessed_as(const char* verdict) {
  auto out = in_channel("ask");
  out.approval.kind = std::string_view(verdict) == "matched" ? "login" : "finding";
  out.events.front().verdict = verdict;
  return out;
}

app::OwedMessage alarm() {
  return decided(in_channel("denial"), core::Act::deny, "Oswaldo", "I was asleep");
}

/// An alarm about `count` sessions that an agent can end.
app::OwedMessage containable(std::size_t count) {
  auto out = alarm();
  for (std::size_t i = 0; i < count; ++i) {
    app::OpenSession session;
    session.host = i % 2 == 0 ? "bastion" : "web1";
    session.user = "oswaldo";
    session.address = "203.0.113.7";
    session.port = 51234 + static_cast<std::int64_t>(i);
    session.pid = 4243 + static_cast<std::int64_t>(i);
    out.containable.sessions.push_back(std::move(session));
  }
  out.button = "opaque-button-value";
  return out;
}

app::OwedMessage not_containable() {
  auto out = alarm();
  out.containable.why_not = "no agent saw this session, so it can't be ended from here: end it on bastion";
  return out;
}

app::OwedMessage contained() {
  auto out = alarm();
  auto& notes = out.approval.decisions.back().notes;
  notes.push_back(
      {"U0SEC1", at(noon + 120), "slack", "asked the agent of bastion to end the session of oswaldo (pid 4243)"});
  notes.push_back({"agent of bastion", at(noon + 121), "agent", "ended the session"});
  out.containable.why_not = "the session has ended";
  return out;
}

app::OwedMessage finding(const std::string& kind, std::size_t events = 1) {
  auto out = in_channel("ask", events);
  out.approval.kind = "finding";
  out.approval.severity = core::Severity::high;
  out.approval.person.clear();
  for (auto& stored : out.events)
    stored.event.action = "finding_" + kind;
  out.approval.reason =
      "A login that no log tells of: oswaldo on bastion from 203.0.113.7 port 51234 at 2026-11-20T12:00:00Z. The "
      "kernel "
      "saw it; no log line came within 5m.";
  return out;
}

app::OwedMessage silent_agent() {
  auto out = finding("agent_silent");
  out.events.front().event = {};
  out.events.front().event.time = at(noon);
  out.events.front().event.action = "finding_agent_silent";
  out.events.front().event.host = "bastion";
  out.approval.subject.clear();
  out.approval.reason = "no word from the agent of bastion since 12:00; what happens there is not witnessed";
  return out;
}

app::OwedMessage quarantine_digest() {
  app::OwedMessage out;
  out.notification.purpose = "quarantine";
  out.notification.to = core::security_channel;
  out.notification.detail = "37 messages no rule understood: 30 from sudo, 5 from sshd, 2 from others.";
  return out;
}

app::OwedMessage daily_digest() {
  app::OwedMessage out;
  out.notification.purpose = "daily";
  out.notification.to = core::security_channel;
  out.notification.detail =
      "2026-11-20 (Europe/Berlin): 92 logins. Verdicts: 90 matched, 2 missing log.\n"
      "Findings: 3 open, 2 raised that day.\n"
      "Approvals: 40 asked that day, 1 denied; 4 wait now, the oldest for 23 h.\n"
      "Coverage: blind were web1 (1 gap for 1 h at most); 1 host without an agent.\n"
      "Quarantine: 7 messages no rule understood.\n"
      "Audit: 12 entries, head abababababababababababababababababababababababababababababababab";
  return out;
}

app::OwedMessage long_burst() {
  auto out = in_channel("escalation", 50);
  for (std::int64_t i = 50; i < 62; ++i)
    out.approval.events.push_back({Id{i}, core::ApprovalState::pending});
  return out;
}

app::OwedMessage expected() {
  auto out = in_channel("notice");
  out.approval.state = core::ApprovalState::expected;
  out.approval.reason = "kernel updates, announced by Alice";
  out.button.clear();
  return out;
}

std::string slurp(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

json rendered(const app::OwedMessage& message) {
  return {{"text", summary(message)}, {"blocks", blocks(message)}};
}

void visit(const json& node, const std::function<void(const json&)>& see) {
  see(node);
  if (node.is_structured())
    for (const auto& child : node)
      visit(child, see);
}

void check_menu(const json& menu) {
  CHECK(length(menu["placeholder"]["text"].get<std::string>()) <= 150);
  CHECK_FALSE(menu["options"].empty());
  CHECK(menu["options"].size() <= 100);
  for (const auto& option : menu["options"]) {
    CHECK(option["text"]["type"] == "plain_text");
    CHECK(length(option["text"]["text"].get<std::string>()) <= 75);
    CHECK(option["value"].get<std::string>().size() <= 150);
  }
}

/// Slack's documented limits, on anything.
void check_limits(const json& message) {
  const auto& all = message["blocks"];
  CHECK(all.size() <= 50);
  CHECK(all.size() >= 2);
  CHECK(length(all.dump()) <= 13'200);
  CHECK(length(message["text"].get<std::string>()) <= 4000);
  CHECK_FALSE(message["text"].get<std::string>().empty());
  std::set<std::string> actions;
  for (const auto& block : all) {
    const auto type = block["type"].get<std::string>();
    if (type == "header") {
      CHECK(block["text"]["type"] == "plain_text");
      CHECK(length(block["text"]["text"].get<std::string>()) <= 150);
    } else if (type == "section") {
      CHECK(length(block["text"]["text"].get<std::string>()) <= 3000);
      if (block.contains("fields")) {
        CHECK_FALSE(block["fields"].empty());
        CHECK(block["fields"].size() <= 10);
        for (const auto& field : block["fields"])
          CHECK(length(field["text"].get<std::string>()) <= 2000);
      }
    } else if (type == "context") {
      CHECK_FALSE(block["elements"].empty());
      CHECK(block["elements"].size() <= 10);
      for (const auto& element : block["elements"])
        CHECK(length(element["text"].get<std::string>()) <= 3000);
    } else {
      REQUIRE(type == "actions");
      CHECK(block["elements"].size() <= 25);
      CHECK(length(block["block_id"].get<std::string>()) <= 255);
      for (const auto& element : block["elements"]) {
        if (element["type"] == "static_select") {
          check_menu(element);
          continue;
        }
        CHECK(length(element["text"]["text"].get<std::string>()) <= 75);
        CHECK(element["value"].get<std::string>().size() <= 2000);
        CHECK(actions.insert(element["action_id"].get<std::string>()).second);
        if (element.contains("style")) CHECK((element["style"] == "primary" || element["style"] == "danger"));
        if (!element.contains("confirm")) continue;
        const auto fits = [&](const char* part, std::size_t limit) {
          CHECK(element["confirm"][part]["type"] == "plain_text");
          const auto text = element["confirm"][part]["text"].get<std::string>();
          CHECK_FALSE(text.empty());
          CHECK(length(text) <= limit);
          CHECK(text.find('<') == std::string::npos);
        };
        fits("title", 100);
        fits("text", 300);
        fits("confirm", 30);
        fits("deny", 30);
      }
    }
  }
}

/// What stands between backticks, entities aside, is all an attacker's; outside there is our own markup alone.
void check_no_markup(const std::string& text) {
  std::size_t ticks = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') ++ticks;
    if (text[i] != '<') continue;
    CHECK(ticks % 2 == 0);
    CHECK(text.compare(i, 7, "<!date^") == 0);
    i = text.find('>', i);
    REQUIRE(i != std::string::npos);
  }
  CHECK(ticks % 2 == 0);
}

/// What says what was done, and to what.
constexpr const char* done_fields[] = {"user.effective.name", "process.command_line", "aws.call",
                                       "user.target.name",    "aws.policy",           "cloud.account.id",
                                       "kubernetes.pod",      "github.action"};

}  // namespace

TEST_CASE("messages as they were read and found good") {
  struct {
    const char* name;
    app::OwedMessage message;
  } const rows[] = {
      {"ask", asked()},
      {"ask_with_news", with_news()},
      {"ask_burst", asked(4)},
      {"ask_burst_half_decided", half_decided_burst()},
      {"ask_approved", decided(asked(), core::Act::approve, "Oswaldo", "")},
      {"ask_denied", decided(asked(), core::Act::deny, "Oswaldo", "I was asleep")},
      {"ask_passed_on", passed_on()},
      {"channel_service_account", certificate_by_policy()},
      {"channel_escalation", in_channel("escalation")},
      {"channel_repeat", in_channel("repeat")},
      {"channel_page", in_channel("page")},
      {"channel_long_burst", long_burst()},
      {"channel_reroute", rerouted()},
      {"channel_denial", decided(in_channel("denial"), core::Act::deny, "Oswaldo", "I was asleep")},
      {"channel_approved", decided(in_channel("escalation"), core::Act::approve, "U0SEC1", "called him")},
      {"channel_expected", expected()},
      {"ask_trustable", trustable(asked())},
      {"ask_trusted", trusted()},
      {"ask_receipt", receipt()},
      {"channel_trustable", trustable(in_channel("escalation"))},
      {"channel_confirmed", witnessed_as("matched")},
      {"channel_missing_kernel", witnessed_as("missing_kernel")},
      {"channel_mismatch", witnessed_as("mismatch")},
      {"channel_quarantine", quarantine_digest()},
      {"channel_containable", containable(1)},
      {"channel_containable_many", containable(5)},
      {"channel_not_containable", not_containable()},
      {"channel_contained", contained()},
      {"channel_finding", finding("missing_log")},
      {"channel_finding_many", finding("missing_log", 3)},
      {"channel_silent_agent", silent_agent()},
      {"channel_daily", daily_digest()},
  };
  const char* mode = ::getenv("COUNTERSIGN_GOLDEN");  // NOLINT(concurrency-mt-unsafe): one thread
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const auto path = std::string(COUNTERSIGN_SOURCE "/tests/unit/chat/golden/") + row.name + ".json";
    const auto text = rendered(row.message).dump(2) + "\n";
    if (mode != nullptr && std::string(mode) == "write") std::ofstream(path) << text;
    CHECK(text == slurp(path));
    check_limits(rendered(row.message));
  }
}

TEST_CASE("buttons stand exactly where a value is and something is pending") {
  const auto has_buttons = [](const app::OwedMessage& message) {
    return blocks(message).dump().find("\"actions\"") != std::string::npos;
  };
  auto message = asked();
  CHECK(has_buttons(message));
  message.button.clear();
  CHECK_FALSE(has_buttons(message));
  message = decided(asked(), core::Act::approve, "Oswaldo", "");
  message.button = "late";
  CHECK_FALSE(has_buttons(message));
  message = asked();
  message.button = std::string(256, 'x');
  CHECK_FALSE(has_buttons(message));
}

TEST_CASE("hostile values break no limit and form no markup, in any field and in all at once") {
  for (const auto& value : hostile_texts()) {
    CAPTURE(value.substr(0, 40));
    for (int field = 0; field < 12; ++field) {
      CAPTURE(field);
      const std::size_t events = field % 2 == 0 ? 25 : 4;  // a list, and one that fits
      auto message = decided(in_channel("escalation", events), core::Act::wrong_person, "Oswaldo", "");
      for (int more = 0; more < 4; ++more)
        message = decided(std::move(message), core::Act::wrong_person, field >= 10 ? value : "Alice",
                          field >= 10 ? value : "reason");
      message.button = std::string(255, 'b');
      for (auto& decision : message.approval.decisions)
        decision.notes.push_back({field >= 10 ? value : "Alice", at(noon), "slack", field >= 10 ? value : "note"});
      message.approval.taken_by = field >= 10 ? value : "Alice";
      message.approval.taken_until = at(noon);
      message.approval.needs_reason = field % 2 == 0;
      message.same_for = "8h";
      const auto set = [&](int which, std::string& target) {
        if (field == which || field == 11) target = value;
      };
      for (auto& stored : message.events) {
        set(0, stored.event.user);
        set(1, stored.event.host);
        set(2, stored.event.address);
        set(3, stored.event.method);
        set(4, stored.event.key);
        set(5, stored.event.key_type);
        set(6, stored.event.certificate);
        set(6, stored.event.serial);
        set(6, stored.event.authority);
        set(7, stored.event.action);
        set(8, stored.news);
        stored.event.more = {{"ssh.key.name", field == 4 || field == 11 ? value : "yubikey"}};
        if (field == 7 || field == 11)
          for (const auto* name : done_fields)
            core::set_field(stored.event, name, value);
        stored.event.count = 9;
      }
      message.events[1].news += "2";
      message.events[2].news += "3";
      message.events[3].news += "4";
      set(9, message.approval.reason);
      set(10, message.approval.person);
      const auto out = rendered(message);
      check_limits(out);
      check_no_markup(out["text"].get<std::string>());
      visit(out["blocks"], [](const json& node) {
        if (!node.is_object() || node.value("type", "") != "mrkdwn") return;
        CHECK(node["verbatim"] == true);
        check_no_markup(node["text"].get<std::string>());
      });
    }
  }
}

TEST_CASE("what was done is said, with who, as whom and by which command or call, hostile or not") {
  struct {
    const char* action;
    std::vector<std::pair<const char*, const char*>> more;
    const char* says;
  } const rows[] = {
      {"sudo_command",
       {{"user.effective.name", "root"}, {"process.command_line", "/bin/bash"}},
       "*sudo command* by `oswaldo` as `root` on `bastion`: `/bin/bash`"},
      {"su", {{"user.effective.name", "root"}}, "*change of user with su* by `oswaldo` as `root` on `bastion`"},
      {"aws_trail_change",
       {{"aws.call", "StopLogging"}},
       "*change of the AWS audit trail* by `oswaldo` on `bastion`: `StopLogging`"},
      {"console_login", {}, "*console login* as `oswaldo` on `bastion`"},
      {"other", {{"process.command_line", "id"}}, "*event* `other` as `oswaldo` on `bastion`: `id`"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.action);
    auto message = asked();
    message.events[0].event.action = row.action;
    for (const auto& [name, text] : row.more)
      core::set_field(message.events[0].event, name, text);
    CHECK(happening(message) == row.says);
    CHECK(summary(message).find(row.says) != std::string::npos);
  }
  auto burst = asked(2);
  core::set_field(burst.events[1].event, "user.effective.name", "root");
  core::set_field(burst.events[1].event, "process.command_line", "/bin/bash");
  CHECK(blocks(burst).dump().find(", as `root`: `/bin/bash`") != std::string::npos);
  auto call = asked();
  core::set_field(call.events[0].event, "aws.trail", "main");
  CHECK(blocks(call).dump().find("*Trail*\\n`main`") != std::string::npos);
  for (const auto& value : hostile_texts()) {
    CAPTURE(value.substr(0, 40));
    auto message = asked();
    message.events[0].event.action = "sudo_command";
    for (const auto* name : done_fields)
      core::set_field(message.events[0].event, name, value);
    const auto out = rendered(message);
    check_limits(out);
    check_no_markup(out["text"].get<std::string>());
    visit(out["blocks"], [](const json& node) {
      if (node.is_object() && node.value("type", "") == "mrkdwn") check_no_markup(node["text"].get<std::string>());
    });
  }
}

TEST_CASE("a person who can't be reached has not said that it was somebody else") {
  auto message = in_channel("reroute");
  message.approval.reason = "Oswaldo could not be asked: user_disabled";
  CHECK(title(message) == "Could not be asked: is this login all right?");
  CHECK(blocks(message).dump().find("user_disabled") != std::string::npos);
  CHECK(title(decided(message, core::Act::wrong_person, "Oswaldo", "")) == "Wrong person: is this login all right?");
}

TEST_CASE("hostile values in an alarm, its question and a finding") {
  for (const auto& value : hostile_texts()) {
    CAPTURE(value.substr(0, 40));
    auto message = containable(5);
    for (auto& session : message.containable.sessions)
      session.host = session.user = session.address = value;
    message.containable.why_not = value;
    for (const auto& which : {message, finding(value), finding("missing_log", 3)}) {
      auto shown = which;
      shown.approval.reason = value;
      for (auto& stored : shown.events)
        stored.event.host = stored.event.user = value;
      const auto out = rendered(shown);
      check_limits(out);
      check_no_markup(out["text"].get<std::string>());
      CHECK(out["blocks"][0]["text"]["text"].get<std::string>().find('<') == std::string::npos);
      visit(out["blocks"], [](const json& node) {
        if (node.is_object() && node.value("type", "") == "mrkdwn") check_no_markup(node["text"].get<std::string>());
      });
    }
  }
}

TEST_CASE("an alarm offers to end what can be ended, to nobody but the channel, and says why not else") {
  const auto shown = [](const app::OwedMessage& message) { return blocks(message).dump(); };
  CHECK(shown(containable(1)).find("End the session") != std::string::npos);
  CHECK(shown(containable(3)).find("End these 3 sessions") != std::string::npos);
  auto message = containable(1);
  message.button.clear();
  CHECK(shown(message).find("\"contain\"") == std::string::npos);
  message = not_containable();
  CHECK(shown(message).find("No agent saw this session") != std::string::npos);
  message.containable.asked = true;
  CHECK(shown(message).find("Not all of it: no agent saw") != std::string::npos);
}

TEST_CASE("who of the team has no name in the configuration is shown by their Slack id, and nothing else is") {
  const auto says = [](const std::string& by, const std::string& via) {
    auto message = decided(asked(), core::Act::approve, by, "");
    message.approval.decisions.back().via = via;
    return blocks(message).dump();
  };
  CHECK(says("U0SEC1", "slack").find("by <@U0SEC1>") != std::string::npos);
  CHECK(says("U0SEC1", "api").find("<@") == std::string::npos);
  for (const auto* other : {"WALTER", "U0SEC1 ", "U0<b>", "u0sec1", "U0SEC1><!channel>", "S0SEC1"})
    CHECK(says(other, "slack").find("<@") == std::string::npos);
}

TEST_CASE("a digest of many hostile lines keeps its lines and its limits") {
  for (const auto& value : hostile_texts()) {
    auto message = daily_digest();
    for (int line = 0; line < 30; ++line)
      message.notification.detail += "\n" + value;
    const auto out = rendered(message);
    check_no_markup(out["text"].get<std::string>());
    check_limits(out);
    CHECK(out["blocks"][1]["text"]["text"].get<std::string>().starts_with("2026-11-20 (Europe/Berlin)"));
  }
}

TEST_CASE("a digest of hostile programs is plain text within its limits") {
  for (const auto& value : hostile_texts()) {
    auto message = quarantine_digest();
    message.notification.detail = value;
    const auto out = rendered(message);
    check_no_markup(out["text"].get<std::string>());
    if (value.empty()) continue;
    check_limits(out);
    CHECK(out["blocks"][1]["text"]["type"] == "plain_text");
  }
}

TEST_CASE("a menu decides the events of a burst that wait, ten at a time, by their place under the button") {
  auto message = in_channel("ask", 30);
  message.events[0].state = core::ApprovalState::approved;
  const auto all = blocks(message);
  const auto& menu = all.back();
  CHECK(menu["block_id"] == "one:opaque-button-value");
  const auto& options = menu["elements"][0]["options"];
  CHECK(options.size() == 20);
  CHECK(options[0]["value"] == "y1");
  CHECK(options[1]["value"] == "n1");
  CHECK(options[19]["value"] == "n10");
  for (const auto& plain : {asked(),
                            [] {
                              auto two = asked(3);
                              two.approval.approvers = 2;
                              return two;
                            }(),
                            [] {
                              auto reasoned = asked(3);
                              reasoned.approval.needs_reason = true;
                              return reasoned;
                            }()})
    CHECK(blocks(plain).dump().find("static_select") == std::string::npos);
}

TEST_CASE("the same again is offered only where it means something") {
  const auto offers = [](app::OwedMessage message) {
    return blocks(message).dump().find("approve_for") != std::string::npos;
  };
  const auto with = [](auto change) {
    auto message = trustable(asked());
    change(message);
    return message;
  };
  CHECK(offers(trustable(asked())));
  CHECK(offers(trustable(asked(4))));
  CHECK_FALSE(offers(asked()));
  CHECK_FALSE(offers(with([](auto& m) { m.approval.severity = core::Severity::critical; })));
  CHECK_FALSE(offers(with([](auto& m) { m.approval.approvers = 2; })));
  CHECK_FALSE(offers(with([](auto& m) { m.approval.needs_reason = true; })));
  CHECK_FALSE(offers(with([](auto& m) { m.approval.kind = "finding"; })));
  CHECK_FALSE(offers(with([](auto& m) { m.approval.person.clear(); })));
  CHECK_FALSE(offers(with([](auto& m) { m.approval.reason = "the key is Oswaldo's, the account x is Alice's"; })));
  CHECK_FALSE(offers(with([](auto& m) { m.events[0].event.key.clear(); })));
  CHECK_FALSE(offers(with([](auto& m) { m.events[0].event.address = "host.example"; })));
  CHECK_FALSE(offers(with([](auto& m) { m.events[0].news = "a key we don't know for Oswaldo"; })));
}

TEST_CASE("an event of another kind, or none at all, still makes a message") {
  auto message = asked();
  message.events.front().event = {};
  message.events.front().event.action = "deploy_started";
  check_limits(rendered(message));
  CHECK(summary(message) == "Was this you? *event* `deploy_started`");
  message.events.clear();
  message.approval.events.clear();
  check_limits(rendered(message));
}

#include "chat/slack/interactivity.hpp"

#include <doctest/doctest.h>

#include "app/policy.hpp"
#include "base/encoding.hpp"
#include "chat/slack/clicks.hpp"
#include "chat/slack/modal.hpp"
#include "chat/slack/text.hpp"
#include "chat/slack/verify.hpp"
#include "unit/chat/fake_client.hpp"
#include "unit/chat/hostile.hpp"
#include "unit/chat/messages.hpp"

using namespace countersign;
using namespace countersign::test;
using chat::SlackEndpoint;
using chat::SlackSettings;

namespace {

struct FixedClock final : Clock {
  [[nodiscard]] Timestamp now() const override { return at(noon); }
};

SlackSettings settings() {
  SlackSettings out;
  out.api_url = "https://slack.com/api/";
  out.bot_token = Secret("xoxb-1");
  out.signing_secret = Secret("shh");
  out.security_channel = "C0SECURITY";
  out.security_team = {"U0SEC1", "U0ALICE"};
  return out;
}

std::shared_ptr<const app::Policy> policy() {
  core::Directory::Entries entries;
  entries.people.push_back({"Oswaldo", "U0OSWALDO", "", {}, {}, {}});
  entries.people.push_back({"Alice", "U0ALICE", "", {}, {}, {}});
  return std::make_shared<const app::Policy>(app::Policy{
      .engine = *core::Engine::compile({}), .directory = core::Directory(std::move(entries)), .schedule = {}});
}

struct Fixture {
  explicit Fixture(SlackSettings with = settings()) : given(std::move(with)) {}

  SlackSettings given;
  FakeClient client;
  app::PolicySource source{policy()};
  FixedClock clock;
  chat::slack::Api api{client, given};
  std::vector<std::pair<std::string, core::Word>> words;
  Result<core::Outcome> outcome = core::Outcome{};
  chat::slack::Clicks clicks{given,
                             source,
                             clock,
                             [this](std::string value, core::Word word, auto done) {
                               words.emplace_back(std::move(value), std::move(word));
                               done(outcome);
                             },
                             client,
                             api};
  SlackEndpoint endpoint{given, clock, [this](const chat::slack::Envelope& envelope, auto answer) {
                           auto click = chat::slack::click_of(envelope.payload);
                           if (envelope.type != "interactive" || !click) return answer(true, nullptr);
                           clicks.take(*std::move(click), [answer = std::move(answer)](bool settled) mutable {
                             answer(settled, nullptr);
                           });
                         }};

  net::Response send(net::Request request) {
    std::optional<net::Response> out;
    endpoint.handle(std::move(request), [&](net::Response response) {
      CHECK_FALSE(out.has_value());
      out = std::move(response);
    });
    REQUIRE(out.has_value());
    return *std::move(out);
  }

  net::Request signed_request(const std::string& body, std::int64_t time = noon) const {
    const auto stamp = std::to_string(time);
    return {"POST",
            "/slack/interactivity",
            "",
            {{"X-Slack-Request-Timestamp", stamp},
             {"X-Slack-Signature", chat::slack::sign(Secret("shh"), stamp, body)},
             {"Content-Type", "application/x-www-form-urlencoded"}},
            body,
            "127.0.0.1"};
  }
};

std::string click(const std::string& user, const std::string& action = "approve",
                  const std::string& response_url = "https://hooks.slack.com/actions/1") {
  return "payload=" + to_percent(R"({"type":"block_actions","user":{"id":")" + user +
                                 R"(","name":"Alice"},"channel":{"id":"D1"},"response_url":")" + response_url +
                                 R"(","actions":[{"action_id":")" + action + R"(","value":"opaque"}]})");
}

}  // namespace

TEST_CASE("a click by a person, by the team, by a person of the team") {
  struct {
    const char* user;
    const char* action;
    const char* name;
    bool security;
    core::Act act;
  } const rows[] = {
      {"U0OSWALDO", "approve", "Oswaldo", false, core::Act::approve},
      {"U0OSWALDO", "deny", "Oswaldo", false, core::Act::deny},
      {"U0OSWALDO", "wrong_person", "Oswaldo", false, core::Act::wrong_person},
      {"U0SEC1", "approve", "U0SEC1", true, core::Act::approve},
      {"U0ALICE", "deny", "Alice", true, core::Act::deny},
  };
  for (const auto& row : rows) {
    CAPTURE(row.user);
    Fixture f;
    CHECK(f.send(f.signed_request(click(row.user, row.action))).status == 200);
    REQUIRE(f.words.size() == 1);
    const auto& [value, word] = f.words[0];
    CHECK(value == "opaque");
    CHECK(word.by.name == row.name);
    CHECK(word.by.security == row.security);
    CHECK(word.act == row.act);
    CHECK(word.via == "slack");
    CHECK(f.client.calls.empty());
  }
}

TEST_CASE("requests that say nothing") {
  const auto good = click("U0OSWALDO");
  struct {
    const char* what;
    std::function<void(net::Request&)> alter;
    int status;
  } const rows[] = {
      {"GET", [](net::Request& r) { r.method = "GET"; }, 405},
      {"PUT", [](net::Request& r) { r.method = "PUT"; }, 405},
      {"another path", [](net::Request& r) { r.path = "/slack/elsewhere"; }, 404},
      {"no signature", [](net::Request& r) { r.headers.clear(); }, 401},
      {"altered body", [](net::Request& r) { r.body += "&x=y"; }, 401},
      {"altered user", [](net::Request& r) { r.body = click("U0SEC1"); }, 401},
      {"altered time", [](net::Request& r) { r.headers[0].second = std::to_string(noon + 1); }, 401},
      {"forged", [](net::Request& r) { r.headers[1].second.back() ^= 1; }, 401},
      {"too large", [](net::Request& r) { r.body.assign(1024 * 1024 + 1, 'x'); }, 413},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    Fixture f;
    auto request = f.signed_request(good);
    row.alter(request);
    CHECK(f.send(std::move(request)).status == row.status);
    CHECK(f.words.empty());
    CHECK(f.client.calls.empty());
  }
  struct {
    const char* what;
    std::string body;
    std::int64_t time;
    int status;
  } const right_signature[] = {
      {"six minutes old", good, noon - 360, 401},
      {"six minutes early", good, noon + 360, 401},
      {"no payload", "a=b", noon, 400},
      {"empty", "", noon, 400},
      {"two payloads", good + "&" + good, noon, 400},
      {"no JSON", "payload=x", noon, 400},
      {"deep", "payload=" + std::string(100'000, '['), noon, 400},
      {"unknown action", click("U0OSWALDO", "snooze"), noon, 200},
      {"a modal", "payload=%7B%22type%22%3A%22view_submission%22%2C%22user%22%3A%7B%22id%22%3A%22U1%22%7D%7D", noon,
       200},
  };
  for (const auto& row : right_signature) {
    CAPTURE(row.what);
    Fixture f;
    CHECK(f.send(f.signed_request(row.body, row.time)).status == row.status);
    CHECK(f.words.empty());
    CHECK(f.client.calls.empty());
  }
  Fixture f;
  CHECK(f.send({"POST", "/slack/interactivity", "", {}, "ssl_check=1&token=x", ""}).status == 200);
  auto socket_mode = settings();
  socket_mode.app_token = Secret("xapp-1");
  Fixture g(std::move(socket_mode));
  CHECK(g.send(g.signed_request(good)).status == 404);
  CHECK(f.endpoint.body_limit({}) == 1024 * 1024);
}

TEST_CASE("a refusal is 200 and told to the one who clicked") {
  struct {
    const char* user;
    Fault fault;
    const char* told;
  } const rows[] = {
      {"U0STRANGER", Fault::internal,
       "Only the person this message is addressed to and the security team can answer it."},
      {"U0OSWALDO", Fault::conflict, "Approved by \xE2\x80\xB9!channel\xE2\x80\xBA already."},
      {"U0OSWALDO", Fault::forbidden, "Approved by \xE2\x80\xB9!channel\xE2\x80\xBA already."},
      {"U0OSWALDO", Fault::not_found, "This button is not known here (any more)."},
  };
  for (const auto& row : rows) {
    CAPTURE(row.told);
    Fixture f;
    f.outcome = fail(row.fault, "approved by <!channel> already");
    CHECK(f.send(f.signed_request(click(row.user))).status == 200);
    REQUIRE(f.client.calls.size() == 1);
    CHECK(f.client.calls[0].url == "https://hooks.slack.com/actions/1");
    CHECK(net::header(f.client.calls[0].headers, "Authorization").empty());
    const auto body = f.client.body(0);
    CHECK(body["response_type"] == "ephemeral");
    CHECK(body["replace_original"] == false);
    CHECK(body["text"].get<std::string>().find('<') == std::string::npos);
    CHECK(body["blocks"][0]["text"]["type"] == "plain_text");
    CHECK(body["blocks"][0]["text"]["text"] == row.told);
  }
}

TEST_CASE("hostile values in a refusal: plain text within Slack's limits, by every way it may go") {
  for (const auto& value : hostile_texts()) {
    CAPTURE(value.substr(0, 40));
    for (const auto* url : {"https://hooks.slack.com/actions/1", "https://evil.example/x"}) {
      Fixture f;
      f.outcome = fail(Fault::conflict, "{}", value);
      CHECK(f.send(f.signed_request(click("U0OSWALDO", "approve", url))).status == 200);
      REQUIRE(f.client.calls.size() == 1);
      const auto body = f.client.body(0);
      const auto& said = body["blocks"][0]["text"];
      CHECK(said["type"] == "plain_text");
      for (const auto& text : {said["text"], body["text"]}) {
        CHECK_FALSE(text.get<std::string>().empty());
        CHECK(text.get<std::string>().find('<') == std::string::npos);
        CHECK(chat::slack::length(text.get<std::string>()) <= 3000);
      }
    }
    const auto notice = chat::slack::notice_view(value);
    CHECK(notice["blocks"][0]["text"]["type"] == "plain_text");
    CHECK(notice["blocks"][0]["text"]["text"].get<std::string>().find('<') == std::string::npos);
  }
}

TEST_CASE("elsewhere than on Slack's host the explanation goes by postEphemeral, and so where response_url fails") {
  Fixture f;
  CHECK(f.send(f.signed_request(click("U0STRANGER", "approve", "https://evil.example/x"))).status == 200);
  REQUIRE(f.client.calls.size() == 1);
  CHECK(f.client.method(0) == "chat.postEphemeral");
  CHECK(f.client.body(0)["channel"] == "D1");
  CHECK(f.client.body(0)["user"] == "U0STRANGER");
  const FakeClient::Answer failures[] = {net::Response{404, {}, "used_url"}, net::Response{429, {}, ""},
                                         net::Response{500, {}, "oops"}, net::Response{302, {}, ""},
                                         std::unexpected(net::ClientFailure{net::Sent::maybe, "timed out"})};
  for (const auto& failure : failures) {
    Fixture g;
    g.client.answers.push_back(failure);
    CHECK(g.send(g.signed_request(click("U0STRANGER"))).status == 200);
    REQUIRE(g.client.calls.size() == 2);
    CHECK(g.client.method(1) == "chat.postEphemeral");
  }
}

TEST_CASE("what could not be stored is no 200") {
  for (const auto fault : {Fault::unavailable, Fault::overloaded, Fault::internal}) {
    Fixture f;
    f.outcome = fail(fault, "disk");
    const auto answer = f.send(f.signed_request(click("U0OSWALDO")));
    CHECK(answer.status == 503);
    CHECK(answer.body.find("disk") == std::string::npos);
    CHECK(f.client.calls.empty());
  }
}

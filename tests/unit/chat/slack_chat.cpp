#include "chat/slack/chat.hpp"

#include <doctest/doctest.h>

#include "unit/chat/fake_client.hpp"
#include "unit/chat/messages.hpp"

using namespace countersign;
using namespace countersign::test;
using app::Undelivered;
using chat::SlackChat;
using chat::SlackSettings;

namespace {

SlackSettings settings() {
  SlackSettings out;
  out.api_url = "https://slack.example/api";
  out.bot_token = Secret("xoxb-1");
  out.signing_secret = Secret("s");
  out.security_channel = "C0SECURITY";
  return out;
}

struct Fixture {
  FakeClient client;
  std::vector<std::string> warnings;
  StillClock clock;
  SlackChat chat{client, settings(), clock, [](Id approval) { return "https://c.example/" + to_text(approval); },
                 [this](std::string_view text) { warnings.emplace_back(text); }};

  std::expected<app::Posted, Undelivered> deliver(app::OwedMessage message) {
    std::optional<std::expected<app::Posted, Undelivered>> out;
    int times = 0;
    chat.deliver(std::move(message), [&](auto outcome) {
      out = std::move(outcome);
      ++times;
    });
    CHECK(times == 1);
    return *std::move(out);
  }
};

app::OwedMessage standing(app::OwedMessage message) {
  message.notification.remote_channel = "D1";
  message.notification.remote_message = "1.1";
  return message;
}

app::OwedMessage tried(app::OwedMessage message, std::int64_t failures = 1) {
  message.notification.failures = failures;
  message.tried = true;
  return message;
}

}  // namespace

TEST_CASE("addresses") {
  core::Directory::Entries entries;
  entries.people.push_back({"Oswaldo", "U0OSWALDO", "", {}, {}, {}});
  entries.people.push_back({"Bob", "", "", {}, {}, {}});
  const core::Directory directory(std::move(entries));
  Fixture f;
  CHECK(f.chat.address(directory, "Oswaldo") == "U0OSWALDO");
  CHECK(f.chat.address(directory, "security_channel") == "C0SECURITY");
  CHECK_FALSE(f.chat.address(directory, "Bob"));
  CHECK_FALSE(f.chat.address(directory, "Nobody"));
  CHECK_FALSE(f.chat.address(directory, ""));
}

TEST_CASE("a first delivery posts, with what marks it as ours") {
  Fixture f;
  const auto out = f.deliver(asked());
  REQUIRE(out.has_value());
  CHECK(out->channel == "D9");
  CHECK(out->message == "9.9");
  REQUIRE(f.client.calls.size() == 1);
  CHECK(f.client.calls[0].url == "https://slack.example/api/chat.postMessage");
  CHECK(net::header(f.client.calls[0].headers, "authorization") == "Bearer xoxb-1");
  CHECK(net::header(f.client.calls[0].headers, "content-type") == "application/json; charset=utf-8");
  const auto body = f.client.body(0);
  CHECK(body["channel"] == "U0OSWALDO");
  CHECK(body["unfurl_links"] == false);
  CHECK(body["unfurl_media"] == false);
  CHECK(body["metadata"]["event_type"] == "countersign_notification");
  CHECK(body["metadata"]["event_payload"]["notification"] == to_text(Id{7}));
  CHECK(body["metadata"]["event_payload"]["revision"] == 1);
  CHECK(body["blocks"].size() >= 3);
}

TEST_CASE("a standing message is edited where it stands; one that is gone is posted anew") {
  Fixture f;
  f.client.will(R"({"ok":true,"channel":"D1","ts":"1.1"})");
  CHECK(f.deliver(standing(asked()))->message == "1.1");
  CHECK(f.client.method(0) == "chat.update");
  CHECK(f.client.body(0)["channel"] == "D1");
  CHECK(f.client.body(0)["ts"] == "1.1");
  for (const auto* gone : {"message_not_found", "cant_update_message", "edit_window_closed"}) {
    Fixture g;
    g.client.refuses(gone);
    CHECK(g.deliver(standing(asked()))->message == "9.9");
    REQUIRE(g.client.calls.size() == 2);
    CHECK(g.client.method(1) == "chat.postMessage");
    CHECK(g.client.body(1)["channel"] == "U0OSWALDO");
  }
}

TEST_CASE("a message refused as malformed goes out in words, once, and the operator hears of it") {
  for (const bool edits : {false, true}) {
    Fixture f;
    f.client.refuses("invalid_blocks");
    CHECK(f.deliver(edits ? standing(asked()) : asked()).has_value());
    REQUIRE(f.client.calls.size() == 2);
    CHECK(f.client.method(1) == (edits ? "chat.update" : "chat.postMessage"));
    if (edits)
      CHECK(f.client.body(1)["blocks"].empty());
    else
      CHECK_FALSE(f.client.body(1).contains("blocks"));
    CHECK(f.client.body(1)["text"].get<std::string>().find("SSH login") != std::string::npos);
    REQUIRE(f.warnings.size() == 1);
    CHECK(f.warnings[0].find("invalid_blocks") != std::string::npos);
    f.client.refuses("invalid_blocks");
    f.client.refuses("no_text");
    CHECK(f.deliver(asked()).error().kind == Undelivered::Kind::our_bug);
  }
}

TEST_CASE("what is refused for what it holds is tried a few times, then a stub stands for it") {
  const net::Response forbidden{403, {}, "<html>blocked</html>"};
  const auto refuse = [&](Fixture& f, int times) {
    for (int i = 0; i < times; ++i)
      f.client.answers.emplace_back(forbidden);
  };
  auto message = in_channel("escalation");
  message.thread_channel = "C0SECURITY";
  message.thread_message = "1.5";
  message.events[0].event.user = "evilname";
  SUBCASE("not before it had its chances, which come soon") {
    Fixture f;
    message.notification.failures = 2;
    refuse(f, 1);
    const auto out = f.deliver(message);
    CHECK(out.error().kind == Undelivered::Kind::retry);
    CHECK_FALSE(out.error().retry_after);
    CHECK(f.client.calls.size() == 1);
  }
  SUBCASE("nothing of what anybody wrote, on its own, with where to see it") {
    for (const bool edits : {false, true}) {
      Fixture f;
      message.notification.failures = 3;
      refuse(f, 1);
      CHECK(f.deliver(edits ? standing(message) : message));
      REQUIRE(f.client.calls.size() == 2);
      CHECK(f.client.calls[0].body.find("evilname") != std::string::npos);
      CHECK(f.client.calls[1].body.find("evilname") == std::string::npos);
      CHECK(f.client.method(1) == (edits ? "chat.update" : "chat.postMessage"));
      CHECK_FALSE(f.client.body(1).contains("thread_ts"));
      CHECK(f.client.body(1)["text"] == "A message could not be shown: approval " + to_text(Id{6}) +
                                            " (pending). Slack refuses its text: <https://c.example/" + to_text(Id{6}) +
                                            "|see and decide it here>.");
      CHECK(f.client.body(1)["metadata"]["event_payload"]["notification"] == to_text(Id{7}));
      REQUIRE(f.warnings.size() == 1);
      CHECK(f.warnings[0].find("HTTP 403") != std::string::npos);
    }
  }
  SUBCASE("the stub refused as well: the channel takes nothing, and is waited for") {
    Fixture f;
    message.notification.failures = 3;
    refuse(f, 2);
    CHECK(f.deliver(message).error().retry_after == Duration(std::chrono::minutes(1)));
    CHECK(f.client.calls.size() == 2);
  }
  SUBCASE("malformed in words, too: the channel has a stub at once") {
    Fixture f;
    f.client.refuses("invalid_blocks");
    f.client.refuses("no_text");
    CHECK(f.deliver(in_channel("ask")));
    CHECK(f.client.calls.size() == 3);
  }
  SUBCASE("in a crowd: the others don't wait with it") {
    Fixture f;
    message.others.push_back(in_channel("ask"));
    refuse(f, 1);
    CHECK(f.deliver(message).error().kind == Undelivered::Kind::our_bug);
    CHECK(f.client.calls.size() == 1);
  }
}

TEST_CASE("a security channel that can't be written or seen is a reason for readyz, logged once, until it can") {
  Fixture f;
  const auto look = [&] { f.chat.try_channel([](bool) {}); };
  f.client.refuses("channel_not_found");
  look();
  CHECK(f.client.method(0) == "conversations.history");
  CHECK(f.chat.health().starts_with("the security channel C0SECURITY: slack: channel_not_found: "));
  f.client.refuses("not_in_channel");
  CHECK_FALSE(f.deliver(in_channel("ask")));
  f.client.refuses("not_in_channel");
  CHECK_FALSE(f.deliver(in_channel("ask")));
  CHECK(f.chat.health() == "the security channel C0SECURITY: slack: not_in_channel: invite the bot to the channel");
  CHECK(f.warnings.size() == 1);
  f.client.refuses("user_disabled");
  CHECK_FALSE(f.deliver(asked()));  // says nothing about the channel
  CHECK(f.deliver(asked()));
  CHECK_FALSE(f.chat.health().empty());
  CHECK(f.deliver(in_channel("ask")));
  CHECK(f.chat.health().empty());
  f.client.refuses("channel_not_found");
  look();
  f.client.will(R"({"ok":true,"messages":[]})");
  look();
  CHECK(f.chat.health().empty());
}

TEST_CASE("failures are handed on as their class") {
  Fixture f;
  f.client.answers.emplace_back(net::Response{429, {{"Retry-After", "3"}}, ""});
  const auto waits = f.deliver(asked());
  CHECK(waits.error().kind == Undelivered::Kind::wait);
  CHECK(waits.error().retry_after == Duration(std::chrono::seconds(3)));
  f.client.answers.emplace_back(std::unexpected(net::ClientFailure{net::Sent::maybe, "timed out"}));
  CHECK(f.deliver(asked()).error().kind == Undelivered::Kind::unclear);
  f.client.will(R"({"ok":true})");
  CHECK(f.deliver(asked()).error().kind == Undelivered::Kind::unclear);
  f.client.refuses("user_disabled");
  CHECK(f.deliver(asked()).error().kind == Undelivered::Kind::bad_target);
}

TEST_CASE("a bad token is a reason for readyz until a call gets through") {
  Fixture f;
  CHECK(f.chat.health().empty());
  f.client.refuses("invalid_auth");
  CHECK(f.deliver(asked()).error().kind == Undelivered::Kind::stop);
  CHECK(f.chat.health() == "slack: invalid_auth: check [slack] bot_token");
  f.client.refuses("fatal_error");
  CHECK_FALSE(f.deliver(asked()));
  CHECK_FALSE(f.chat.health().empty());
  CHECK(f.deliver(asked()));
  CHECK(f.chat.health().empty());
}

TEST_CASE("scopes that the app lacks are a reason for readyz, while what it may do goes on") {
  Fixture f;
  const auto answers = [&](const char* scopes) {
    f.client.answers.emplace_back(
        net::Response{200, {{"x-oauth-scopes", scopes}}, R"({"ok":true,"channel":"D9","ts":"9.9"})"});
    CHECK(f.deliver(asked()));
  };
  answers("chat:write,commands,channels:history,groups:history,im:history,im:write");
  CHECK(f.chat.health() ==
        "slack: the app lacks the scopes users:read, users:read.email: add them and install it again");
  answers("chat:write,commands,channels:history,groups:history,im:history,im:write,users:read,users:read.email");
  CHECK(f.chat.health().empty());
}

TEST_CASE("before a second copy it looks for the first") {
  const std::string ours = R"({"ok":true,"messages":[{"ts":"5.5","text":"x"},{"ts":"4.4","metadata":{"event_type":)"
                           R"("countersign_notification","event_payload":{"notification":")" +
                           to_text(Id{7}) + R"("}}}]})";
  SUBCASE("found: edited, not posted") {
    Fixture f;
    f.client.will(R"({"ok":true,"channel":{"id":"D3"}})");
    f.client.will(ours);
    f.client.will(R"({"ok":true,"channel":"D3","ts":"4.4"})");
    CHECK(f.deliver(tried(asked()))->message == "4.4");
    REQUIRE(f.client.calls.size() == 3);
    CHECK(f.client.method(0) == "conversations.open");
    CHECK(f.client.method(1) == "conversations.history");
    CHECK(f.client.calls[1].body.find("channel=D3") != std::string::npos);
    CHECK(f.client.calls[1].body.find("include_all_metadata=true") != std::string::npos);
    CHECK(f.client.method(2) == "chat.update");
    CHECK(f.client.body(2)["ts"] == "4.4");
  }
  SUBCASE("cancelled meanwhile: edited where it stands, else posted nowhere") {
    auto cancelled = tried(in_channel("ask"));
    cancelled.notification.state = app::NotificationState::cancelled;
    Fixture f;
    f.client.will(ours);
    f.client.will(R"({"ok":true,"channel":"C0SECURITY","ts":"4.4"})");
    CHECK(f.deliver(cancelled)->message == "4.4");
    CHECK(f.client.method(1) == "chat.update");
    f.client.will(R"({"ok":true,"messages":[]})");
    CHECK(f.deliver(cancelled).error().kind == Undelivered::Kind::nowhere);
    CHECK(f.client.calls.size() == 3);
  }
  SUBCASE("surely not posted: no looking") {
    Fixture f;
    f.client.answers.emplace_back(net::Response{429, {{"Retry-After", "1"}}, ""});
    CHECK_FALSE(f.deliver(asked()));
    f.client.answers.emplace_back(std::unexpected(net::ClientFailure{net::Sent::no, "refused"}));
    CHECK_FALSE(f.deliver(tried(asked())));
    CHECK(f.deliver(tried(asked())));
    CHECK(f.client.calls.size() == 3);
  }
  SUBCASE("an answer lost, then Slack gone: nothing is posted unlooked, and a refused look is no proof") {
    const std::unexpected refused(net::ClientFailure{net::Sent::no, "refused"});
    Fixture f;
    f.client.answers.emplace_back(std::unexpected(net::ClientFailure{net::Sent::maybe, "reset"}));
    CHECK_FALSE(f.deliver(in_channel("ask")));
    f.client.answers.emplace_back(refused);
    CHECK(f.deliver(tried(in_channel("ask"))).error().kind == Undelivered::Kind::retry);
    REQUIRE(f.client.calls.size() == 2);
    CHECK(f.client.method(1) == "conversations.history");
    SUBCASE("it is back") {}
    SUBCASE("looked in vain for so long that it was posted, in vain as well") {
      f.client.answers.emplace_back(refused);
      f.client.answers.emplace_back(refused);
      CHECK_FALSE(f.deliver(tried(in_channel("ask"), 6)));
      CHECK(f.client.method(3) == "chat.postMessage");
    }
    SUBCASE("found, and its edit refused: looked for again") {
      f.client.will(ours);
      f.client.answers.emplace_back(net::Response{429, {{"Retry-After", "1"}}, ""});
      CHECK_FALSE(f.deliver(tried(in_channel("ask"), 2)));
    }
    const auto before = f.client.calls.size();
    f.client.will(ours);
    f.client.will(R"({"ok":true,"channel":"C0SECURITY","ts":"4.4"})");
    CHECK(f.deliver(tried(in_channel("ask"), 7))->message == "4.4");
    CHECK(f.client.method(before) == "conversations.history");
    CHECK(f.client.method(before + 1) == "chat.update");
  }
  SUBCASE("looked for and not there, then refused: not looked for again") {
    Fixture f;
    f.client.will(R"({"ok":true,"messages":[]})");
    f.client.answers.emplace_back(net::Response{429, {{"Retry-After", "1"}}, ""});
    CHECK_FALSE(f.deliver(tried(in_channel("ask"))));
    CHECK(f.deliver(tried(in_channel("ask"))));
    REQUIRE(f.client.calls.size() == 3);
    CHECK(f.client.method(2) == "chat.postMessage");
  }
  SUBCASE("page after page, and no more than ten") {
    Fixture f;
    f.client.will(R"({"ok":true,"messages":[{"ts":"9.1"}],"response_metadata":{"next_cursor":"a=="}})");
    f.client.will(ours);
    f.client.will(R"({"ok":true,"channel":"C0SECURITY","ts":"4.4"})");
    CHECK(f.deliver(tried(in_channel("ask")))->message == "4.4");
    CHECK(f.client.calls[0].body.find("cursor") == std::string::npos);
    CHECK(f.client.calls[1].body.find("cursor=a%3D%3D") != std::string::npos);
    Fixture g;
    for (int i = 0; i < 10; ++i)
      g.client.will(R"({"ok":true,"messages":[],"response_metadata":{"next_cursor":"a"}})");
    CHECK(g.deliver(tried(in_channel("ask"))));
    REQUIRE(g.client.calls.size() == 11);
    CHECK(g.client.method(10) == "chat.postMessage");
  }
  SUBCASE("slow answers: an attempt ends before its lease does, and says why") {
    Fixture f;
    f.client.clock = &f.clock;
    f.client.each = std::chrono::seconds(14);
    for (int i = 0; i < 3; ++i)
      f.client.will(R"({"ok":true,"messages":[],"response_metadata":{"next_cursor":"a"}})");
    const auto out = f.deliver(tried(in_channel("ask")));
    CHECK(out.error().kind == Undelivered::Kind::retry);
    CHECK(out.error().why.find("too long") != std::string::npos);
    CHECK(f.client.calls.size() == 3);
    CHECK(f.clock.time.time_since_epoch() <= SlackChat::longest);
  }
  SUBCASE("no answer came: looked for") {
    Fixture f;
    f.client.answers.emplace_back(std::unexpected(net::ClientFailure{net::Sent::maybe, "timed out"}));
    CHECK_FALSE(f.deliver(in_channel("ask")));
    f.client.will(ours);
    f.client.will(R"({"ok":true,"channel":"C0SECURITY","ts":"4.4"})");
    CHECK(f.deliver(tried(in_channel("ask")))->message == "4.4");
    CHECK(f.client.method(1) == "conversations.history");
    CHECK(f.client.method(2) == "chat.update");
  }
  SUBCASE("a channel needs no opening") {
    Fixture f;
    f.client.will(R"({"ok":true,"messages":[]})");
    CHECK(f.deliver(tried(in_channel("ask"))));
    CHECK(f.client.method(0) == "conversations.history");
    CHECK(f.client.method(1) == "chat.postMessage");
  }
  SUBCASE("may not look: posted") {
    Fixture f;
    f.client.refuses("missing_scope");
    CHECK(f.deliver(tried(in_channel("ask"))));
    CHECK(f.client.method(1) == "chat.postMessage");
  }
  SUBCASE("can't look now: later, but not for ever") {
    Fixture f;
    f.client.answers.emplace_back(net::Response{500, {}, ""});
    CHECK(f.deliver(tried(in_channel("ask"))).error().kind == Undelivered::Kind::retry);
    CHECK(f.client.calls.size() == 1);
    f.client.answers.emplace_back(net::Response{500, {}, ""});
    CHECK(f.deliver(tried(in_channel("ask"), 6)));
  }
}

TEST_CASE(
    "health names all the scopes that the token lacks, also after a call that wanted one; a bad token before them") {
  const net::Headers granted{{"X-OAuth-Scopes", "chat:write,im:write,commands"}};
  Fixture f;
  f.client.answers.emplace_back(
      net::Response{200, granted, R"({"ok":false,"error":"missing_scope","needed":"users:read"})"});
  f.deliver(in_channel("ask"));
  CHECK(f.chat.health().starts_with("slack: the app lacks the scopes "));
  f.client.answers.emplace_back(net::Response{200, granted, R"({"ok":false,"error":"invalid_auth"})"});
  f.deliver(in_channel("ask"));
  CHECK(f.chat.health().starts_with("slack: invalid_auth"));
}

TEST_CASE("later messages of a channel go under its first one; a denial is shown outside it as well") {
  auto message = in_channel("repeat");
  message.thread_channel = "C0SECURITY";
  message.thread_message = "1.5";
  SUBCASE("a repeat") {
    Fixture f;
    CHECK(f.deliver(message).has_value());
    CHECK(f.client.body(0)["thread_ts"] == "1.5");
    CHECK_FALSE(f.client.body(0).contains("reply_broadcast"));
  }
  SUBCASE("a denial") {
    Fixture f;
    message.notification.purpose = "denial";
    CHECK(f.deliver(message).has_value());
    CHECK(f.client.body(0)["reply_broadcast"] == true);
  }
  SUBCASE("the channel was another then") {
    Fixture f;
    message.thread_channel = "C0OLD";
    CHECK(f.deliver(message).has_value());
    CHECK_FALSE(f.client.body(0).contains("thread_ts"));
  }
  SUBCASE("the first one is gone, or can't have a thread") {
    for (const auto* error : {"thread_not_found", "cannot_reply_to_message"}) {
      Fixture f;
      f.client.refuses(error);
      CHECK(f.deliver(message)->message == "9.9");
      REQUIRE(f.client.calls.size() == 2);
      CHECK_FALSE(f.client.body(1).contains("thread_ts"));
    }
  }
  SUBCASE("its first copy is looked for in the thread") {
    Fixture f;
    f.client.will(R"({"ok":true,"messages":[{"ts":"1.5"},{"ts":"4.4","metadata":{"event_type":)"
                  R"("countersign_notification","event_payload":{"notification":")" +
                  to_text(Id{7}) + R"("}}}]})");
    CHECK(f.deliver(tried(message)).has_value());
    REQUIRE(f.client.calls.size() == 2);
    CHECK(f.client.method(0) == "conversations.replies");
    CHECK(f.client.calls[0].body.find("ts=1.5") != std::string::npos);
    CHECK(f.client.method(1) == "chat.update");
    CHECK(f.client.body(1)["ts"] == "4.4");
  }
  SUBCASE("and outside it where the thread is gone") {
    Fixture f;
    f.client.refuses("thread_not_found");
    f.client.will(R"({"ok":true,"messages":[]})");
    CHECK(f.deliver(tried(message)).has_value());
    REQUIRE(f.client.calls.size() == 3);
    CHECK(f.client.method(1) == "conversations.history");
    CHECK_FALSE(f.client.body(2).contains("thread_ts"));
  }
}

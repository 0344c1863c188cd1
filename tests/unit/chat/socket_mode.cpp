#include "chat/slack/socket_mode.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "chat/slack/in_time.hpp"
#include "unit/chat/fake_client.hpp"

using namespace countersign;
using namespace countersign::test;
using namespace std::chrono_literals;
using chat::SlackSettings;
using chat::SocketMode;
using chat::slack::Envelope;

namespace {

/// Time passes when the test says so.
class FakeScheduler final : public app::Scheduler {
 public:
  void post(Task task) override { after(0s, std::move(task)); }
  void after(Duration delay, Task task) override { tasks_.push_back({now + delay, ++made_, std::move(task)}); }
  void pass(Duration time) {
    const auto until = now + time;
    for (;;) {
      const auto next = std::min_element(tasks_.begin(), tasks_.end(), [](const auto& a, const auto& b) {
        return std::pair(a.at, a.number) < std::pair(b.at, b.number);
      });
      if (next == tasks_.end() || next->at > until) break;
      now = next->at;
      auto run = std::move(next->run);
      tasks_.erase(next);
      run();
    }
    now = until;
  }
  Duration now{0};

 private:
  struct Waiting {
    Duration at;
    int number;
    Task run;
  };
  std::vector<Waiting> tasks_;
  int made_ = 0;
};

struct FakeSockets final : net::WebSocketClient {
  struct Shared {
    std::string url;
    net::WebSocketEvents events;
    std::vector<std::string> sent;
    bool said_goodbye = false, destroyed = false;
  };
  struct Socket final : net::WebSocket {
    explicit Socket(std::shared_ptr<Shared> with) : shared(std::move(with)) {}
    ~Socket() override { shared->destroyed = true; }
    bool send_text(std::string text) override {
      shared->sent.push_back(std::move(text));
      return true;
    }
    void close() override { shared->said_goodbye = true; }
    std::shared_ptr<Shared> shared;
  };
  std::unique_ptr<net::WebSocket> connect(const std::string& url, net::WebSocketEvents events) override {
    all.push_back(std::make_shared<Shared>(Shared{url, std::move(events), {}}));
    return std::make_unique<Socket>(all.back());
  }
  std::vector<std::shared_ptr<Shared>> all;
};

struct ZeroRandom final : Random {
  void fill(std::span<std::byte> bytes) override { std::fill(bytes.begin(), bytes.end(), std::byte{0}); }
};

SlackSettings settings() {
  SlackSettings out;
  out.app_token = Secret("xapp-1");
  return out;
}

std::string click(const std::string& envelope) {
  return R"({"envelope_id":")" + envelope + R"(","type":"interactive","accepts_response_payload":true,"payload":{}})";
}

struct Fixture {
  explicit Fixture(std::size_t connections = 1) : pace{.connections = connections} { answer_opens(40); }

  void answer_opens(int count) {
    for (int i = 0; i < count; ++i)
      client.will(R"({"ok":true,"url":"wss://wss.slack.com/link/?ticket=)" + std::to_string(i) + "\"}");
  }
  void hears(std::size_t i, const std::string& text) { sockets.all.at(i)->events.on_text(text); }
  void hello(std::size_t i) { hears(i, R"({"type":"hello","num_connections":1})"); }
  void disconnect(std::size_t i, const std::string& reason) {
    hears(i, R"({"type":"disconnect","reason":")" + reason + "\"}");
  }
  void closes(std::size_t i) { sockets.all.at(i)->events.on_closed("wss.slack.com:443: End of file"); }
  [[nodiscard]] std::size_t opened() const { return sockets.all.size(); }
  [[nodiscard]] const std::vector<std::string>& acks(std::size_t i) const { return sockets.all.at(i)->sent; }
  void hear(const Envelope& envelope, SocketMode::Answer answer) {
    if (envelope.type != "interactive") return answer(true, nullptr);
    asked.push_back(std::move(answer));
  }
  void settle(bool stored = true) {
    REQUIRE_FALSE(asked.empty());
    auto answer = std::move(asked.front());
    asked.pop_front();
    answer(stored, nullptr);
    scheduler.pass(0s);
  }

  SlackSettings given = settings();
  FakeClient client;
  FakeSockets sockets;
  FakeScheduler scheduler;
  ZeroRandom random;
  std::deque<SocketMode::Answer> asked;  // of type interactive; others are answered at once
  std::vector<std::string> told;
  chat::SocketModePace pace;
  SocketMode mode{client,
                  sockets,
                  given,
                  [this](const Envelope& envelope, SocketMode::Answer answer) { hear(envelope, std::move(answer)); },
                  scheduler,
                  random,
                  [this](std::string_view what) { told.emplace_back(what); },
                  pace};
};

const std::string ack_e1 = R"({"envelope_id":"e1"})";

}  // namespace

TEST_CASE("so many connections, each by a URL of its own and the app's token") {
  Fixture f(2);
  f.mode.start();
  REQUIRE(f.opened() == 2);
  CHECK(f.client.method(0) == "apps.connections.open");
  CHECK(net::header(f.client.calls[0].headers, "Authorization") == "Bearer xapp-1");
  CHECK(f.sockets.all[0]->url != f.sockets.all[1]->url);
  f.hello(0);
  f.hello(1);
  f.scheduler.pass(1h);
  CHECK(f.opened() == 2);
  CHECK(f.mode.health().empty());
  CHECK(f.told.empty());
}

TEST_CASE("a click is acknowledged once its word is durable, and once") {
  Fixture f;
  f.mode.start();
  f.hello(0);
  f.hears(0, click("e1"));
  f.scheduler.pass(2499ms);
  CHECK(f.acks(0).empty());
  f.settle();
  CHECK(f.acks(0) == std::vector{ack_e1});
  f.scheduler.pass(1min);
  CHECK(f.acks(0).size() == 1);
}

TEST_CASE("what is late over a socket gets in time what it gets over HTTP: a word for a command, a form kept open") {
  Fixture f;
  std::vector<chat::slack::Surfaces::Answer> late;
  const chat::slack::InTime in_time(
      f.scheduler, [&](const Envelope&, chat::slack::Surfaces::Answer answer) { late.push_back(std::move(answer)); },
      [](const chat::slack::Click&, const std::string&) {});
  SocketMode mode(
      f.client, f.sockets, f.given,
      [&](const Envelope& envelope, SocketMode::Answer answer) { in_time(envelope, std::move(answer)); }, f.scheduler,
      f.random, [](std::string_view) {}, f.pace);
  mode.start();
  f.hello(0);
  const auto hears = [&](const std::string& id, const std::string& type, const std::string& payload) {
    f.hears(0, R"({"envelope_id":")" + id + R"(","type":")" + type + R"(","accepts_response_payload":true,"payload":)" +
                   payload + "}");
  };
  hears("command", "slash_commands", R"({"command":"/countersign","text":"pending"})");
  hears("form", "interactive", R"({"type":"view_submission"})");
  hears("click", "interactive", R"({"type":"block_actions"})");
  f.scheduler.pass(2499ms);
  CHECK(f.acks(0).empty());
  f.scheduler.pass(1ms);
  for (auto& answer : late)
    answer(true, {{"text", "too late"}});
  f.scheduler.pass(1min);
  REQUIRE(f.acks(0).size() == 3);
  const auto ack = [&](std::size_t i) { return nlohmann::json::parse(f.acks(0)[i]); };
  CHECK(ack(0)["payload"]["text"] == "This takes longer than it should: try again in a moment.");
  CHECK(ack(1)["payload"]["response_action"] == "errors");
  CHECK_FALSE(ack(2).contains("payload"));
}

TEST_CASE("what could not be stored is not acknowledged, and heard again when it comes again") {
  Fixture f;
  f.mode.start();
  f.hello(0);
  f.hears(0, click("e1"));
  f.settle(false);
  f.scheduler.pass(1min);
  CHECK(f.acks(0).empty());
  f.hears(0, click("e1"));
  f.settle();
  CHECK(f.acks(0) == std::vector{ack_e1});
}

TEST_CASE("an envelope that comes again, by whichever socket, speaks once and is acknowledged each time") {
  Fixture f(2);
  f.mode.start();
  f.hello(0);
  f.hello(1);
  f.hears(0, click("e1"));
  f.hears(0, click("e1"));
  f.hears(1, click("e1"));
  CHECK(f.asked.size() == 1);
  f.settle();
  CHECK(f.acks(0) == std::vector{ack_e1});
  CHECK(f.acks(1) == std::vector{ack_e1});
  f.hears(1, click("e1"));
  CHECK(f.acks(1).size() == 2);
  CHECK(f.asked.empty());
}

TEST_CASE("what is not ours to read: envelopes are acknowledged, the rest is ignored") {
  struct {
    const char* what;
    std::string text;
    bool acknowledged;
  } const rows[] = {
      {"an event", R"({"envelope_id":"e1","type":"events_api","payload":{"event":{}}})", true},
      {"an unknown type", R"({"envelope_id":"e1","type":"telepathy"})", true},
      {"no id", R"({"type":"interactive","payload":{}})", false},
      {"an id that is no text", R"({"envelope_id":7,"type":"interactive","payload":{}})", false},
      {"no type", R"({"envelope_id":"e1"})", false},
      {"no JSON", "hello", false},
      {"an array", "[]", false},
      {"deep", std::string(100'000, '['), false},
      {"an unknown goodbye before any hello", R"({"type":"disconnect","reason":7})", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    Fixture f;
    f.mode.start();
    f.hears(0, row.text);
    f.scheduler.pass(0s);
    CHECK(f.acks(0) == (row.acknowledged ? std::vector{ack_e1} : std::vector<std::string>()));
    CHECK(f.asked.empty());
    CHECK(f.opened() == 1);
  }
}

TEST_CASE("a warned socket is read on until its replacement said hello, and a while longer") {
  for (const std::string reason : {"warning", "refresh_requested", "something_new"}) {
    CAPTURE(reason);
    Fixture f;
    f.mode.start();
    f.hello(0);
    f.disconnect(0, reason);
    f.disconnect(0, reason);
    REQUIRE(f.opened() == 2);
    f.hears(0, click("e1"));
    f.hello(1);
    f.scheduler.pass(11s);
    CHECK_FALSE(f.sockets.all[0]->said_goodbye);
    f.hears(0, click("e2"));
    f.settle();
    f.settle();
    CHECK(f.acks(0).size() == 2);
    f.scheduler.pass(1s);
    CHECK(f.sockets.all[0]->said_goodbye);
    f.closes(0);
    CHECK(f.opened() == 2);
    CHECK_FALSE(f.sockets.all[1]->said_goodbye);
    CHECK(f.told.empty());
  }
}

TEST_CASE("the acknowledgement of a socket that is gone goes by another") {
  Fixture f;
  f.mode.start();
  f.hello(0);
  f.disconnect(0, "warning");
  f.hears(0, click("e1"));
  f.hello(1);
  f.closes(0);
  f.settle();
  CHECK(f.acks(1) == std::vector{ack_e1});
}

TEST_CASE("a lost socket is replaced at once, one that is lost again and again more slowly") {
  Fixture f;
  f.mode.start();
  f.hello(0);
  f.scheduler.pass(10s);
  f.closes(0);
  REQUIRE(f.opened() == 2);
  std::vector<std::int64_t> waits;
  for (std::size_t i = 1; i < 12; ++i) {
    const auto began = f.scheduler.now;
    f.closes(i);
    while (f.opened() == i + 1)
      f.scheduler.pass(1ms);
    waits.push_back((f.scheduler.now - began) / 1ms);
  }
  CHECK(waits == std::vector<std::int64_t>{0, 125, 250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000});
}

TEST_CASE("a socket without hello is given up") {
  Fixture f;
  f.mode.start();
  f.scheduler.pass(4999ms);
  CHECK(f.opened() == 1);
  f.scheduler.pass(1ms);
  CHECK(f.sockets.all[0]->destroyed);
  CHECK(f.opened() == 2);
}

TEST_CASE("health: silence is said after 15 s, however often it was tried, and taken back at hello") {
  Fixture f(2);
  f.mode.start();
  f.scheduler.pass(14s);
  CHECK(f.mode.health().empty());
  f.scheduler.pass(1s);
  CHECK_MESSAGE(f.mode.health().contains("no connection to Slack"), f.mode.health());
  CHECK(f.mode.health().contains("no hello came"));
  f.hello(f.opened() - 1);
  CHECK(f.mode.health().empty());
  f.scheduler.pass(1h);
  CHECK(f.mode.health().empty());  // the other one's trouble is not silence
}

TEST_CASE("refusals that a person must mend: said at once, tried again slowly, forgotten when it works") {
  for (const std::string error : {"not_authed", "invalid_auth", "account_inactive", "missing_scope"}) {
    CAPTURE(error);
    Fixture f;
    f.client.answers.clear();
    f.client.refuses(error);
    f.answer_opens(1);
    f.mode.start();
    CHECK(f.mode.health().starts_with("slack: Socket Mode: " + error + ": "));
    CHECK_FALSE(f.mode.health().contains("xapp-1"));
    f.scheduler.pass(29s);
    CHECK(f.client.calls.size() == 1);
    CHECK(f.mode.health().contains(error));
    f.scheduler.pass(1s);
    REQUIRE(f.opened() == 1);
    f.hello(0);
    CHECK(f.mode.health().empty());
  }
}

TEST_CASE("other failures of apps.connections.open") {
  struct {
    const char* what;
    FakeClient::Answer answer;
    Duration wait;
  } const rows[] = {
      {"429", net::Response{429, {{"Retry-After", "20"}}, ""}, 22500ms},
      {"500", net::Response{500, {}, ""}, 0s},
      {"nobody there", std::unexpected(net::ClientFailure{net::Sent::no, "refused"}), 0s},
      {"fatal_error", net::Response{200, {}, R"({"ok":false,"error":"fatal_error"})"}, 0s},
      {"an http URL", net::Response{200, {}, R"({"ok":true,"url":"http://evil.example/"})"}, 0s},
      {"a plain URL", net::Response{200, {}, R"({"ok":true,"url":"ws://evil.example/"})"}, 0s},
      {"no URL", net::Response{200, {}, R"({"ok":true})"}, 0s},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    Fixture f;
    f.client.answers.push_front(row.answer);
    f.mode.start();
    if (row.wait > 0s) {
      f.scheduler.pass(row.wait - 1ms);
      CHECK(f.opened() == 0);
      f.scheduler.pass(1ms);
    }
    CHECK(f.opened() == 1);
    CHECK(f.mode.health().empty() == (row.wait < 15s));
    CHECK(f.told.size() == 1);
  }
}

TEST_CASE("too_many_websockets: back off; link_disabled: say so and try slowly") {
  for (const bool after_hello : {false, true}) {
    CAPTURE(after_hello);
    Fixture f;
    f.mode.start();
    if (after_hello) f.hello(0);
    f.disconnect(0, "too_many_websockets");
    CHECK(f.sockets.all[0]->destroyed);
    f.scheduler.pass(14999ms);
    CHECK(f.opened() == 1);
    f.scheduler.pass(1ms);
    CHECK(f.opened() == 2);
    f.hello(1);
    CHECK(f.mode.health().empty());

    Fixture g;
    g.mode.start();
    if (after_hello) g.hello(0);
    g.disconnect(0, "link_disabled");
    CHECK(g.mode.health() == "slack: Socket Mode: link_disabled: switch on Socket Mode in the app's settings");
    g.scheduler.pass(29999ms);
    CHECK(g.opened() == 1);
    CHECK(g.mode.health().contains("link_disabled"));
    g.scheduler.pass(1ms);
    REQUIRE(g.opened() == 2);
    g.hello(1);
    CHECK(g.mode.health().empty());
  }
}

TEST_CASE("stop: goodbye to all, nothing opened any more") {
  Fixture f(2);
  f.mode.start();
  f.hello(0);
  f.mode.stop();
  CHECK(f.sockets.all[0]->said_goodbye);
  CHECK(f.sockets.all[1]->said_goodbye);
  f.closes(0);
  f.closes(1);
  f.scheduler.pass(1h);
  CHECK(f.opened() == 2);
  CHECK(f.mode.health().empty());
}

TEST_CASE("an answer is sent along where the envelope takes one") {
  Fixture f;
  std::vector<SocketMode::Answer> answers;
  SocketMode mode(
      f.client, f.sockets, f.given,
      [&](const chat::slack::Envelope& envelope, SocketMode::Answer answer) {
        CHECK(envelope.type == "slash_commands");
        answers.push_back(std::move(answer));
      },
      f.scheduler, f.random, [](std::string_view) {}, f.pace);
  mode.start();
  f.hello(0);
  f.hears(0, R"({"envelope_id":"e1","type":"slash_commands","accepts_response_payload":true,"payload":{}})");
  f.hears(0, R"({"envelope_id":"e2","type":"slash_commands","accepts_response_payload":false,"payload":{}})");
  f.hears(0, R"({"envelope_id":"e3","type":"slash_commands","accepts_response_payload":true,"payload":{}})");
  REQUIRE(answers.size() == 3);
  answers[0](true, {{"text", "hi"}});
  answers[1](true, {{"text", "hi"}});
  f.scheduler.pass(0s);
  answers[2](true, nullptr);
  f.scheduler.pass(1min);
  CHECK(f.acks(0) == std::vector<std::string>{R"({"envelope_id":"e1","payload":{"text":"hi"}})",
                                              R"({"envelope_id":"e2"})", R"({"envelope_id":"e3"})"});
}

TEST_CASE("envelopes are remembered within a bound") {
  using chat::slack::Envelopes;
  Envelopes envelopes;
  CHECK(envelopes.note("first", 1) == Envelopes::Seen::first);
  CHECK(envelopes.settle("first") == std::vector<Envelopes::Socket>{1});
  CHECK(envelopes.note("first", 1) == Envelopes::Seen::settled);
  for (int i = 0; i < 4096; ++i)
    envelopes.note(std::to_string(i), 1);
  CHECK(envelopes.note("first", 1) == Envelopes::Seen::first);
  CHECK(envelopes.note("4095", 2) == Envelopes::Seen::under_way);
  CHECK(envelopes.settle("4095") == std::vector<Envelopes::Socket>{1, 2});
  CHECK(envelopes.settle("0").empty());
}

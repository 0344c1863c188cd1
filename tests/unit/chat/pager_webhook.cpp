#include <doctest/doctest.h>

#include "chat/pager/webhook.hpp"
#include "chat/pager/words.hpp"
#include "unit/chat/fake_client.hpp"
#include "unit/chat/hostile.hpp"
#include "unit/chat/messages.hpp"

using namespace countersign;
using namespace countersign::test;
using app::Undelivered;

namespace {

class NoonClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return at(noon + 100); }
};

struct Fixture {
  FakeClient client;
  NoonClock clock;
  chat::WebhookPager pager{client, clock, settings(), [](Id id) { return "https://c.example/a/" + to_text(id); }};

  static chat::WebhookPagerSettings settings() {
    chat::WebhookPagerSettings out;
    out.name = "oncall";
    out.url = "https://pager.example/hook";
    out.secret = Secret("s3cret");
    return out;
  }
  std::expected<app::Posted, Undelivered> deliver(app::OwedMessage message) {
    std::optional<std::expected<app::Posted, Undelivered>> out;
    pager.deliver(std::move(message), [&](auto answer) { out = std::move(answer); });
    REQUIRE(out);
    return *std::move(out);
  }
};

app::OwedMessage paged(const std::string& purpose) {
  auto message = asked();
  message.notification.purpose = purpose;
  message.notification.to = "pager:oncall";
  return message;
}

}  // namespace

TEST_CASE("the signature is hex HMAC-SHA256 over the time, a dot and the body") {
  // printf '1795176100.{"a":1}' | openssl dgst -sha256 -hmac s3cret
  CHECK(chat::post_signature(Secret("s3cret"), R"({"a":1})", at(noon + 100)) ==
        "t=1795176100,v1=b96bba0fda3aba671e88fd8de0116857d7705f11647c04d657739311f1565518");
}

TEST_CASE("a page is one signed POST that says who, where, from where, when, and where to decide") {
  Fixture f;
  REQUIRE(f.deliver(paged("page")));
  REQUIRE(f.client.calls.size() == 1);
  const auto& call = f.client.calls[0];
  CHECK(call.method == "POST");
  CHECK(call.url == "https://pager.example/hook");
  CHECK(net::header(call.headers, "content-type") == "application/json");
  CHECK(net::header(call.headers, "countersign-signature") ==
        chat::post_signature(Secret("s3cret"), call.body, at(noon + 100)));
  const auto body = f.client.body(0);
  CHECK(body["version"] == 1);
  CHECK(body["id"] == to_text(Id{7}));
  CHECK(body["kind"] == "page");
  CHECK(body["pager"] == "oncall");
  CHECK(body["headline"] == "Undecided: SSH login as oswaldo on bastion");
  CHECK(body["sent_at"] == "2026-11-20T12:01:40Z");
  CHECK(body["approval"]["id"] == to_text(Id{6}));
  CHECK(body["approval"]["person"] == "Oswaldo");
  CHECK(body["approval"]["state"] == "pending");
  CHECK(body["approval"]["link"] == "https://c.example/a/" + to_text(Id{6}));
  const auto event = body["approval"]["events"][0];
  CHECK(event["user.name"] == "oswaldo");
  CHECK(event["host.name"] == "bastion");
  CHECK(event["source.ip"] == "203.0.113.7");
  CHECK(event["source.port"] == 51234);
  CHECK(event["@timestamp"] == "2026-11-20T12:00:00Z");
}

TEST_CASE("kinds: a denial names who denied; an outage has its words and no approval") {
  Fixture f;
  REQUIRE(f.deliver(decided(paged("denial"), core::Act::deny, "Oswaldo", "not me")));
  CHECK(f.client.body(0)["kind"] == "denial");
  CHECK(f.client.body(0)["approval"]["decisions"][0] == "Denied by Oswaldo, 2026-11-20T12:01:30Z: not me");
  for (const auto* purpose : {"outage", "outage_over"}) {
    app::OwedMessage outage;
    outage.notification.id = Id{8};
    outage.notification.purpose = purpose;
    outage.notification.detail = "Slack takes no messages";
    REQUIRE(f.deliver(outage));
    const auto body = f.client.body(f.client.calls.size() - 1);
    CHECK(body["kind"] == "outage");
    CHECK(body["state"] == (std::string_view(purpose) == "outage" ? "begun" : "over"));
    CHECK(body["text"] == "Slack takes no messages");
    CHECK_FALSE(body.contains("approval"));
  }
}

TEST_CASE("the audit chain's head is one object of its own, signed as a page is") {
  Fixture f;
  app::OwedMessage head;
  head.notification.id = Id{9};
  head.notification.purpose = "head";
  head.notification.detail = R"({"date":"2026-11-20","head":"ab","entries":7})";
  REQUIRE(f.deliver(head));
  const auto body = f.client.body(0);
  CHECK(body["kind"] == "head");
  CHECK(body["headline"] == "The audit chain's head");
  CHECK(body["audit"]["head"] == "ab");
  CHECK(body["audit"]["entries"] == 7);
  CHECK_FALSE(body.contains("approval"));
  CHECK_FALSE(body.contains("text"));
}

TEST_CASE("a page that stands is not posted again when its approval changes") {
  Fixture f;
  auto message = paged("page");
  message.notification.remote_channel = "pager";
  message.notification.remote_message = "x";
  CHECK(f.deliver(message));
  CHECK(f.client.calls.empty());
}

TEST_CASE("what each answer means") {
  using Kind = Undelivered::Kind;
  const struct {
    int status;
    std::optional<Kind> kind;
  } table[] = {{200, {}},
               {202, {}},
               {204, {}},
               {301, Kind::bad_target},
               {307, Kind::bad_target},
               {400, Kind::our_bug},
               {401, Kind::bad_target},
               {403, Kind::bad_target},
               {404, Kind::bad_target},
               {408, Kind::unclear},
               {410, Kind::bad_target},
               {413, Kind::our_bug},
               {422, Kind::our_bug},
               {429, Kind::wait},
               {500, Kind::unclear},
               {502, Kind::unclear},
               {503, Kind::wait}};
  for (const auto& row : table) {
    CAPTURE(row.status);
    Fixture f;
    f.client.answers.emplace_back(net::Response{row.status, {}, "<script>secret</script>"});
    const auto answer = f.deliver(paged("page"));
    CHECK(answer.has_value() == !row.kind.has_value());
    if (row.kind) {
      CHECK(answer.error().kind == *row.kind);
      CHECK(answer.error().why.find(std::to_string(row.status)) != std::string::npos);
      CHECK(answer.error().why.find("secret<") == std::string::npos);
    }
  }
  const std::pair<const char*, std::optional<Duration>> waits[] = {{"30", std::chrono::seconds(30)},
                                                                   {"0", std::chrono::seconds(0)},
                                                                   {"99999999", std::chrono::hours(1)},
                                                                   {"-1", std::nullopt},
                                                                   {"soon", std::nullopt},
                                                                   {"", std::nullopt}};
  for (const auto& [text, wait] : waits)
    CHECK(chat::refusal_of({429, {{"Retry-After", text}}, ""}, "it")->retry_after == wait);
  Fixture f;
  f.client.answers.emplace_back(std::unexpected(net::ClientFailure{net::Sent::no, "refused"}));
  CHECK(f.deliver(paged("page")).error().kind == Kind::retry);
  f.client.answers.emplace_back(std::unexpected(net::ClientFailure{net::Sent::maybe, "timed out"}));
  CHECK(f.deliver(paged("page")).error().kind == Kind::unclear);
}

TEST_CASE("a page says what was done and as whom") {
  auto message = paged("page");
  message.events[0].event.action = "sudo_command";
  message.events[0].event.more = {{"user.effective.name", "root"}, {"process.command_line", "/bin/bash"}};
  CHECK(chat::pager::headline(message) == "Undecided: sudo command by oswaldo as root on bastion: /bin/bash");
  CHECK(chat::pager::event_line(message.events[0].event).ends_with(", as root: /bin/bash"));
  message.events[0].event.more = {{"aws.call", "StopLogging"}, {"aws.trail", "main"}};
  CHECK(chat::pager::event_line(message.events[0].event).ends_with(", Trail: main: StopLogging"));
}

TEST_CASE("hostile values stay in their strings, on one line, bounded, and make no link") {
  for (const auto& hostile : hostile_texts()) {
    CAPTURE(hostile);
    auto message = paged("denial");
    message.events[0].event.user = message.events[0].event.host = message.events[0].event.address = hostile;
    message.events[0].event.more = {{hostile, hostile},
                                    {"user.effective.name", hostile},
                                    {"process.command_line", hostile},
                                    {"aws.trail", hostile}};
    message.approval.reason = message.approval.person = hostile;
    message = decided(std::move(message), core::Act::deny, hostile, hostile);
    Fixture f;
    REQUIRE(f.deliver(std::move(message)));
    CHECK(f.client.calls[0].body.size() < 64 * 1024);
    const auto body = f.client.body(0);
    CHECK(body["kind"] == "denial");
    CHECK(body["approval"]["link"] == "https://c.example/a/" + to_text(Id{6}));
    for (const auto& shown : {body["headline"], body["approval"]["reason"], body["approval"]["decisions"][0],
                              body["approval"]["events"][0].value("user.name", nlohmann::json(""))}) {
      const auto text = shown.get<std::string>();
      CHECK(text.find_first_of("\r\n\t\x1b") == std::string::npos);
      CHECK(text.find("://") == std::string::npos);
      CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
    }
  }
}

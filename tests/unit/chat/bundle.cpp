// Messages that several notifications share: Slack's limits, buttons of each, how they are posted, found and edited.
#include "chat/slack/bundle.hpp"

#include <doctest/doctest.h>

#include <set>

#include "chat/slack/chat.hpp"
#include "chat/slack/json.hpp"
#include "chat/slack/text.hpp"
#include "unit/chat/fake_client.hpp"
#include "unit/chat/hostile.hpp"
#include "unit/chat/messages.hpp"

using namespace countersign;
using namespace countersign::test;
using app::Undelivered;
using chat::slack::bundle_blocks;
using chat::slack::bundle_summary;
using chat::slack::most_together;
using nlohmann::json;

namespace {

/// `count` messages to one reader as one, each with an approval and a button value of its own.
app::OwedMessage together(std::size_t count, app::OwedMessage like) {
  std::vector<app::OwedMessage> parts;
  for (std::size_t i = 0; i < count; ++i) {
    auto part = like;
    part.notification.id = Id{static_cast<std::int64_t>(100 + i)};
    part.notification.bundle = Id{100};
    part.notification.approval = part.approval.id = Id{static_cast<std::int64_t>(200 + i)};
    part.button = std::string(42, 'v') + static_cast<char>('a' + i);
    parts.push_back(std::move(part));
  }
  auto out = parts.front();
  out.others.assign(parts.begin() + 1, parts.end());
  return out;
}

std::vector<std::string> values_of(const json& blocks) {
  std::vector<std::string> out;
  for (const auto& block : blocks)
    if (block["type"] == "actions") out.push_back(block["elements"][0]["value"]);
  return out;
}

void check_limits(const json& blocks) {
  CHECK(blocks.size() <= 50);
  CHECK(chat::slack::length(chat::slack::to_bytes(blocks)) <= 13'200);
  std::set<std::string> ids;
  for (const auto& block : blocks) {
    if (block.contains("block_id")) CHECK(ids.insert(block["block_id"]).second);
    if (block["type"] == "section") CHECK(chat::slack::length(block["text"]["text"].get<std::string>()) <= 3000);
  }
}

}  // namespace

TEST_CASE("each of a crowd has its own buttons, and the number is said") {
  const auto message = together(most_together, asked());
  const auto blocks = bundle_blocks(message);
  check_limits(blocks);
  CHECK(blocks[0]["text"]["text"] == "10 wait: were these you?");
  const auto values = values_of(blocks);
  REQUIRE(values.size() == most_together);
  CHECK(std::set(values.begin(), values.end()).size() == most_together);
  CHECK(blocks[1]["text"]["text"].get<std::string>().find("`203.0.113.7` port 51234, publickey") != std::string::npos);
  CHECK(bundle_summary(message).starts_with("10 wait: were these you?\n"));
  CHECK(bundle_blocks(together(3, in_channel("escalation")))[0]["text"]["text"] == "3 wait: are these all right?");
}

TEST_CASE("the longest and most hostile values fit, with every button still there") {
  for (const auto& value : hostile_texts()) {
    auto one = in_channel("escalation", 20);
    std::string longest;
    while (longest.size() < 4096)
      longest += value.empty() ? "x" : value;
    for (auto& stored : one.events) {
      stored.event.user = stored.event.host = stored.event.address = stored.event.method = longest;
      stored.event.key = stored.event.key_type = stored.event.certificate = stored.event.authority = longest;
    }
    one.approval.reason = longest;
    one.approval.person = one.approval.subject = longest;
    const auto message = together(most_together, one);
    const auto blocks = bundle_blocks(message);
    check_limits(blocks);
    CHECK(values_of(blocks).size() == most_together);
    CHECK(chat::slack::length(bundle_summary(message)) <= 3000);
  }
}

TEST_CASE("what is decided has no buttons and says who decided; the rest keep theirs") {
  auto message = together(3, asked());
  message.others[0] = decided(message.others[0], core::Act::approve, "Oswaldo", "");
  auto blocks = bundle_blocks(message);
  CHECK(values_of(blocks).size() == 2);
  CHECK(blocks[0]["text"]["text"] == "2 wait: were these you?");
  CHECK(blocks[3]["text"]["text"].get<std::string>().find("*Approved* by Oswaldo") != std::string::npos);
  message = decided(message, core::Act::deny, "Alice", "");
  message.others[1] = decided(message.others[1], core::Act::approve, "Alice", "");
  blocks = bundle_blocks(message);
  CHECK(values_of(blocks).empty());
  CHECK(blocks[0]["text"]["text"] == "3 logins and events: all decided");
}

TEST_CASE("receipts together: each with who decided and its own not-me, as long as it can be taken back") {
  auto one = decided(asked(), core::Act::approve, "Alice", "called him");
  one.notification.purpose = "receipt";
  auto message = together(most_together, one);
  message.others[2].button.clear();
  const auto blocks = bundle_blocks(message);
  check_limits(blocks);
  CHECK(blocks[0]["text"]["text"] == "10 decisions in your name");
  CHECK(values_of(blocks).size() == most_together - 1);
  CHECK(blocks[2]["elements"][0]["action_id"] == "not_me");
  CHECK(blocks[1]["text"]["text"].get<std::string>().find("*Approved* by Alice") != std::string::npos);
  CHECK(bundle_summary(message).starts_with("10 decisions in your name\n"));
}

namespace {

struct BundleChat {
  chat::SlackSettings settings;
  FakeClient client;
  std::vector<std::string> warnings;
  StillClock clock;
  chat::SlackChat chat{client, settings, clock, [](Id) { return std::string(); },
                       [this](std::string_view text) { warnings.emplace_back(text); }};

  std::expected<app::Posted, Undelivered> deliver(app::OwedMessage message) {
    std::optional<std::expected<app::Posted, Undelivered>> out;
    chat.deliver(std::move(message), [&](auto outcome) { out = std::move(outcome); });
    REQUIRE(out.has_value());
    return *std::move(out);
  }
};

}  // namespace

TEST_CASE("a crowd's message bears the first one's id, also when that one has gone, and is found by it") {
  BundleChat f;
  auto message = together(3, in_channel("ask"));
  message.thread_channel = message.recipient;
  message.thread_message = "1.1";
  CHECK(f.deliver(message));
  CHECK(f.client.body(0)["metadata"]["event_payload"]["notification"] == to_text(Id{100}));
  CHECK_FALSE(f.client.body(0).contains("thread_ts"));

  auto rest = message.others[0];
  rest.others = {message.others[1]};
  rest.tried = true;
  f.client.will(R"({"ok":true,"messages":[{"ts":"5.5","metadata":{"event_type":"countersign_notification",)"
                R"("event_payload":{"notification":")" +
                to_text(Id{100}) + R"("}}}]})");
  CHECK(f.deliver(rest));
  CHECK(f.client.method(1) == "conversations.history");
  CHECK(f.client.method(2) == "chat.update");
  CHECK(f.client.body(2)["ts"] == "5.5");
}

TEST_CASE("a crowd refused as malformed is given back, to go one by one, without a look for copies") {
  BundleChat f;
  const auto message = together(2, in_channel("ask"));
  f.client.refuses("invalid_blocks");
  CHECK(f.deliver(message).error().kind == Undelivered::Kind::our_bug);
  CHECK(f.client.calls.size() == 1);
  REQUIRE(f.warnings.size() == 1);
  auto alone = message.others[0];
  alone.notification.bundle = {};
  alone.tried = true;
  CHECK(f.deliver(alone));
  CHECK(f.client.method(1) == "chat.postMessage");
}

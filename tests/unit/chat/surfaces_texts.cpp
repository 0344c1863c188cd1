// Modals, App Home and the answers to slash commands: Slack's limits, and hostile values in every place.
#include <doctest/doctest.h>

#include <functional>
#include <set>

#include "chat/slack/elements.hpp"
#include "chat/slack/expect_form.hpp"
#include "chat/slack/json.hpp"
#include "chat/slack/modal.hpp"
#include "chat/slack/waiting.hpp"
#include "unit/chat/hostile.hpp"
#include "unit/chat/messages.hpp"

using namespace countersign;
using namespace countersign::chat::slack;
using namespace countersign::test;
using nlohmann::json;

namespace {

void visit(const json& node, const std::function<void(const json&)>& see) {
  see(node);
  if (node.is_structured())
    for (const auto& child : node)
      visit(child, see);
}

/// Between backticks stand others' values, entities for brackets; outside is our own markup alone.
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

void check_texts(const json& blocks) {
  visit(blocks, [](const json& node) {
    if (!node.is_object()) return;
    const auto type = node.value("type", "");
    if (type == "mrkdwn") {
      CHECK(node["verbatim"] == true);
      CHECK(length(node["text"].get<std::string>()) <= 3000);
      check_no_markup(node["text"].get<std::string>());
    }
    if (type == "plain_text") {
      CHECK_FALSE(node["text"].get<std::string>().empty());
      CHECK(node["text"].get<std::string>().find('<') == std::string::npos);
      CHECK(length(node["text"].get<std::string>()) <= 3000);
    }
    if (type == "section") CHECK_FALSE(node["text"]["text"].get<std::string>().empty());
  });
}

app::FullApproval full(const std::string& value) {
  auto message = in_channel("ask", 3);
  app::FullApproval out;
  out.approval = message.approval;
  out.approval.person = out.approval.subject = out.approval.reason = out.approval.taken_by = value;
  out.approval.taken_until = at(noon);
  out.events = message.events;
  for (auto& stored : out.events) {
    stored.event.user = stored.event.host = stored.event.address = stored.event.action = value;
    stored.event.method = stored.event.key = value;
    for (const auto* name : {"user.effective.name", "process.command_line", "aws.call", "user.target.name"})
      core::set_field(stored.event, name, value);
  }
  return out;
}

Waiting full_page(const std::string& value, std::size_t many) {
  Waiting waiting{{}, {}, 77, 99, true, true};
  for (std::size_t i = 0; i < many; ++i) {
    waiting.mine.push_back(as_message(full(value), value, std::string(255, 'b')));
    waiting.all.push_back(as_message(full(value), "security_channel", std::string(255, 'b')));
  }
  return waiting;
}

}  // namespace

TEST_CASE("App Home: hostile values form no markup and break no limit") {
  for (const auto& value : hostile_texts()) {
    CAPTURE(value.substr(0, 40));
    const auto view = home_view(full_page(value, most_waiting));
    CHECK(view["type"] == "home");
    CHECK(view["blocks"].size() <= 100);
    CHECK(length(to_bytes(view)) <= 250'000);
    check_texts(view["blocks"]);
    std::set<std::string> ids;
    for (const auto& block : view["blocks"])
      if (block.contains("block_id")) CHECK(ids.insert(block["block_id"].get<std::string>()).second);
    const auto answer = waiting_blocks(full_page(value, most_waiting));
    CHECK(answer.size() <= 50);
    CHECK(length(to_bytes(answer)) <= 13'000);
    CHECK(to_bytes(answer).find("more\"") != std::string::npos);
    CHECK(answer.dump().find("\"actions\"") == std::string::npos);
    check_texts(answer);
  }
}

TEST_CASE("App Home says what waits, to those it knows") {
  struct {
    const char* what;
    Waiting waiting;
    const char* says;
  } const rows[] = {
      {"a stranger", {}, "not among the people"},
      {"nothing", {{}, {}, 0, 0, true, false}, "Nothing waits for you"},
      {"nothing for the team", {{}, {}, 0, 0, true, true}, "Nothing waits for anybody"},
      {"more than is shown", full_page("x", 1), "and 98 more"},
      {"more of the reader's own than is shown", full_page("x", 1), "and 76 more"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(home_view(row.waiting).dump().find(row.says) != std::string::npos);
  }
  CHECK(home_view(full_page("x", 1)).dump().find("\"take\"") != std::string::npos);
  CHECK(home_view(full_page("x", 1)).dump().find("\"wrong_person\"") != std::string::npos);
}

TEST_CASE("modals: titles and labels within Slack's limits, the value carried unseen") {
  for (const auto callback : {add_reason, approve_with_reason}) {
    const auto view = reason_view(callback, std::string(255, 'v'));
    CHECK(view["type"] == "modal");
    CHECK(view["callback_id"] == callback);
    CHECK(view["private_metadata"].get<std::string>().size() <= 3000);
    for (const auto* key : {"title", "close", "submit"})
      CHECK(length(view[key]["text"].get<std::string>()) <= 24);
    CHECK(view["blocks"][0]["element"]["max_length"] == 2000);
    check_texts(view["blocks"]);
  }
  for (const auto& value : hostile_texts()) {
    check_texts(notice_view(value)["blocks"]);
    const auto answer = refused_below(value);
    CHECK(answer["errors"]["reason"].get<std::string>().find('<') == std::string::npos);
    CHECK(length(answer["errors"]["reason"].get<std::string>()) <= 400);
  }
}

TEST_CASE("what a submission says") {
  const auto submission = [](const std::string& said) {
    return json{{"type", "view_submission"},
                {"user", {{"id", "U1"}}},
                {"view",
                 {{"callback_id", "add_reason"},
                  {"private_metadata", "opaque"},
                  {"state", {{"values", {{"reason", {{"text", {{"type", "plain_text_input"}, {"value", said}}}}}}}}}}}};
  };
  const auto read = read_submission(submission(" \n because <!channel>\t"));
  REQUIRE(read);
  CHECK(read->user == "U1");
  CHECK(read->callback == "add_reason");
  CHECK(read->value == "opaque");
  CHECK(read->reason == "because <!channel>");
  CHECK(read_submission(submission(" \n"))->reason.empty());
  CHECK(read_submission(submission(std::string(9000, 'x'))).error().fault == Fault::invalid);
  CHECK(read_submission(json{{"type", "view_submission"}}).error().fault == Fault::invalid);
  for (const auto* odd : {R"({"user":{"id":"U1"},"view":null})", R"({"user":{"id":"U1"},"view":{"state":[]}})",
                          R"({"user":{"id":"U1"},"view":{"state":{"values":{"reason":{"text":{"value":7}}}}}})"})
    CHECK(read_submission(json::parse(odd))->reason.empty());
}

TEST_CASE("expected changes: hostile values form no markup and break no limit, in the form's answers and in the list") {
  for (const auto& value : hostile_texts()) {
    CAPTURE(value.substr(0, 40));
    core::ExpectedChange change;
    change.id = Id{77};
    change.account = change.key = change.person = change.reason = change.author = value;
    if (!value.empty()) change.host = value;
    change.until = at(noon);
    check_texts(announced_view(change)["view"]["blocks"]);
    for (const bool trust : {false, true}) {
      change.trust = trust;
      const auto all = expected_blocks(std::vector(60, change));
      CHECK(all.size() <= 50);
      CHECK(length(all.dump(-1, ' ', false, json::error_handler_t::replace)) <= 13'200);
      check_texts(all);
    }
    const auto answer = refused_fields({{"account", value}});
    CHECK(answer["errors"]["account"].get<std::string>().find('<') == std::string::npos);
  }
  for (const bool security : {false, true}) {
    const auto view = expect_view(security, at(noon));
    CHECK(view["title"]["text"].get<std::string>().size() <= 24);
    check_texts(view["blocks"]);
  }
}

TEST_CASE("what the form of an expected change says, and what is wrong with it") {
  const auto submission = [](const json& values) {
    return json{{"user", {{"id", "U1"}}}, {"view", {{"state", {{"values", values}}}}}};
  };
  const auto text = [](const std::string& value) {
    return json{{"value", {{"type", "plain_text_input"}, {"value", value}}}};
  };
  const auto time = [](const json& value) { return json{{"value", {{"selected_date_time", value}}}}; };
  const auto good = read_expect(submission({{"account", text(" oswaldo ")},
                                            {"host", text("web*")},
                                            {"network", text("203.0.113.0/24")},
                                            {"key", text("SHA256:x")},
                                            {"reason", text("disks\nand more")},
                                            {"until", time(noon)}}));
  CHECK(good.errors.empty());
  CHECK(good.user == "U1");
  CHECK(good.change.account == "oswaldo");
  CHECK(good.change.network->text() == "203.0.113.0/24");
  CHECK(good.change.until == at(noon));
  const auto bad = read_expect(submission({{"account", text(std::string(4096, 'x'))},
                                           {"network", text("here")},
                                           {"key", text("mine")},
                                           {"until", time("soon")}}));
  CHECK(bad.errors.size() == 5);
  for (const auto& odd : {json(-1), json(1e30), json(5'000'000'000), json(nullptr), json::array()})
    CHECK(read_expect(submission({{"until", time(odd)}})).errors.contains("until"));
  for (const auto* odd : {"null", "[]", "7", R"({"view":{"state":{"values":{"until":7,"account":[]}}}})"})
    CHECK(read_expect(json::parse(odd)).errors.size() == 2);
}

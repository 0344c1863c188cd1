#include "chat/slack/payload.hpp"

#include <doctest/doctest.h>

using namespace countersign;
using namespace countersign::chat::slack;

TEST_CASE("exactly one payload") {
  struct {
    const char* form;
    const char* value;  // null: refused
  } const rows[] = {
      {"payload=%7B%7D", "{}"},
      {"a=b&payload=x+y&c", "x y"},
      {"payload=", ""},
      {"payload", ""},
      {"%70ayload=x", "x"},
      {"", nullptr},
      {"a=b", nullptr},
      {"payload=x&payload=y", nullptr},
      {"payload=x&%70ayload=y", nullptr},
      {"payload=%zz", nullptr},
      {"%zz=1&payload=x", nullptr},
      {"Payload=x", nullptr},
  };
  for (const auto& row : rows) {
    CAPTURE(row.form);
    const auto out = payload_of(row.form);
    REQUIRE(out.has_value() == (row.value != nullptr));
    if (out)
      CHECK(*out == row.value);
    else
      CHECK(out.error().fault == Fault::invalid);
  }
  std::string many;
  for (int i = 0; i < 200; ++i)
    many += "a=b&";
  CHECK_FALSE(payload_of(many + "payload=x"));
}

TEST_CASE("clicks") {
  const auto out = read_click(
      R"({"type":"block_actions","user":{"id":"U1","name":"<!channel>"},"channel":{"id":"D1"},
          "container":{"channel_id":"D2","message_ts":"1.2"},"response_url":"https://hooks.slack.com/x",
          "actions":[{"action_id":"approve","block_id":"b","value":"v","action_ts":"1.3"}]})");
  REQUIRE(out.has_value());
  CHECK(out->user == "U1");
  CHECK(out->action == "approve");
  CHECK(out->value == "v");
  CHECK(out->channel == "D1");
  CHECK(out->message == "1.2");
  CHECK(out->response_url == "https://hooks.slack.com/x");
  for (const auto* bad :
       {"", "x", "[]", "null", "{}", R"({"type":"block_actions"})", R"({"type":"block_actions","user":{"id":"U1"}})",
        R"({"type":"block_actions","user":{"id":"U1"},"actions":[]})",
        R"({"type":"block_actions","user":"U1","actions":[{}]})", R"({"type":1,"user":{"id":"U1"},"actions":[{}]})",
        "{\"type\":\"block_actions\",\"user\":{\"id\":\"U1\"},\"actions\":["}) {
    CAPTURE(bad);
    CHECK_FALSE(read_click(bad));
  }
  CHECK_FALSE(read_click("{\"a\":" + std::string(500'000, '[')));
  // Types within are no reason to fall over: what isn't text is not there.
  const auto odd =
      read_click(R"({"type":"block_actions","user":{"id":"U1"},"channel":7,"actions":[7],"response_url":{}})");
  REQUIRE(odd.has_value());
  CHECK(odd->action.empty());
  CHECK(read_click(R"({"type":"view_submission","user":{"id":"U1"}})").has_value());
}

TEST_CASE("response_url is answered on Slack's own hosts and api_url's alone") {
  const auto* real = "https://slack.com/api/";
  const auto* fake = "http://127.0.0.1:4321/api/";
  struct {
    const char* url;
    const char* api;
    bool good;
  } const rows[] = {
      {"https://hooks.slack.com/actions/T1/2/x", real, true},
      {"https://HOOKS.slack.com/actions", real, true},
      {"https://hooks.slack.com:443/x", real, true},
      {"https://slack.com/x", real, true},
      {"https://hooks.slack.com/x", fake, true},
      {"http://127.0.0.1:4321/actions/1", fake, true},
      {"http://127.0.0.1:9999/actions/1", fake, true},
      {"http://hooks.slack.com/x", real, false},
      {"https://hooks.slack.com:8443/x", real, false},
      {"https://hooks.slack.com.evil.example/x", real, false},
      {"https://evilslack.com/x", real, false},
      {"https://hooks.slack.com@evil.example/x", real, false},
      {"https://evil.example/hooks.slack.com", real, false},
      {"https://evil.example?.slack.com", real, false},
      {"https://evil.example#.slack.com", real, false},
      {"https://evil.example\\.slack.com/x", real, false},
      {"https://evil.example/\r\nHost: hooks.slack.com", real, false},
      {"https://127.0.0.1:4321/x", fake, false},
      {"http://127.0.0.1.evil.example:4321/x", fake, false},
      {"http://169.254.169.254/latest", fake, false},
      {"file:///etc/passwd", fake, false},
      {"//hooks.slack.com/x", real, false},
      {"https://", real, false},
      {"", real, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.url);
    CHECK(answerable(row.url, row.api) == row.good);
  }
}

// Several audit events in one object, as clouds send them: each is a record, and what is broken costs itself.
#include <fmt/format.h>

#include "tests/unit/webhooks/decoding.hpp"
#include "webhooks/envelope.hpp"

using namespace countersign;
using namespace countersign::webhooks_test;

namespace {

const std::string kTrail = R"({"eventVersion":"1.08","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin"})";

std::string wrapped(std::string_view events) {
  return fmt::format(R"({{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{{}},"items":{}}})", events);
}

webhooks::Options whole_object() {
  webhooks::Options options;
  options.fields.line = *webhooks::JsonPath::parse("$");
  return options;
}

Result<app::Decoded> brought(std::string_view provider, std::string_view body, const webhooks::Options& options = {}) {
  app::Delivery delivery;
  delivery.body = body;
  delivery.arrival = kArrival;
  return decoder(provider, options)->decode(delivery);
}

/// "<record> <record> !unreadable", or "refused".
std::string told(const Result<app::Decoded>& decoded) {
  if (!decoded) return "refused";
  std::string all;
  for (const auto& record : decoded->records)
    all += fmt::format("{}<{}>", all.empty() ? "" : " ", record.message);
  for (const auto& unreadable : decoded->unreadable)
    all += fmt::format("{}!{}", all.empty() ? "" : " ", unreadable.sample.substr(0, 20));
  return all;
}

}  // namespace

TEST_CASE("each event in an envelope is a record") {
  struct Row {
    const char* about;
    std::string body, told;
  };
  const std::string okta = R"({"eventTypeVersion":"1.0","source":"https://x.okta.com/api/v1/eventHooks/who1","data":)"
                           R"({"a":1,"events":[{"uuid":"u","eventType":"t.u"}, {"uuid":"v"}]},"eventType":)"
                           R"("com.okta.event_hook"})";
  for (const auto& row : {
           Row{"kubernetes: an item is told what it is",
               wrapped(R"([{"level":"Metadata","auditID":"a"} ,{"auditID":"b"}])"),
               R"(<{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a"}> )"
               R"(<{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"b"}>)"},
           Row{"kubernetes: an object of another API", R"({"kind":"EventList","apiVersion":"v1","items":[{"a":1}]})",
               R"(<{"kind":"EventList","apiVersion":"v1","items":[{"a":1}]}>)"},
           Row{"kubernetes: no items", wrapped("null"), ""},
           Row{"kubernetes: a version without end",
               R"({"kind":"EventList","apiVersion":"audit.k8s.io/)" + std::string(100, 'v') + R"(","items":[]})",
               R"(<{"kind":"EventList","apiVersion":"audit.k8s.io/)" + std::string(100, 'v') + R"(","items":[]}>)"},
           Row{"okta, in any order", okta, R"(<{"uuid":"u","eventType":"t.u"}> <{"uuid":"v"}>)"},
           Row{"okta without data", R"({"eventType":"com.okta.event_hook","data":null})", ""},
           Row{"google",
               R"({"kind":"admin#reports#activities","etag":"e","items":[{"kind":"admin#reports#activity"}]})",
               R"(<{"kind":"admin#reports#activity"}>)"},
           Row{"google: a page without any", R"({"kind":"admin#reports#activities","etag":"e"})", ""},
           Row{"cloudtrail", R"({"Records":[)" + kTrail + "," + kTrail + "]}", "<" + kTrail + "> <" + kTrail + ">"},
           Row{"cloudtrail, the first broken", R"({"Records":[7,{"a":1},)" + kTrail + "]}",
               R"(<{"a":1}> <)" + kTrail + "> !7"},
           Row{"Records of another kind", R"({"Records":[{"a":1}]})", R"(<{"Records":[{"a":1}]}>)"},
           Row{"Records that are none", R"({"Records":)" + kTrail + "}", R"(<)" + kTrail + ">"},
           Row{"a word of it in another object", R"({"note":"com.okta.event_hook","data":{"events":[{"a":1}]}})",
               R"(<{"note":"com.okta.event_hook","data":{"events":[{"a":1}]}}>)"},
           Row{"one that has a line is that line", R"({"message":"m","Records":[)" + kTrail + "]}", "<m>"},
           Row{"one in a line's text", R"({"message":"{\"Records\":[]}"})", R"(<{"Records":[]}>)"},
           Row{"several, and others beside", R"({"a":1})" + wrapped(R"([{"b":2}])") + "\n" + okta + R"([{"c":3}])",
               R"(<{"a":1}> <{"kind":"Event","apiVersion":"audit.k8s.io/v1","b":2}> )"
               R"(<{"uuid":"u","eventType":"t.u"}> <{"uuid":"v"}> <{"c":3}>)"},
           Row{"in an array", "[" + okta + R"(,{"c":3}])",
               R"(<{"uuid":"u","eventType":"t.u"}> <{"uuid":"v"}> <{"c":3}>)"},
           // hostile
           Row{"within itself", R"({"Records":[{"Records":[)" + kTrail + "]}," + kTrail + "]}",
               R"(<{"Records":[)" + kTrail + "]}> <" + kTrail + ">"},
           Row{"no array", wrapped("5"), "refused"},
           Row{"an object for the array", wrapped(R"({"a":1})"),
               R"(<{"kind":"Event","apiVersion":"audit.k8s.io/v1","a":1}>)"},
           Row{"nothing good", wrapped(R"([1,"x",null,[{"a":1}],{}])"), "refused"},
           Row{"bad beside good", wrapped(R"([1,{"a":1},{"a" "b"},{},[{"a":1}]])"),
               R"(<{"kind":"Event","apiVersion":"audit.k8s.io/v1","a":1}> !1 !{"a" "b"} !{} ![{"a":1}])"},
           Row{"two arrays", R"({"kind":"admin#reports#activities","items":[{"a":1}],"items":[{"b":2}]})",
               R"(<{"a":1}> <{"b":2}>)"},
           Row{"two kinds", R"({"kind":"List","kind":"admin#reports#activities","items":[{"a":1}]})",
               R"(<{"kind":"List","kind":"admin#reports#activities","items":[{"a":1}]}>)"},
           Row{"an item that says what it is", wrapped(R"([{"kind":"X","auditID":"a"}])"),
               R"(<{"kind":"X","auditID":"a"}>)"},
           Row{"cut off", R"({"kind":"admin#reports#activities","items":[{"a":1},{"b")", R"(<{"a":1}> !{"b")"},
           Row{"cut off between", R"({"kind":"admin#reports#activities","items":[{"a":1})",
               R"(<{"a":1}> !{"kind":"admin#repor)"},
           Row{"cloudtrail, printed", "{\n    \"Records\": [\n" + kTrail + "\n]\n}", "<" + kTrail + ">"},
           Row{"broken around its events", R"({"x" "y","kind":"admin#reports#activities","items":[{"a":1}]})",
               R"(<{"a":1}> !{"x" "y","kind":"adm)"},
       }) {
    CAPTURE(row.about);
    CHECK(told(brought("json", row.body)) == row.told);
  }
}

TEST_CASE("a template that names no array opens envelopes too; one that does finds its own") {
  const auto body = wrapped(R"([{"auditID":"a"},5])");
  const std::string item = R"(<{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a"}> !5)";
  CHECK(told(brought("template", body)) == item);
  CHECK(told(brought("template", body, whole_object())) == item);
  CHECK(told(brought("template", "[" + body + R"(,{"b":1}])", whole_object())) ==
        R"(<{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a"}> <{"b":1}> !5)");
  auto own = whole_object();
  own.fields.records = *webhooks::JsonPath::parse("items");
  CHECK(told(brought("template", body, own)) == R"(<{"auditID":"a"}> !5)");
  webhooks::Options line;
  line.fields.line = *webhooks::JsonPath::parse("items[0].auditID");
  CHECK(told(brought("template", body, line)) == "<a>");
  auto numbered = whole_object();
  numbered.fields.id = {*webhooks::JsonPath::parse("auditID"), *webhooks::JsonPath::parse("stage")};
  const auto decoded = brought("template", wrapped(R"([{"auditID":"a","stage":"s"}])"), numbered);
  REQUIRE(decoded);
  CHECK(decoded->records.at(0).provider_id == "a/s");
}

TEST_CASE("an envelope again brings the same records, and one with too many none") {
  const auto body = wrapped(R"([{"auditID":"a"},{"auditID":"b"}])");
  CHECK(told(brought("json", body)) == told(brought("json", body)));
  std::string many;
  for (int i = 0; i < 100'001; ++i)
    many += i == 0 ? "{\"a\":1}" : ",{\"a\":1}";
  for (const auto& options : {webhooks::Options{}, whole_object()}) {
    const auto refused = brought(options.fields.line ? "template" : "json", wrapped("[" + many + "]"), options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == Fault::too_large);
  }
  const auto most = brought("json", wrapped("[" + many.substr(8) + "]"));
  REQUIRE(most);
  CHECK(most->records.size() == 100'000);
  // What each takes over stands behind them: looked for once, or this would take minutes.
  const auto behind =
      brought("json", R"({"items":[)" + many.substr(8) + R"(],"kind":"EventList","apiVersion":"audit.k8s.io/v1"})");
  REQUIRE(behind);
  CHECK(behind->records.back().message == R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","a":1})");
}

TEST_CASE("a host's lines are never opened") {
  const auto lines =
      R"({"events":[{"id":1,"message":"{\"Records\":[)" + std::string(R"({\"eventVersion\":\"1\"}]}"}]})");
  CHECK(told(brought("papertrail", lines)) == R"(<{"Records":[{"eventVersion":"1"}]}>)");
}

TEST_CASE("Okta's challenge comes back as JSON, from webhooks that may take its hook") {
  struct Row {
    std::string provider, method, suffix, challenge, reply;
  };
  for (const auto& row : {
           Row{"json", "GET", "", "abc", R"({"verification":"abc"})"},
           Row{"template", "GET", "/", "abc", R"({"verification":"abc"})"},
           Row{"json", "GET", "", "a\"}\\\x01<b>", R"({"verification":"a\"}\\\u0001<b>"})"},
           Row{"json", "GET", "", "\xff", "{\"verification\":\"\xef\xbf\xbd\"}"},
           Row{"json", "GET", "", std::string(256, 'a'), R"({"verification":")" + std::string(256, 'a') + R"("})"},
           Row{"json", "GET", "", std::string(257, 'a'), "refused"},
           Row{"json", "GET", "", "", "closed"},
           Row{"json", "GET", "/x", "abc", "closed"},
           Row{"json", "HEAD", "", "abc", "closed"},
           Row{"json", "POST", "", "abc", "guarded"},
           Row{"papertrail", "GET", "", "abc", "closed"},
           Row{"eventbridge", "GET", "", "abc", "closed"},
       }) {
    CAPTURE(row.provider + " " + row.method + " " + row.challenge);
    const std::vector<std::pair<std::string, std::string>> headers{{"x-okta-verification-challenge", row.challenge}};
    app::Delivery delivery;
    delivery.method = row.method;
    delivery.suffix = row.suffix;
    delivery.headers = headers;
    delivery.arrival = kArrival;
    const auto made = decoder(row.provider);
    const auto door = made->door(delivery);
    if (door != app::Door::open) {
      CHECK((door == app::Door::closed ? "closed" : "guarded") == row.reply);
      continue;
    }
    const auto decoded = made->decode(delivery);
    CHECK((decoded ? decoded->reply.value().body : "refused") == row.reply);
    if (decoded) CHECK(decoded->records.size() + decoded->unreadable.size() == 0);
  }
}

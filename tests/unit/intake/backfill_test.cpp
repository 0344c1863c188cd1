// Searches as pure steps: what they ask, what they make of answers, how AWS requests are signed.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "intake/backfill/cloudwatch_search.hpp"
#include "intake/backfill/loki_search.hpp"
#include "intake/backfill/mark.hpp"
#include "intake/backfill/papertrail_search.hpp"

using namespace countersign;
using namespace countersign::intake;

namespace {

Place place_of(std::string token = "", std::size_t most = 3) {
  const auto since = *parse_rfc3339("2026-11-20T10:00:00.5Z");
  return {{since, since + std::chrono::hours(48), false}, std::move(token), since, most};
}

}  // namespace

TEST_CASE("AWS's own vectors: get-vanilla and post-vanilla") {
  // docs.aws.amazon.com, "Signature Version 4 test suite"; session tokens are the fake's to verify (tests/e2e).
  const AwsCredentials credentials{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret()};
  const auto at = *parse_rfc3339("2015-08-30T12:36:00Z");
  net::Call get{"GET", "https://example.amazonaws.com/", {}, ""};
  sign(get, credentials, "us-east-1", "service", at);
  CHECK(get.headers.back().second ==
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  net::Call post{"POST", "https://example.amazonaws.com/", {}, ""};
  sign(post, credentials, "us-east-1", "service", at);
  CHECK(post.headers.back().second.ends_with(
      "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"));
}

TEST_CASE("Papertrail: from a second on, then after the last id; limits go on, the end ends") {
  const auto search =
      make_papertrail_search({.url = "https://p", .token = Secret("t"), .query = "a b", .group = "7", .system = ""});
  const auto first = *search->request(place_of(), {});
  CHECK(first.url == "https://p/api/v1/events/search.json?tail=false&limit=3&min_time=1795168800&q=a%20b&group_id=7");
  CHECK(first.headers == net::Headers{{"X-Papertrail-Token", "t"}});
  CHECK(search->request(place_of("9007199254740993"), {})->url.find("&min_id=9007199254740993") != std::string::npos);
  const auto page = search->read(
      place_of(),
      R"({"events":[{"id":"1","received_at":"2026-11-20T11:00:00Z","message":"x"}],"max_id":"9007199254740993","reached_record_limit":true})");
  REQUIRE(page);
  CHECK(!page->last);
  CHECK(page->next.token == "9007199254740993");
  CHECK(to_rfc3339(page->next.from) == "2026-11-20T11:00:00Z");
  const auto empty = search->read(place_of("5"), R"({"events":[],"max_id":"9","reached_time_limit":true})");
  REQUIRE(empty);
  CHECK((empty->body.empty() && !empty->last && empty->next.token == "9"));
  CHECK(search->read(place_of("5"), R"({"events":[],"reached_end":true})")->last);
  CHECK(search->read(place_of("5"), R"({"events":[],"max_time_at":"2026-11-23T00:00:00Z","max_id":"6"})")->last);
  CHECK(!search->read(place_of("5"), R"({"events":[],"max_id":"5"})"));
  CHECK(!search->read(place_of("5"), R"({"events":[],"max_id":"5;drop","reached_time_limit":true})"));
  for (const auto* bad : {"", "[]", R"({"events":{}})", "<html>"})
    CHECK(!search->read(place_of(), bad));
}

TEST_CASE("Loki: a day at a time, on within a full page's last nanosecond, more at once where all is one") {
  const auto search =
      make_loki_search({.url = "http://l", .query = R"({job="a"})", .tenant = "ops", .token = Secret("t"), .user = ""});
  const auto first = *search->request(place_of(), {});
  CHECK(first.url ==
        "http://l/loki/api/v1/query_range?direction=forward&limit=3&start=1795168800500000000&end="
        "1795255200500000000&query=%7Bjob%3D%22a%22%7D");
  CHECK(first.headers == net::Headers{{"X-Scope-OrgID", "ops"}, {"Authorization", "Bearer t"}});
  const auto answer = [](std::initializer_list<const char*> stamps) {
    nlohmann::json values = nlohmann::json::array();
    for (const auto* stamp : stamps)
      values.push_back({stamp, "line", {{"structured", "metadata"}}});
    return nlohmann::json{
        {"data", {{"resultType", "streams"}, {"result", {{{"stream", {{"job", "a"}}}, {"values", values}}}}}}}
        .dump();
  };
  const auto full =
      search->read(place_of(), answer({"1795168800500000001", "1795168800500000002", "1795168800500000009"}));
  REQUIRE(full);
  CHECK(full->next.token == "1795168800500000009");
  CHECK(
      full->body ==
      R"({"streams":[{"stream":{"job":"a"},"values":[["1795168800500000001","line"],["1795168800500000002","line"],["1795168800500000009","line"]]}]})");
  const auto part = search->read(place_of("1795168800500000009"), answer({"1795168800500000009"}));
  CHECK(part->next.token == "1795255200500000009");
  CHECK(!part->last);
  const auto stuck = search->read(place_of("5", 3), answer({"5", "5", "5"}));
  CHECK((stuck->next.token == "5" && stuck->next.most == 6 && stuck->lacking.empty()));
  nlohmann::json many = nlohmann::json::array();
  for (int i = 0; i < 5000; ++i)
    many.push_back({"5", "x"});
  const auto lacking =
      search->read(place_of("5", 5000),
                   nlohmann::json{{"data", {{"resultType", "streams"}, {"result", {{{"values", many}}}}}}}.dump());
  CHECK((lacking->next.token == "6" && !lacking->lacking.empty()));
  CHECK(!search->read(place_of(), R"({"data":{"resultType":"matrix","result":[]}})"));
  CHECK(!search->read(place_of(), "too many outstanding requests"));
}

TEST_CASE("CloudWatch: tokens through empty pages; what it says by name") {
  CloudWatchSearchSettings settings;
  settings.region = "cn-north-1";
  settings.log_group = "/var/log/secure";
  settings.credentials.given = {"AK", Secret("sk"), Secret()};
  const auto search = make_cloudwatch_search(settings);
  const auto call = *search->request(place_of("tok"), *parse_rfc3339("2026-11-23T00:00:00Z"));
  CHECK(call.url == "https://logs.cn-north-1.amazonaws.com.cn/");
  CHECK(nlohmann::json::parse(call.body) == nlohmann::json{{"logGroupName", "/var/log/secure"},
                                                           {"startTime", 1795168800500},
                                                           {"endTime", 1795341600499},
                                                           {"limit", 3},
                                                           {"nextToken", "tok"}});
  const auto empty = search->read(place_of(), R"({"events":[],"nextToken":"a"})");
  CHECK((empty && empty->body.empty() && !empty->last && empty->next.token == "a"));
  const auto page = search->read(
      place_of("a"),
      R"({"events":[{"eventId":"31","logStreamName":"web1","timestamp":1795168900000,"message":"m"},{"timestamp":"x"}]})");
  REQUIRE(page);
  CHECK(page->last);
  const auto data = *from_base64(nlohmann::json::parse(page->body)["records"][0]["data"].get<std::string>());
  CHECK(nlohmann::json::parse(data)["logEvents"][0] ==
        nlohmann::json{{"id", "31"}, {"timestamp", 1795168900000}, {"message", "m"}});
  CHECK(!search->read(place_of("a"), R"({"events":[],"nextToken":"a"})"));
  struct {
    int status;
    const char* body;
    Fault fault;
  } const cases[] = {{400, R"({"__type":"ThrottlingException"})", Fault::overloaded},
                     {400, R"({"__type":"com.amazonaws.logs#LimitExceededException"})", Fault::overloaded},
                     {400, R"({"__type":"ExpiredTokenException"})", Fault::unauthorized},
                     {403, R"({"__type":"AccessDeniedException","Message":"no"})", Fault::unauthorized},
                     {400, R"({"__type":"InvalidParameterException","message":"The specified nextToken is invalid."})",
                      Fault::conflict},
                     {400, R"({"__type":"ResourceNotFoundException"})", Fault::invalid},
                     {500, "<html>", Fault::unavailable},
                     {429, "", Fault::overloaded}};
  for (const auto& [status, body, fault] : cases)
    CHECK_MESSAGE(search->refusal({status, {}, body}).fault == fault, body);
}

TEST_CASE("marks go there and back; what is none is none") {
  BackfillMark mark{place_of("a\"b"), true};
  const auto read = read_backfill_mark(to_text(mark));
  REQUIRE(read);
  CHECK((read->place.token == "a\"b" && read->done && read->place.span.since == mark.place.span.since &&
         read->place.from == mark.place.from));
  for (const auto* bad : {"", "{}", "[1]", R"({"since":5,"until":5})"})
    CHECK(!read_backfill_mark(bad));
}

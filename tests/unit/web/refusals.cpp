// What webhooks turn away: counted, told, forgotten.
#include "web/refusals.hpp"

#include "tests/unit/web/site_fixture.hpp"

namespace countersign::web_test {
namespace {

TEST_CASE("every refusal is in /metrics, in /readyz while it happens, and once a minute in the log") {
  Fixture fixture;
  const net::Headers token{{"Authorization", "Bearer hook-secret"}};
  const auto post = [&](const std::string& name, net::Headers headers, const std::string& body) {
    return fixture.send("POST", "/webhooks/" + name, std::move(headers), body).status;
  };
  CHECK(post("json", {}, "the-body") == 401);
  for (int i = 0; i < 3; ++i)
    CHECK(post("json", token, "{the-body") == 400);
  CHECK(post("json", {token[0], {"Content-Encoding", "br"}}, "the-body") == 415);
  for (int i = 0; i < 100; ++i)
    CHECK(post("nobody" + std::to_string(i), {}, "the-body") == 404);
  fixture.site->refused_unread(
      {.method = "POST", .path = "/webhooks/json/x", .query = "", .headers = token, .body = "", .peer = "192.0.2.1"},
      413);
  fixture.site->refused_unread(
      {.method = "POST", .path = "/webhooks/json", .query = "", .headers = token, .body = "", .peer = "192.0.2.1"},
      503);
  fixture.site->refused_unread(
      {.method = "POST", .path = "/api/v1/events", .query = "", .headers = {}, .body = "", .peer = "192.0.2.1"}, 413);

  const auto metrics = fixture.send("GET", "/metrics").body;
  for (const auto* line :
       {R"({source="json",status="401",reason="token"} 1)", R"({source="json",status="400",reason="unreadable"} 3)",
        R"({source="json",status="415",reason="encoding"} 1)", R"({source="json",status="413",reason="too_large"} 1)",
        R"({source="json",status="503",reason="overloaded"} 1)",
        R"({source="",status="404",reason="no_webhook"} 100)"}) {
    CAPTURE(line);
    CHECK(metrics.find("countersign_deliveries_refused_total" + std::string(line) + "\n") != std::string::npos);
  }
  CHECK(metrics.find("nobody7") == std::string::npos);

  auto ready = Json::parse(fixture.send("GET", "/readyz").body);
  CHECK(ready["status"] == "degraded");
  CHECK(ready["reasons"].size() == 5);
  CHECK(ready["reasons"][0].get<std::string>().starts_with(
      "webhook json: 3 deliveries refused in the last 10 min: 400 unreadable; "));
  CHECK(ready["reasons"][2].get<std::string>().starts_with(
      "webhook json: 1 delivery refused in the last 10 min: 413 too large; raise max_body_mib"));

  CHECK(fixture.warnings.size() == 6);
  for (const auto& warning : fixture.warnings)
    CHECK(warning.find("the-body") == std::string::npos);
  fixture.clock.advance(std::chrono::minutes(9));
  CHECK(post("json", token, "{") == 400);
  CHECK(
      fixture.warnings.back() ==
      "webhook json: a delivery from 127.0.0.1 was refused: 400 unreadable (and 2 more since this was last said); see "
      "whether `provider` is what the sender speaks");
  fixture.clock.advance(std::chrono::minutes(1));
  ready = Json::parse(fixture.send("GET", "/readyz").body);
  REQUIRE(ready["reasons"].size() == 1);
  CHECK(ready["reasons"][0].get<std::string>().starts_with("webhook json: 1 delivery refused"));
  fixture.clock.advance(std::chrono::hours(1));
  CHECK(Json::parse(fixture.send("GET", "/readyz").body)["status"] == "ok");

  const auto status = [&] { return Json::parse(fixture.send("GET", "/readyz").body)["status"]; };
  CHECK(post("json", token, R"({"message":"Accepted none","program":"sshd","host":"web1"})") == 200);
  CHECK(post("json", {}, "the-body") == 401);
  fixture.site->refused_unread(
      {.method = "POST", .path = "/webhooks/json", .query = "", .headers = {}, .body = "", .peer = "192.0.2.9"}, 413);
  CHECK(status() == "ok");  // a stranger's, while the sender is well
  fixture.clock.advance(std::chrono::minutes(10));
  CHECK(post("json", {}, "the-body") == 401);
  CHECK(status() == "degraded");  // nobody but who has no token
}

TEST_CASE("of a webhook that takes no token a stranger's refusals are no reason while the sender is well") {
  using Reason = web::Refusals::Reason;
  for (const auto& [status, reason, strangers] :
       {std::tuple(401, Reason::token, true), std::tuple(400, Reason::unreadable, true),
        std::tuple(413, Reason::too_large, true), std::tuple(415, Reason::encoding, true),
        std::tuple(503, Reason::overloaded, false), std::tuple(503, Reason::failed, false)}) {
    CAPTURE(status);
    Fixture fixture;
    web::Refusals refusals(fixture.clock, nullptr);
    refusals.open_to_all("sns");
    refusals.add("sns", status, reason, "192.0.2.9");
    CHECK(refusals.reasons().size() == 1);
    refusals.taken("sns");
    CHECK(refusals.reasons().size() == (strangers ? 0 : 1));
  }
}

void look(Fixture& fixture, web::Refusals& refusals) {
  std::promise<Result<void>> done;
  fixture.work(
      [&](app::Ledger& ledger) -> Result<void> {
        const auto next = refusals.look(ledger, fixture.clock.now());
        if (!next) return std::unexpected(next.error());
        return {};
      },
      [&](Result<void> written) { done.set_value(std::move(written)); });
  CHECK(done.get_future().get().has_value());
}

TEST_CASE("the store tells a stranger's refusals apart where the webhook takes no token and its sender is well") {
  using Reason = web::Refusals::Reason;
  Fixture fixture;
  web::Refusals refusals(fixture.clock, nullptr);
  refusals.open_to_all("sns");
  const auto count = [&] {
    for (const auto* webhook : {"sns", "json"}) {
      refusals.add(webhook, 401, Reason::token, "192.0.2.9");
      refusals.add(webhook, 503, Reason::overloaded, "192.0.2.9");
    }
    look(fixture, refusals);
  };
  count();
  for (const auto* webhook : {"sns", "json"})
    refusals.taken(webhook);
  count();
  fixture.clock.advance(std::chrono::minutes(10));
  count();
  const auto metrics = fixture.send("GET", "/metrics").body;
  for (const auto* line : {"401.token.sns\"} 2\n", "401.stranger.sns\"} 1\n", "503.overloaded.sns\"} 3\n",
                           "401.token.json\"} 3\n", "503.overloaded.json\"} 3\n"}) {
    CAPTURE(line);
    CHECK(metrics.find("countersign_count_total{name=\"refused." + std::string(line)) != std::string::npos);
  }
}

TEST_CASE("the store counts each refusal once") {
  Fixture fixture;
  CHECK(fixture.send("POST", "/webhooks/json").status == 401);
  look(fixture, fixture.site->refusals());
  CHECK(fixture.send("POST", "/webhooks/json").status == 401);
  look(fixture, fixture.site->refusals());
  look(fixture, fixture.site->refusals());
  CHECK(fixture.send("GET", "/metrics").body.find("countersign_count_total{name=\"refused.401.token.json\"} 2\n") !=
        std::string::npos);
}

}  // namespace
}  // namespace countersign::web_test

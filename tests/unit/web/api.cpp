// /api/v1: who may do what, and the contract's shapes.
#include "tests/unit/web/site_fixture.hpp"

namespace countersign::web_test {
namespace {

TEST_CASE("every route of the API against every role") {
  Fixture fixture;
  const auto id = fixture.login("oswaldo", 1);
  struct Row {
    std::string method, path, body;
    int none, ingest, viewer, security, admin;
  };
  for (const auto& row : {
           Row{"GET", "/api/v1/events", "", 401, 403, 200, 200, 200},
           Row{"POST", "/api/v1/events", R"({"variables":{"type":"deploy"}})", 401, 201, 403, 403, 201},
           Row{"GET", "/api/v1/approvals", "", 401, 403, 200, 200, 200},
           Row{"GET", "/api/v1/approvals/" + id, "", 401, 403, 200, 200, 200},
           Row{"GET", "/api/v1/approvals/feed", "", 401, 403, 200, 200, 200},
           Row{"GET", "/api/v1/canaries", "", 401, 403, 200, 200, 200},
           Row{"POST", "/api/v1/canaries/bastion/run", "", 401, 403, 403, 404, 404},
           Row{"GET", "/api/v1/quarantine", "", 401, 403, 200, 200, 200},
           Row{"POST", "/api/v1/inbox/links", R"({"person":"Oswaldo"})", 401, 403, 403, 201, 201},
           Row{"POST", "/api/v1/approvals/" + id + "/take", "", 401, 403, 403, 200, 200},
           Row{"POST", "/api/v1/approvals/" + id + "/decision", R"({"decision":"approve"})", 401, 403, 403, 200, 409},
           Row{"GET", "/healthz", "", 200, 200, 200, 200, 200},
           Row{"GET", "/readyz", "", 200, 200, 200, 200, 200},
           Row{"GET", "/metrics", "", 200, 200, 200, 200, 200},
       }) {
    CAPTURE(row.method + " " + row.path);
    for (const auto& [role, status] :
         {std::pair("", row.none), std::pair("ingest", row.ingest), std::pair("viewer", row.viewer),
          std::pair("security", row.security), std::pair("admin", row.admin)}) {
      CAPTURE(role);
      const auto reply = fixture.api(role, row.method, row.path, row.body);
      CHECK(reply.status == status);
      if (status >= 400) CHECK(Json::parse(reply.body)["error"].get<std::string>() != "");
      if (status == 401) CHECK(net::header(reply.headers, "WWW-Authenticate") != "");
    }
  }
  const auto session = fixture.session({{"security", true}});
  CHECK(fixture.send("GET", "/api/v1/approvals", {{"Cookie", session}}).status == 401);
}

TEST_CASE("the feed is polled by its cursor, and says what is wrong with a query") {
  Fixture fixture;
  const auto id = fixture.login("oswaldo", 1);
  const auto first = Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals/feed?limit=1").body);
  REQUIRE(first["entries"].size() == 1);
  CHECK(first["entries"][0]["approval"]["id"] == id);
  CHECK(first["entries"][0]["events"][0]["source.port"] == 1);
  CHECK(first["more"] == false);
  const auto since = "/api/v1/approvals/feed?since=" + first["cursor"].get<std::string>();
  CHECK(Json::parse(fixture.api("viewer", "GET", since).body)["entries"].empty());
  const auto latest = Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals/feed?since=latest").body);
  CHECK(latest["entries"].empty());
  CHECK(latest["cursor"] == first["cursor"]);
  CHECK(Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals/feed?kinds=findings,verdicts").body)["entries"]
            .empty());
  const std::pair<const char*, const char*> faults[] = {{"since=x", "since: not a cursor of the feed"},
                                                        {"kinds=pending,decided", "kinds: 'decided' is no kind"},
                                                        {"limit=0", "limit: '0'"}};
  for (const auto& [query, why] : faults) {
    CAPTURE(query);
    const auto reply = fixture.api("viewer", "GET", std::string("/api/v1/approvals/feed?") + query);
    CHECK(reply.status == 400);
    CHECK(Json::parse(reply.body)["error"].get<std::string>().find(why) == 0);
  }
}

TEST_CASE("a path with the wrong method says which it takes, and an unknown one is 404") {
  Fixture fixture;
  const auto wrong = fixture.api("admin", "DELETE", "/api/v1/events");
  CHECK(wrong.status == 405);
  CHECK(net::header(wrong.headers, "Allow") == "GET, POST");
  CHECK(Json::parse(fixture.api("admin", "GET", "/api/v1/nothing").body)["error"].is_string());
  const auto page = fixture.send("GET", "/nothing", {{"Accept", "text/html,*/*"}});
  CHECK(page.status == 404);
  CHECK(page.body.find("<h1>") != std::string::npos);
  CHECK(fixture.send("GET", "/nothing").body.find("\"error\"") != std::string::npos);
}

TEST_CASE("an approval has the contract's shape, and so has an event in a list") {
  Fixture fixture;
  const auto id = fixture.login("oswaldo", 51234);
  const auto approval = Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals/" + id).body);
  CHECK(approval["id"] == id);
  CHECK(approval["state"] == "pending");
  CHECK(approval["person"] == "Oswaldo");
  CHECK(approval["addressed_to"] == "Oswaldo");
  CHECK(approval["created_at"] == "2026-11-20T12:00:00Z");
  CHECK(approval["decisions"] == Json::array());
  REQUIRE(approval["events"].size() == 1);
  const auto& event = approval["events"][0];
  CHECK(event["user.name"] == "oswaldo");
  CHECK(event["source.port"] == 51234);
  CHECK(event["approval.state"] == "pending");
  CHECK(event["verdict"].is_string());
  CHECK_FALSE(event.contains("ssh.key.fingerprint"));
  REQUIRE(event["sightings"].size() == 1);
  CHECK(event["sightings"][0]["class"] == "log");
  CHECK(event["sightings"][0]["source"] == "json");
  CHECK(event["sightings"][0]["received_at"] == "2026-11-20T12:00:00Z");
  REQUIRE(approval["notifications"].size() == 1);
  CHECK(approval["notifications"][0]["to"] == "Oswaldo");
  CHECK(approval["notifications"][0]["state"] == "pending");
  CHECK(approval["notifications"][0]["attempts"] == 0);

  const auto list = Json::parse(fixture.api("viewer", "GET", "/api/v1/events?query=user.name%3Doswaldo").body);
  REQUIRE(list["events"].size() == 1);
  CHECK(list["events"][0]["id"] == event["id"]);
  CHECK(list["events"][0]["approval.id"] == id);
  CHECK(list["events"][0]["approval.state"] == "pending");
  CHECK_FALSE(list.contains("next_cursor"));

  const auto unknown =
      Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals/" + fixture.login("mallory", 2)).body);
  CHECK(unknown["person"].is_null());
  CHECK(unknown["addressed_to"] == "security_channel");
}

TEST_CASE("lists: pages follow one another, and what can't be read is 400 and says what") {
  Fixture fixture;
  for (int port = 1; port <= 5; ++port) {
    fixture.login("oswaldo", port);
    fixture.clock.advance(std::chrono::minutes(2));
  }
  std::vector<int> ports;
  std::string cursor;
  do {
    const auto page = Json::parse(
        fixture.api("viewer", "GET", "/api/v1/events?limit=2" + (cursor.empty() ? "" : "&cursor=" + to_percent(cursor)))
            .body);
    for (const auto& event : page["events"])
      ports.push_back(event["source.port"]);
    cursor = page.value("next_cursor", "");
  } while (!cursor.empty());
  CHECK(ports == std::vector{5, 4, 3, 2, 1});

  const auto count = [&](const std::string& list, const std::string& query) {
    return Json::parse(fixture.api("viewer", "GET", "/api/v1/" + list + "?" + query).body)[list].size();
  };
  CHECK(count("events", "from=2026-11-20T12:02:00Z&to=2026-11-20T12:06:00Z") == 2);
  CHECK(count("events", "from=2026-11-20T13:02:00+01:00&to=2026-11-20T13:06:00%2B01:00") == 2);
  CHECK(count("events", "source=json") == 5);
  CHECK(count("events", "source=other") == 0);
  CHECK(count("approvals", "state=pending") == 5);
  CHECK(count("approvals", "state=denied") == 0);
  CHECK(count("approvals", "limit=99999") == 5);

  for (const auto& [query, part] :
       {std::pair("events?query=user.name%3D", "position"), std::pair("events?query=(((", "position"),
        std::pair("events?from=yesterday", "from"), std::pair("events?limit=0", "limit"),
        std::pair("events?limit=-1", "limit"), std::pair("events?limit=ten", "limit"),
        std::pair("events?cursor=made-up", ""), std::pair("approvals?state=odd", "pending, approved"),
        std::pair("approvals?to=2026-13-01T00:00:00Z", "to"), std::pair("approvals?cursor=%00", "")}) {
    CAPTURE(query);
    const auto reply = fixture.api("viewer", "GET", std::string("/api/v1/") + query);
    CHECK(reply.status == 400);
    CHECK(Json::parse(reply.body)["error"].get<std::string>().find(part) != std::string::npos);
  }
}

TEST_CASE("decisions by the API: 200 with the approval, 409 with the standing decision") {
  Fixture fixture;
  const auto id = fixture.login("oswaldo", 1);
  const auto path = "/api/v1/approvals/" + id + "/decision";
  for (const auto& [target, body, status] :
       {std::tuple(path, "", 400), std::tuple(path, "[]", 400), std::tuple(path, R"({"decision":"maybe"})", 400),
        std::tuple(path, R"({"decision":7})", 400), std::tuple(path, R"({"decision":"approve","events":[]})", 400),
        std::tuple(path, R"({"decision":"approve","events":"x"})", 400),
        std::tuple(path, R"({"decision":"approve","events":["x"]})", 404),
        std::tuple(path, R"({"decision":"approve","events":["0000000000001"]})", 404),
        std::tuple(path, R"({"decision":"revise","reason":"x","state":"pending"})", 400),
        std::tuple(std::string("/api/v1/approvals/nothing/decision"), R"({"decision":"approve"})", 404),
        std::tuple(std::string("/api/v1/approvals/0000000000001/decision"), R"({"decision":"approve"})", 404)}) {
    CAPTURE(body);
    CHECK(fixture.api("security", "POST", target, body).status == status);
  }

  const auto denied = fixture.api("security", "POST", path, R"({"decision":"deny","reason":"not us"})");
  CHECK(denied.status == 200);
  CHECK(Json::parse(denied.body)["state"] == "denied");
  const auto again = fixture.api("admin", "POST", path, R"({"decision":"approve"})");
  CHECK(again.status == 409);
  const auto standing = Json::parse(again.body);
  CHECK(standing["decision"]["by"] == "security");
  CHECK(standing["decision"]["decision"] == "deny");
  CHECK(standing["decision"]["reason"] == "not us");
  CHECK(standing["decision"]["via"] == "api");
  CHECK(standing["approval"]["state"] == "denied");

  CHECK(fixture.api("admin", "POST", path, R"({"decision":"revise"})").status == 400);
  const auto revised = fixture.api("admin", "POST", path, R"({"decision":"revise","reason":"it was a drill"})");
  CHECK(revised.status == 200);
  CHECK(Json::parse(revised.body)["state"] == "approved");
  CHECK(Json::parse(revised.body)["decisions"].size() == 2);
}

TEST_CASE("events a program posts") {
  Fixture fixture;
  const auto event_of = [&](const net::Response& reply) {
    REQUIRE_MESSAGE(reply.status == 201, reply.body);
    const std::string id = Json::parse(reply.body)["id"];
    const auto list = Json::parse(fixture.api("viewer", "GET", "/api/v1/events").body);
    for (const auto& event : list["events"])
      if (event["id"] == id) return event;
    return Json();
  };
  auto event = event_of(fixture.api(
      "ingest", "POST", "/api/v1/events",
      R"({"variables":{"type":"deploy","user":"oswaldo","id":"d-1","build":7,"ok":true,"tags":["a","b"],"none":null}})"));
  CHECK(event["event.action"] == "deploy");
  CHECK(event["user.name"] == "oswaldo");
  CHECK(event["variables.build"] == "7");
  CHECK(event["variables.ok"] == "true");
  CHECK(event["variables.tags"] == R"(["a","b"])");
  CHECK_FALSE(event.contains("variables.none"));
  CHECK(event["@timestamp"] == "2026-11-20T12:00:00Z");

  event = event_of(fixture.api(
      "ingest", "POST", "/api/v1/events",
      R"({"@timestamp":"2026-11-20T11:00:00+01:00","event.action":"ssh_login","user.name":"alice",)"
      R"("host":{"name":"web1"},"source.ip":"::ffff:192.0.2.1","source.port":22,"id":"x","verdict":"matched"})"));
  CHECK(event["@timestamp"] == "2026-11-20T10:00:00Z");
  CHECK(event["host.name"] == "web1");
  CHECK(event["source.ip"] == "192.0.2.1");
  CHECK(event["source.port"] == 22);
  CHECK(event["approval.state"] == "pending");
  CHECK(event["verdict"] != "matched");

  event = event_of(fixture.send(
      "POST", "/api/v1/events",
      {{"Authorization", "Token token=\"secret-ingest\""}, {"Content-Type", "application/x-www-form-urlencoded"}},
      "variables=" + to_percent(R"({"type":"sudo","user":"bob"})")));
  CHECK(event["event.action"] == "sudo");
  CHECK(event["user.name"] == "bob");

  event = event_of(
      fixture.send("POST", "/api/v1/events",
                   {{"Authorization", "Bearer secret-ingest"}, {"Content-Type", "application/x-www-form-urlencoded"}},
                   R"( {"variables":{"type":"curl"}})"));
  CHECK(event["event.action"] == "curl");

  const auto duplicate = [&](const std::string& body) {
    return Json::parse(fixture.api("ingest", "POST", "/api/v1/events", body).body)["duplicate"].get<bool>();
  };
  CHECK_FALSE(duplicate(R"({"variables":{"type":"t","id":"one"}})"));
  CHECK(duplicate(R"({"variables":{"type":"t","id":"one"}})"));
  CHECK_FALSE(duplicate(R"({"variables":{"type":"t"}})"));
  CHECK_FALSE(duplicate(R"({"variables":{"type":"t"}})"));
  CHECK_FALSE(duplicate(R"({"@timestamp":"2026-11-20T11:00:00Z","event.action":"t"})"));
  CHECK(duplicate(R"({"@timestamp":"2026-11-20T11:00:00Z","event.action":"t"})"));

  const auto deep = R"({"variables":)" + std::string(5000, '[') + std::string(5000, ']') + "}";
  std::string many = R"({"variables":{"type":"t")";
  for (int i = 0; i < 300; ++i)
    many += ",\"f" + std::to_string(i) + "\":1";
  many += "}}";
  for (const auto& body :
       {std::string(), std::string("x"), std::string("[]"), std::string("{}"), deep, many,
        std::string(R"({"@timestamp":"soon","event.action":"t"})"), std::string(R"({"variables":{}})")}) {
    CAPTURE(body.substr(0, 60));
    CHECK(fixture.api("ingest", "POST", "/api/v1/events", body).status == 400);
  }
}

TEST_CASE("what is quarantined is listed, whatever bytes it holds") {
  Fixture fixture;
  CHECK(fixture.post_lines(R"({"message":"Accepted \u0000\u202e nonsense","host":"h","program":"sshd"})").status ==
        200);
  CHECK(fixture.post_lines("{\"message\":\"bytes \xff\xfe\",\"host\":\"h\",\"program\":\"sshd\"}").status <= 400);
  fixture.post_lines(R"({"message":"newest","program":"sshd","host":"h2"})");
  const auto reply = fixture.api("viewer", "GET", "/api/v1/quarantine?limit=10");
  const auto json = Json::parse(reply.body, nullptr, false);
  REQUIRE(json.is_object());
  REQUIRE(json["quarantine"].size() >= 1);
  CHECK(json["quarantine"][0]["message"] == "newest");
  CHECK(json["quarantine"][0]["source"] == "json");
  CHECK(json["quarantine"][0]["why"].get<std::string>() != "");
}

TEST_CASE("health tells what is wrong, and nothing secret") {
  Fixture fixture;
  auto ready = fixture.send("GET", "/readyz");
  CHECK(ready.status == 200);
  CHECK(Json::parse(ready.body) ==
        Json({{"status", "ok"}, {"reasons", Json::array()}, {"oldest_notification_age_s", 0}}));
  fixture.login("oswaldo", 1);
  fixture.clock.advance(std::chrono::minutes(5));
  fixture.reasons = {"Slack refuses our token"};
  ready = fixture.send("GET", "/readyz");
  CHECK(ready.status == 200);
  const auto json = Json::parse(ready.body);
  CHECK(json["status"] == "degraded");
  CHECK(json["reasons"].size() == 2);
  CHECK(json["oldest_notification_age_s"] == 300);

  const auto metrics = fixture.send("GET", "/metrics").body;
  for (const auto* line : {"countersign_messages_total{result=\"events\",source=\"json\"} 1\n",
                           "countersign_approvals_pending 1\n", "countersign_notification_age_seconds 300\n",
                           "countersign_degraded_reasons 1\n", "countersign_info{version=\"test\"} 1\n"})
    CHECK_MESSAGE(metrics.find(line) != std::string::npos, line);
  CHECK(web::label("a\"b\\c\nd\xff") == "a\\\"b\\\\c\\nd\xEF\xBF\xBD");
}

}  // namespace
TEST_CASE("somebody takes an approval: it stays pending, and says who has it until when") {
  Fixture fixture;
  const auto id = fixture.login("oswaldo", 1);
  const auto before = Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals/" + id).body);
  CHECK(before["taken_by"].is_null());
  CHECK(before["taken_until"].is_null());
  const auto taken = fixture.api("security", "POST", "/api/v1/approvals/" + id + "/take");
  CHECK(taken.status == 200);
  CHECK(Json::parse(taken.body)["state"] == "pending");
  CHECK(Json::parse(taken.body)["taken_by"] == "security");
  CHECK(Json::parse(taken.body)["taken_until"] == "2026-11-20T16:00:00Z");
  CHECK(fixture.api("security", "POST", "/api/v1/approvals/nothing/take").status == 404);
  CHECK(fixture.api("security", "POST", "/api/v1/approvals/" + to_text(Id{42}) + "/take").status == 404);
  CHECK(fixture.api("admin", "POST", "/api/v1/approvals/" + id + "/decision", R"({"decision":"approve"})").status ==
        200);
  CHECK(fixture.api("security", "POST", "/api/v1/approvals/" + id + "/take").status == 409);
}

}  // namespace countersign::web_test

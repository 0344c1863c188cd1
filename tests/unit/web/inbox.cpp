// The inbox: getting in, what is shown to whom, and what a form must prove.
#include <thread>

#include "tests/unit/web/site_fixture.hpp"
#include "web/session.hpp"

namespace countersign::web_test {
namespace {

const std::pair<std::string, std::string> from_us{"Sec-Fetch-Site", "same-origin"};

std::string link_pass(Fixture& fixture, const Json& whose) {
  const std::string url = Json::parse(fixture.api("admin", "POST", "/api/v1/inbox/links", whose.dump()).body)["url"];
  REQUIRE(url.starts_with("http://countersign.test/inbox/enter?pass="));
  return url.substr(url.find("pass="));
}

/// A form of ours, as the page of this session would send it.
std::string decide_form(Fixture& fixture, const std::string& cookie, const std::string& approval,
                        const std::string& act, const std::string& more = "") {
  const auto full = Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals/" + approval).body);
  std::string form =
      "proof=" + web::form_proof(cookie.substr(cookie.find('=') + 1)) + "&approval=" + approval + "&act=" + act + more;
  for (const auto& event : full.value("events", Json::array()))
    form += "&event=" + event["id"].get<std::string>();
  return form;
}

std::string location(const net::Response& reply) {
  return std::string(net::header(reply.headers, "Location"));
}

std::string state(Fixture& fixture, const std::string& id) {
  return Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals/" + id).body)["state"];
}

TEST_CASE("a one-time link opens once, and looking at it does not use it up") {
  Fixture fixture;
  const auto pass = link_pass(fixture, {{"person", "Oswaldo"}});
  for (int i = 0; i < 3; ++i) {
    const auto page = fixture.send("GET", "/inbox/enter?" + pass);
    CHECK(page.status == 200);
    CHECK(page.body.find("Open Oswaldo&#39;s inbox") != std::string::npos);
  }
  CHECK(fixture.send("POST", "/inbox/enter", {}, pass).status == 403);
  const auto entered = fixture.send("POST", "/inbox/enter", {from_us}, pass);
  CHECK(entered.status == 303);
  CHECK(location(entered) == "/inbox");
  const auto cookie = net::header(entered.headers, "Set-Cookie");
  CHECK(cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"));
  CHECK(fixture.send("POST", "/inbox/enter", {from_us}, pass).status == 410);
  CHECK(fixture.send("GET", "/inbox/enter?" + pass).status == 410);
  CHECK(fixture.send("POST", "/inbox/enter", {from_us}, "pass=made-up").status == 410);
  CHECK(fixture.send("POST", "/inbox/enter", {from_us}, "").status == 410);

  const auto late = link_pass(fixture, {{"person", "Oswaldo"}});
  fixture.clock.advance(std::chrono::minutes(61));
  CHECK(fixture.send("GET", "/inbox/enter?" + late).status == 410);
  CHECK(fixture.send("POST", "/inbox/enter", {from_us}, late).status == 410);
}

TEST_CASE("a session's secret is no link, and a link's is no session") {
  Fixture fixture;
  const auto cookie = fixture.session({{"person", "Oswaldo"}});
  CHECK(fixture.send("POST", "/inbox/enter", {from_us}, "pass=" + cookie.substr(cookie.find('=') + 1)).status == 410);
  CHECK(fixture.send("GET", "/inbox", {{"Cookie", cookie}}).status == 200);
  const auto pass = link_pass(fixture, {{"person", "Oswaldo"}});
  CHECK(fixture.send("GET", "/inbox", {{"Cookie", "countersign=" + pass.substr(5)}}).status == 303);
}

TEST_CASE("links are made for people we know") {
  Fixture fixture;
  for (const auto& [body, status] :
       {std::pair(R"({"person":"Oswaldo"})", 201), std::pair(R"({"security":true})", 201),
        std::pair(R"({"person":"Nobody"})", 404), std::pair("{}", 400), std::pair("", 400), std::pair("[]", 400),
        std::pair(R"({"security":"yes"})", 400), std::pair(R"({"person":7})", 400)}) {
    CAPTURE(body);
    CHECK(fixture.api("security", "POST", "/api/v1/inbox/links", body).status == status);
  }
}

TEST_CASE("nothing is shown without a session, and a session ends") {
  Fixture fixture;
  const auto id = fixture.login("oswaldo", 1);
  for (const auto& cookie : {std::string(), std::string("countersign=made-up"), std::string("countersign=")}) {
    for (const auto& path : {std::string("/inbox"), "/inbox/approvals/" + id}) {
      const auto reply = fixture.send("GET", path, {{"Cookie", cookie}});
      CHECK(reply.status == 303);
      CHECK(location(reply) == "/");
    }
    const auto start = fixture.send("GET", "/", {{"Cookie", cookie}});
    CHECK(start.status == 200);
    CHECK(start.body.find("oswaldo") == std::string::npos);
  }
  const auto cookie = fixture.session({{"person", "Oswaldo"}});
  CHECK(location(fixture.send("GET", "/", {{"Cookie", "a=b; " + cookie}})) == "/inbox");
  const auto inbox = fixture.send("GET", "/inbox", {{"Cookie", cookie}});
  CHECK(inbox.body.find("Yes, it was me") != std::string::npos);
  CHECK(net::header(inbox.headers, "Content-Security-Policy").find("default-src 'none'") == 0);
  CHECK(net::header(inbox.headers, "Cache-Control") == "no-store");
  CHECK(net::header(inbox.headers, "X-Content-Type-Options") == "nosniff");

  const auto proof = web::form_proof(cookie.substr(cookie.find('=') + 1));
  CHECK(fixture.send("POST", "/inbox/leave", {{"Cookie", cookie}, from_us}, "proof=wrong").status == 403);
  CHECK(fixture.send("POST", "/inbox/leave", {{"Cookie", cookie}, from_us}, "proof=" + proof).status == 303);
  CHECK(fixture.send("GET", "/inbox", {{"Cookie", cookie}}).status == 303);

  const auto second = fixture.session({{"person", "Oswaldo"}});
  fixture.clock.advance(std::chrono::hours(12));
  CHECK(fixture.send("GET", "/inbox", {{"Cookie", second}}).status == 303);
}

TEST_CASE("people see their own, the security team everything") {
  Fixture fixture;
  const auto hers = fixture.login("alice", 1);
  const auto his = fixture.login("oswaldo", 2);
  const auto nobodys = fixture.login("mallory", 3);
  const auto shown = [&](const std::string& cookie, const std::string& query = "") {
    const auto page = fixture.send("GET", "/inbox" + query, {{"Cookie", cookie}}).body;
    std::string seen;
    for (const auto& id : {hers, his, nobodys})
      seen += page.find(id) == std::string::npos ? '-' : '+';
    return seen;
  };
  const auto alice = fixture.session({{"person", "Alice"}});
  const auto security = fixture.session({{"security", true}});
  CHECK(shown(alice) == "+--");
  CHECK(shown(alice, "?person=Oswaldo") == "+--");
  CHECK(shown(security) == "+++");
  CHECK(shown(security, "?person=Oswaldo") == "-+-");
  CHECK(fixture.send("GET", "/inbox/approvals/" + hers, {{"Cookie", alice}}).status == 200);
  CHECK(fixture.send("GET", "/inbox/approvals/" + his, {{"Cookie", alice}}).status == 404);
  CHECK(fixture.send("GET", "/inbox/approvals/" + nobodys, {{"Cookie", security}}).status == 200);
  CHECK(fixture.send("GET", "/inbox/approvals/zzz", {{"Cookie", security}}).status == 404);

  const auto post = [&](const std::string& cookie, const std::string& id) {
    return location(fixture.send("POST", "/inbox/decide", {{"Cookie", cookie}, from_us},
                                 decide_form(fixture, cookie, id, "approve")));
  };
  CHECK(post(alice, his) == "/inbox/approvals/" + his + "?problem=forbidden");
  CHECK(post(alice, nobodys) == "/inbox/approvals/" + nobodys + "?problem=forbidden");
  CHECK(state(fixture, his) == "pending");
  CHECK(post(alice, hers) == "/inbox?done=approved");
  CHECK(post(security, his) == "/inbox?done=approved");
}

TEST_CASE("the security team gets in by a token of its role") {
  Fixture fixture;
  for (const auto& [token, status] :
       {std::pair("secret-security", 303), std::pair("secret-admin", 303), std::pair("secret-viewer", 401),
        std::pair("secret-ingest", 401), std::pair("hook-secret", 401), std::pair("", 401)}) {
    CAPTURE(token);
    const auto reply = fixture.send("POST", "/inbox/token", {from_us}, std::string("token=") + token);
    CHECK(reply.status == status);
    CHECK((net::header(reply.headers, "Set-Cookie") != "") == (status == 303));
  }
  CHECK(fixture.send("POST", "/inbox/token", {}, "token=secret-security").status == 403);
}

TEST_CASE("a form from elsewhere changes nothing") {
  Fixture fixture;
  const auto id = fixture.login("oswaldo", 1);
  const auto cookie = fixture.session({{"person", "Oswaldo"}});
  const auto other = fixture.session({{"person", "Oswaldo"}});
  const auto good = decide_form(fixture, cookie, id, "approve");
  struct Row {
    net::Headers headers;
    std::string form;
    int status;
  };
  for (const auto& row : {
           Row{{}, good, 403},
           Row{{{"Sec-Fetch-Site", "cross-site"}}, good, 403},
           Row{{{"Sec-Fetch-Site", "same-site"}}, good, 403},
           Row{{{"Sec-Fetch-Site", "none"}}, good, 403},
           Row{{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://countersign.test"}}, good, 403},
           Row{{{"Origin", "null"}}, good, 403},
           Row{{{"Origin", "http://evil.test"}, {"Host", "countersign.test"}}, good, 403},
           Row{{{"Origin", "http://countersign.test.evil.test"}}, good, 403},
           Row{{from_us}, good.substr(good.find('&') + 1), 403},
           Row{{from_us}, "proof=" + good, 403},
           Row{{from_us}, decide_form(fixture, other, id, "approve"), 403},
           Row{{from_us}, decide_form(fixture, cookie, id, "explode"), 400},
           Row{{from_us}, decide_form(fixture, cookie, "nothing-at-all", "approve"), 400},
           Row{{from_us}, good + "&event=nothing", 400},
       }) {
    CAPTURE(row.form);
    auto headers = row.headers;
    headers.emplace_back("Cookie", cookie);
    CHECK(fixture.send("POST", "/inbox/decide", headers, row.form).status == row.status);
    CHECK(state(fixture, id) == "pending");
  }
  CHECK(location(fixture.send("POST", "/inbox/decide", {from_us}, good)) == "/");
  CHECK(state(fixture, id) == "pending");
  for (const auto& origin : {net::Headers{{"Origin", "http://countersign.test"}},
                             net::Headers{{"Origin", "http://10.0.0.1:8080"}, {"Host", "10.0.0.1:8080"}}}) {
    auto headers = origin;
    headers.emplace_back("Cookie", cookie);
    CHECK(fixture.send("POST", "/inbox/decide", headers, good).status == 303);
  }
  CHECK(state(fixture, id) == "approved");
}

TEST_CASE("what a form can say, and what is answered") {
  Fixture fixture;
  const auto oswaldo = fixture.session({{"person", "Oswaldo"}});
  const auto security = fixture.session({{"security", true}});
  const auto say = [&](const std::string& cookie, const std::string& form) {
    return location(fixture.send("POST", "/inbox/decide", {{"Cookie", cookie}, from_us}, form));
  };
  const auto first = fixture.login("oswaldo", 1);
  const auto form = decide_form(fixture, oswaldo, first, "deny", "&reason=never%20there");
  CHECK(say(oswaldo, form.substr(0, form.find("&event="))) == "/inbox/approvals/" + first + "?problem=none");
  CHECK(say(oswaldo, form) == "/inbox?done=denied");
  CHECK(say(oswaldo, form) == "/inbox/approvals/" + first + "?problem=decided");
  const auto decided =
      fixture.send("GET", "/inbox/approvals/" + first + "?problem=decided", {{"Cookie", oswaldo}}).body;
  CHECK(decided.find("This was decided already") != std::string::npos);
  CHECK(decided.find("Denied by Oswaldo in the inbox") != std::string::npos);
  CHECK(decided.find("never there") != std::string::npos);
  CHECK(decided.find("name=\"act\"") == std::string::npos);
  const auto record = Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals/" + first).body)["decisions"][0];
  CHECK(record["by"] == "Oswaldo");
  CHECK(record["via"] == "inbox");

  fixture.clock.advance(std::chrono::minutes(5));
  const auto second = fixture.login("oswaldo", 2);
  CHECK(say(oswaldo, decide_form(fixture, oswaldo, second, "wrong_person")) == "/inbox?done=rerouted");
  CHECK(say(oswaldo, decide_form(fixture, oswaldo, second, "approve")) ==
        "/inbox/approvals/" + second + "?problem=forbidden");
  CHECK(say(security, decide_form(fixture, security, second, "approve")) == "/inbox?done=approved");

  CHECK(say(security, decide_form(fixture, security, first, "revise", "&state=approved")) ==
        "/inbox/approvals/" + first + "?problem=reason");
  CHECK(say(security, decide_form(fixture, security, first, "revise", "&state=approved&reason=a+drill")) ==
        "/inbox?done=revised");
  CHECK(state(fixture, first) == "approved");
  CHECK(say(security, decide_form(fixture, security, first, "revise", "&state=pending&reason=x")).empty());

  const auto third = fixture.login("oswaldo", 3, "vault");
  const auto page = fixture.send("GET", "/inbox", {{"Cookie", oswaldo}}).body;
  CHECK(page.find("Two people other than you") != std::string::npos);
  CHECK(page.find("value=\"approve\"") == std::string::npos);
  CHECK(page.find("value=\"deny\"") != std::string::npos);
  CHECK(say(security, decide_form(fixture, security, third, "approve")) == "/inbox?done=second");
  CHECK(state(fixture, third) == "pending");
}

TEST_CASE("a burst is decided whole or in part, and only what was shown") {
  Fixture fixture;
  const auto id = fixture.login("oswaldo", 1);
  CHECK(fixture.login("oswaldo", 2) == id);
  const auto cookie = fixture.session({{"person", "Oswaldo"}});
  const auto page = fixture.send("GET", "/inbox", {{"Cookie", cookie}}).body;
  CHECK(page.find("2 times") != std::string::npos);
  const auto shown = decide_form(fixture, cookie, id, "approve");
  CHECK(fixture.login("oswaldo", 3) == id);  // after the page was made
  fixture.send("POST", "/inbox/decide", {{"Cookie", cookie}, from_us}, shown);
  const auto full = Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals/" + id).body);
  CHECK(full["state"] == "pending");
  std::string states;
  for (const auto& event : full["events"])
    states += event["approval.state"].get<std::string>() + " ";
  CHECK(states == "approved approved pending ");
}

TEST_CASE("hostile text is shown as text, on one line, and cut") {
  Fixture fixture;
  const auto security = fixture.session({{"security", true}});
  struct Row {
    std::string user, shown, never;
  };
  for (const auto& row : {
           Row{"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert"},
           Row{"\"><img src=x onerror=alert(1)>", "&quot;&gt;&lt;img src=x", "<img"},
           Row{"' onmouseover='x", "&#39; onmouseover=&#39;x", "' onmouseover"},
           Row{"a\xE2\x80\xAE"
               "b",
               "a\xEF\xBF\xBD"
               "b",
               "\xE2\x80\xAE"},
           Row{"{{NAME}}", "{{NAME}}", "{{TITLE"},
           Row{"\xff\xfe bytes", "\xEF\xBF\xBD\xEF\xBF\xBD bytes", "\xff"},
           Row{std::string(4000, 'A'), std::string(119, 'A') + "\xE2\x80\xA6", std::string(200, 'A')},
       }) {
    CAPTURE(row.user.substr(0, 40));
    const Json event{{"variables", {{"type", "ssh_login"}, {"user", row.user}, {"n", row.user.size()}}}};
    const auto posted =
        fixture.api("ingest", "POST", "/api/v1/events", event.dump(-1, ' ', false, Json::error_handler_t::replace));
    REQUIRE_MESSAGE(posted.status == 201, posted.body);
    const auto list = fixture.api("viewer", "GET", "/api/v1/approvals?state=pending&limit=1");
    const std::string id = Json::parse(list.body)["approvals"][0]["id"];
    for (const auto& path : {std::string("/inbox"), "/inbox/approvals/" + id}) {
      const auto page = fixture.send("GET", path, {{"Cookie", security}}).body;
      CHECK(page.find(row.shown) != std::string::npos);
      const auto raw_part = page.find("<h2>Timeline</h2>");  // the raw record below it may be longer
      CHECK(page.substr(0, raw_part).find(row.never) == std::string::npos);
      CHECK(page.find("<script>alert") == std::string::npos);
      CHECK(page.find("<img") == std::string::npos);
    }
    fixture.api("admin", "POST", "/api/v1/approvals/" + id + "/decision", R"({"decision":"approve"})");
  }
  // Nothing of a query is ever shown.
  const auto page = fixture.send("GET", "/inbox?done=<b>x</b>&person=<b>y</b>", {{"Cookie", security}}).body;
  CHECK(page.find("<b>") == std::string::npos);
}

TEST_CASE("pages are rendered by many threads at once") {
  Fixture fixture;
  const auto id = fixture.login("oswaldo", 1);
  const auto cookie = fixture.session({{"person", "Oswaldo"}});
  const auto expected = fixture.send("GET", "/inbox/approvals/" + id, {{"Cookie", cookie}}).body;
  REQUIRE(expected.find("Timeline") != std::string::npos);
  std::atomic<int> differing{0};
  std::vector<std::thread> visitors;
  for (int visitor = 0; visitor < 4; ++visitor)
    visitors.emplace_back([&] {
      for (int i = 0; i < 50; ++i)
        if (fixture.send("GET", "/inbox/approvals/" + id, {{"Cookie", cookie}}).body != expected) ++differing;
    });
  for (auto& visitor : visitors)
    visitor.join();
  CHECK(differing == 0);
}

TEST_CASE("over https the cookie is bound to the host and to https") {
  Fixture fixture("https://countersign.test");
  const auto cookie = fixture.session({{"person", "Oswaldo"}});
  CHECK(cookie.starts_with("__Host-countersign="));
  CHECK(fixture.send("GET", "/inbox", {{"Cookie", cookie}}).status == 200);
  CHECK(fixture.send("GET", "/inbox", {{"Cookie", cookie.substr(7)}}).status == 303);
}

}  // namespace
}  // namespace countersign::web_test

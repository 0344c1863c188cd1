// POST /webhooks/NAME: who may, what comes back.
#include "web/webhook.hpp"

#include <zlib.h>

#include "tests/unit/web/site_fixture.hpp"

namespace countersign::web_test {
namespace {

const std::string good =
    R"({"message":"Accepted password for oswaldo from 203.0.113.7 port 1 ssh2","host":"h","program":"sshd"})";

std::string gzipped(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());  // NOLINT
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_CASE("a webhook opens to each of its tokens, however it is carried, and to nothing else") {
  Fixture fixture;
  const auto basic = [](const std::string& pair) { return "Basic " + to_base64(pair); };
  struct Row {
    std::string query;
    net::Headers headers;
    int status;
  };
  for (const auto& row : {
           Row{"", {{"Authorization", "Bearer hook-secret"}}, 200},
           Row{"", {{"Authorization", "bearer rotated-secret"}}, 200},
           Row{"", {{"authorization", "Splunk hook-secret"}}, 200},
           Row{"", {{"Authorization", "Token token=\"hook-secret\""}}, 200},
           Row{"", {{"Authorization", basic("anyone:hook-secret")}}, 200},
           Row{"", {{"Authorization", basic("hook-secret:")}}, 200},
           Row{"", {{"X-Own-Token", "hook-secret"}}, 200},
           Row{"token=hook-secret", {}, 200},
           Row{"a=b&token=rotated%2Dsecret", {}, 200},
           Row{"token=wrong", {{"Authorization", "Bearer hook-secret"}}, 200},
           Row{"", {}, 401},
           Row{"token=", {}, 401},
           Row{"", {{"Authorization", "Bearer "}}, 401},
           Row{"", {{"Authorization", "Bearer"}}, 401},
           Row{"", {{"Authorization", "Bearer hook-secre"}}, 401},
           Row{"", {{"Authorization", "Bearer hook-secret2"}}, 401},
           Row{"", {{"Authorization", "Basic ::::"}}, 401},
           Row{"", {{"Authorization", basic("hook-secret:wrong")}}, 401},
           Row{"", {{"X-Countersign-Token", "hook-secret"}}, 401},
           Row{"", {{"Authorization", "Bearer secret-admin"}}, 401},
       }) {
    CAPTURE(row.query);
    CAPTURE(row.headers.empty() ? "" : row.headers[0].second);
    const auto reply = fixture.send("POST", "/webhooks/json?" + row.query, row.headers, good);
    CHECK(reply.status == row.status);
    if (row.status == 401) CHECK(net::header(reply.headers, "WWW-Authenticate") != "");
    CHECK(reply.body.find("secret") == std::string::npos);
  }
  const auto metrics = fixture.send("GET", "/metrics");
  CHECK(metrics.body.find("countersign_tokens_refused_total{door=\"webhook\",source=\"json\"} 10\n") !=
        std::string::npos);
}

TEST_CASE("what a webhook answers") {
  Fixture fixture;
  struct Row {
    std::string method, path;
    net::Headers headers;
    std::string body;
    int status;
    std::string reply;  // the tally, or a part of the error
  };
  for (const auto& row : {
           Row{"POST",
               "/webhooks/json",
               {},
               good,
               200,
               R"({"received":1,"events":1,"duplicates":0,"quarantined":0,"ignored":0})"},
           Row{"POST",
               "/webhooks/json/any/suffix",
               {},
               good,
               200,
               R"({"received":1,"events":0,"duplicates":1,"quarantined":0,"ignored":0})"},
           Row{"POST",
               "/webhooks/json",
               {},
               R"([{"message":"Accepted nonsense","program":"sshd"},{"message":"x","program":"cron"},{"message":"y"}])",
               200,
               R"({"received":3,"events":0,"duplicates":0,"quarantined":2,"ignored":1})"},
           Row{"POST", "/webhooks/json", {}, "{not json", 400, ""},
           Row{"POST", "/webhooks/json", {{"Content-Encoding", "br"}}, good, 415, "Content-Encoding"},
           Row{"POST", "/webhooks/nobody", {}, good, 404, "no webhook"},
           Row{"POST", "/webhooks/", {}, good, 404, "no webhook"},
           Row{"POST", "/webhooks/jsonx", {}, good, 404, "no webhook"},
           Row{"GET", "/webhooks/json", {}, "", 405, "POST"},
       }) {
    CAPTURE(row.path + " " + row.body);
    auto headers = row.headers;
    headers.emplace_back("Authorization", "Bearer hook-secret");
    const auto reply = fixture.send(row.method, row.path, headers, row.body);
    CHECK(reply.status == row.status);
    CHECK(reply.body.find(row.reply) != std::string::npos);
    const auto json = Json::parse(reply.body, nullptr, false);
    REQUIRE(json.is_object());
    if (row.status != 200) CHECK(json["error"].get<std::string>() != "");
  }
}

TEST_CASE("Okta's challenge is answered to anybody, and to no harm") {
  Fixture fixture;
  const auto ask = [&](net::Headers headers) { return fixture.send("GET", "/webhooks/json", std::move(headers), ""); };
  const auto answer = ask({{"x-okta-verification-challenge", "abc"}});
  CHECK(answer.status == 200);
  CHECK(answer.body == R"({"verification":"abc"})");
  CHECK(net::header(answer.headers, "Content-Type") == "application/json");
  CHECK(ask({{"X-Okta-Verification-Challenge", std::string(257, 'a')}}).status == 400);
  CHECK(ask({{"X-Okta-Verification-Challenge", "a"}, {"Content-Encoding", "br"}}).status == 415);
  CHECK(ask({}).status == 401);
  // Strangers degrade nothing once the sender is known, and don't pass for the sender.
  const auto reasons = [&] { return Json::parse(fixture.send("GET", "/readyz").body)["reasons"].size(); };
  CHECK(reasons() == 3);
  CHECK(fixture.send("POST", "/webhooks/json", {{"Authorization", "Bearer hook-secret"}}, good).status == 200);
  CHECK(reasons() == 0);
}

TEST_CASE("Content-Encoding is RFC 9110's: any case, a list, one encoding at most") {
  Fixture fixture;
  const auto zipped = gzipped(good);
  struct Row {
    net::Headers encodings;
    const std::string& body;
    int status;
  };
  for (const auto& row : {
           Row{{}, good, 200},
           Row{{}, zipped, 200},  // known by its first bytes
           Row{{{"Content-Encoding", ""}}, good, 200},
           Row{{{"Content-Encoding", "gzip"}}, zipped, 200},
           Row{{{"content-encoding", "GZIP"}}, zipped, 200},
           Row{{{"Content-Encoding", "X-Gzip"}}, zipped, 200},
           Row{{{"Content-Encoding", "Identity"}}, good, 200},
           Row{{{"Content-Encoding", "gzip, identity"}}, zipped, 200},
           Row{{{"Content-Encoding", " identity ,\tGzip"}}, zipped, 200},
           Row{{{"Content-Encoding", "identity"}, {"Content-Encoding", "gzip"}}, zipped, 200},
           Row{{{"Content-Encoding", "gzip"}}, good, 400},
           Row{{{"Content-Encoding", "br"}}, good, 415},
           Row{{{"Content-Encoding", "gzip, gzip"}}, zipped, 415},
           Row{{{"Content-Encoding", "gzip"}, {"Content-Encoding", "zstd"}}, zipped, 415},
           Row{{{"Content-Encoding", "gzip;q=1"}}, zipped, 415},
           Row{{{"Content-Encoding", "chunked"}}, good, 415},
       }) {
    CAPTURE(row.encodings.empty() ? "" : row.encodings.front().second);
    auto headers = row.encodings;
    headers.emplace_back("Authorization", "Bearer hook-secret");
    const auto reply = fixture.send("POST", "/webhooks/json", headers, row.body);
    CHECK(reply.status == row.status);
    if (row.status != 415) continue;
    CHECK(reply.body.find("gzip, deflate, zstd, snappy, identity") != std::string::npos);
    CHECK(net::header(reply.headers, "Accept-Encoding") == "gzip, deflate, zstd, snappy, identity");
  }
}

TEST_CASE("a webhook's bodies may be larger than the others'") {
  Fixture fixture;
  net::Request request;
  for (const auto& [path, limit] :
       {std::pair("/webhooks/json/x", std::size_t{16} << 20), std::pair("/webhooks/nobody", std::size_t{1} << 20),
        std::pair("/api/v1/events", std::size_t{1} << 20)}) {
    request.path = path;
    CHECK(fixture.site->body_limit(request) == limit);
  }
}

web::Webhook journal_hook() {
  web::Webhook hook;
  hook.source.name = "journal";
  hook.tokens.emplace_back("hook-secret");
  hook.decoder = *webhooks::make_decoder("journal", {});
  return hook;
}

std::string journal_entry(int port) {
  return fmt::format(
      "__CURSOR=i={0}\n__REALTIME_TIMESTAMP=1763640000000000\n_HOSTNAME=h\nSYSLOG_IDENTIFIER=sshd\n"
      "MESSAGE=Accepted password for oswaldo from 203.0.113.7 port {0} ssh2\n\n",
      port);
}

std::vector<web::Webhook> one(web::Webhook hook) {
  std::vector<web::Webhook> hooks;
  hooks.push_back(std::move(hook));
  return hooks;
}

/// What the sender of these pieces hears, after how many of them.
std::pair<net::Response, std::size_t> upload(Fixture& fixture, const std::vector<std::string>& pieces) {
  net::Request head;
  head.method = "POST";
  head.path = "/webhooks/journal/upload";
  head.headers = {{"Authorization", "Bearer hook-secret"}};
  const auto reader = fixture.site->body_reader(head);
  REQUIRE(reader != nullptr);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::promise<std::optional<net::Response>> said;
    auto answer = said.get_future();
    reader->take(pieces[i], i + 1 == pieces.size(),
                 [&](std::optional<net::Response> response) { said.set_value(std::move(response)); });
    if (auto response = answer.get()) return {*std::move(response), i + 1};
  }
  return {{.status = 0}, pieces.size()};
}

TEST_CASE("a body without end: each piece is durable before the next, wherever it was cut, and the last is answered") {
  Fixture fixture("http://countersign.test", one(journal_hook()));
  const auto text = journal_entry(1) + journal_entry(2) + journal_entry(3);
  const auto cut = text.size() / 2;
  const auto logins = [&] {
    return Json::parse(fixture.api("viewer", "GET", "/api/v1/events?limit=100").body)["events"].size();
  };
  auto [reply, pieces] = upload(fixture, {text.substr(0, cut), text.substr(cut), ""});
  CHECK(reply.status == 202);
  CHECK(pieces == 3);
  CHECK(logins() == 3);
  CHECK_MESSAGE(upload(fixture, {text, text, text}).first.status == 202, "what broke off is brought again");
  CHECK(logins() == 3);
}

TEST_CASE("a body without end of which nothing can be read is refused; what is unreadable beside good ones is kept") {
  Fixture fixture("http://countersign.test", one(journal_hook()));
  const std::string bad = "nothing of a journal";
  const auto kept = [&] {
    return Json::parse(fixture.api("viewer", "GET", "/api/v1/quarantine").body)["quarantine"].size();
  };
  CHECK(upload(fixture, {bad, bad}).first.status == 400);
  CHECK(upload(fixture, {bad + "\n\n", bad}).first.status == 400);
  const auto before = kept();
  CHECK(upload(fixture, {bad + "\n\n" + journal_entry(4), "more that is none"}).first.status == 202);
  CHECK(kept() > before);
}

TEST_CASE("only a body that may be of any length, of a sender who may enter, is taken in pieces") {
  Fixture fixture("http://countersign.test", one(journal_hook()));
  const auto takes = [&](const std::string& method, const std::string& path, net::Headers headers) {
    net::Request head;
    head.method = method;
    head.path = path;
    head.headers = std::move(headers);
    return fixture.site->body_reader(head) != nullptr;
  };
  const std::pair<std::string, std::string> token{"Authorization", "Bearer hook-secret"};
  CHECK(takes("POST", "/webhooks/journal/upload", {token}));
  CHECK(takes("POST", "/webhooks/journal", {token, {"Content-Encoding", "identity"}}));
  CHECK_FALSE(takes("POST", "/webhooks/journal/upload", {}));
  CHECK_FALSE(takes("POST", "/webhooks/journal/upload", {{"Authorization", "Bearer wrong"}}));
  CHECK_FALSE(takes("PUT", "/webhooks/journal/upload", {token}));
  CHECK_FALSE(takes("POST", "/webhooks/journal/upload", {token, {"Content-Encoding", "zstd"}}));
  CHECK_FALSE(takes("POST", "/webhooks/json", {token}));
  CHECK_FALSE(takes("POST", "/webhooks/nobody", {token}));
  CHECK_FALSE(takes("POST", "/api/v1/events", {token}));
}

}  // namespace
}  // namespace countersign::web_test

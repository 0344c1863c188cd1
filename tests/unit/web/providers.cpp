// What a decoder may ask of the webhook it stands behind: an own door, reply, refusal and token header, requests made
// for it; and what comes of an id that comes back, through every provider that has ids.
#include <functional>

#include "tests/unit/web/site_fixture.hpp"

namespace countersign::web_test {
namespace {

constexpr const char* first_url = "https://provider.test/first";
constexpr const char* second_url = "https://provider.test/second";

/// Answers every request at once: "answer N", or with that status; 0: no answer at all.
class FakeProvider final : public net::Client {
 public:
  void send(net::Call call, Done done) override {
    urls.push_back(call.url);
    if (status == 0) return done(std::unexpected(net::ClientFailure{net::Sent::no, "refused"}));
    done(net::Response{.status = status, .headers = {}, .body = "answer " + std::to_string(urls.size())});
  }

  std::vector<std::string> urls;
  int status = 200;
};

/// Needs one answer that may be kept, then one that may not; then takes the body as a line.
class Asking final : public app::Decoder {
 public:
  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    app::Decoded decoded;
    if (delivery.body == "bad") return fail(Fault::unauthorized, "the signature is wrong");
    const auto* first = delivery.find_fetched(first_url);
    if (!first) {
      decoded.needs = {{first_url, std::chrono::hours(1)}};
    } else if (!delivery.find_fetched(second_url)) {
      decoded.needs = {{second_url, {}}};
    } else {
      decoded.records.emplace_back();
      decoded.records[0].message = std::string(delivery.body);
      decoded.reply = app::Reply{299, {{"X-Own", first->body}}, "own success"};
    }
    return decoded;
  }
  [[nodiscard]] app::Door door(const app::Delivery& head) const override {
    if (head.method == "GET") return head.suffix == "/open" ? app::Door::open : app::Door::guarded;
    return head.method == "POST" ? app::Door::guarded : app::Door::closed;
  }
  [[nodiscard]] std::optional<app::Reply> refusal(const app::Delivery& head, const Error& error) const override {
    if (head.header("x-plain") == "yes") return std::nullopt;
    return app::Reply{error.fault == Fault::unauthorized ? 401 : 599, {}, "own refusal: " + error.message};
  }
  [[nodiscard]] std::string_view token_header() const override { return "X-Provider-Key"; }
  [[nodiscard]] bool proves() const override { return proves_; }
  [[nodiscard]] std::size_t body_limit() const override { return 4321; }

  bool proves_ = false;
};

web::Webhook asking(std::vector<Secret> tokens, bool proves) {
  web::Webhook hook;
  hook.source.name = "asking";
  hook.source.default_program = "sshd";
  hook.tokens = std::move(tokens);
  auto decoder = std::make_unique<Asking>();
  decoder->proves_ = proves;
  hook.decoder = std::move(decoder);
  return hook;
}

std::vector<web::Webhook> one(web::Webhook hook) {
  std::vector<web::Webhook> hooks;
  hooks.push_back(std::move(hook));
  return hooks;
}

const std::string line = "Accepted password for oswaldo from 203.0.113.7 port 1 ssh2";

}  // namespace

TEST_CASE("what a decoder needs is fetched, kept where it may be, and asked for again where not") {
  FakeProvider provider;
  Fixture fixture("http://countersign.test", one(asking({}, true)), &provider);
  const auto post = [&] { return fixture.send("POST", "/webhooks/asking", {}, line); };
  auto reply = post();
  CHECK(reply.status == 299);
  CHECK(reply.body == "own success");
  CHECK(net::header(reply.headers, "X-Own") == "answer 1");
  CHECK(provider.urls == std::vector<std::string>{first_url, second_url});
  reply = post();
  CHECK(net::header(reply.headers, "X-Own") == "answer 1");
  CHECK(provider.urls == std::vector<std::string>{first_url, second_url, second_url});
  fixture.clock.advance(std::chrono::hours(2));
  reply = post();
  CHECK(net::header(reply.headers, "X-Own") == "answer 4");
  CHECK(provider.urls.size() == 5);
}

TEST_CASE("an answer that does not come is a reason to try again, and nothing was taken") {
  for (const bool broken : {false, true}) {
    FakeProvider provider;
    provider.status = broken ? 0 : 500;
    Fixture fixture("http://countersign.test", one(asking({}, true)), &provider);
    const auto reply = fixture.send("POST", "/webhooks/asking", {{"X-Plain", "yes"}}, line);
    CHECK(reply.status == 503);
    CHECK(net::header(reply.headers, "Retry-After") != "");
    CHECK(Json::parse(fixture.api("viewer", "GET", "/api/v1/events").body)["events"].empty());
  }
}

TEST_CASE("who comes in through a decoder's own door, and what it hears") {
  struct Row {
    std::vector<Secret> tokens;
    bool proves;
    std::string method, path;
    net::Headers headers;
    std::string body;
    int status;
  };
  const std::vector<Secret> token{Secret("hook-secret")};
  const net::Headers key{{"X-Provider-Key", "hook-secret"}};
  for (const auto& row : {Row{token, false, "POST", "/webhooks/asking", key, line, 299},
                          Row{token, false, "POST", "/webhooks/asking", {}, line, 401},
                          Row{token, true, "POST", "/webhooks/asking", {}, line, 401},
                          Row{token, true, "POST", "/webhooks/asking", key, "bad", 401},
                          Row{{}, true, "POST", "/webhooks/asking", {}, line, 299},
                          Row{{}, false, "POST", "/webhooks/asking", {}, line, 401},
                          Row{token, false, "GET", "/webhooks/asking/open", {}, line, 299},
                          Row{token, false, "GET", "/webhooks/asking", {}, line, 401},
                          Row{token, false, "GET", "/webhooks/asking", key, line, 299},
                          Row{token, false, "PUT", "/webhooks/asking", {}, line, 401},
                          Row{token, false, "PUT", "/webhooks/asking", key, line, 405}}) {
    CAPTURE(row.method + " " + row.path);
    FakeProvider provider;
    Fixture fixture("http://countersign.test", one(asking(row.tokens, row.proves)), &provider);
    const auto reply = fixture.send(row.method, row.path, row.headers, row.body);
    CHECK(reply.status == row.status);
    if (row.status == 401) CHECK(reply.body.starts_with("own refusal: "));
    net::Request head;
    head.path = row.path;
    CHECK(fixture.site->body_limit(head) == 4321);
  }
}

TEST_CASE("the same id with other content is a second event and a finding, through every provider that has ids") {
  struct Row {
    std::string provider, suffix, content_type;
    net::Headers headers;
    std::function<std::string(const std::string& line)> body;
  };
  const auto base64 = [](const std::string& text) { return to_base64(text); };
  for (
      const auto& row : {
          Row{"papertrail",
              "",
              "",
              {},
              [](const std::string& l) {
                return R"({"events":[{"id":9007199254740993,"hostname":"h","message":")" + l + "\"}]}";
              }},
          Row{"firehose",
              "",
              "",
              {},
              [&](const std::string& l) {
                return R"({"requestId":"r","records":[{"data":")" +
                       base64(
                           R"({"messageType":"DATA_MESSAGE","logStream":"h","logEvents":[{"id":"1","timestamp":1795140000000,"message":")" +
                           l + "\"}]}") +
                       "\"}]}";
              }},
          Row{"logplex",
              "",
              "",
              {{"Logplex-Frame-Id", "F"}},
              [](const std::string& l) {
                const auto frame = "<86>1 2026-11-20T11:02:03Z h sshd 1 - " + l + "\n";
                return std::to_string(frame.size()) + " " + frame;
              }},
          Row{"elasticsearch",
              "/_bulk",
              "",
              {},
              [](const std::string& l) {
                return "{\"create\":{\"_id\":\"1\"}}\n{\"host\":\"h\",\"message\":\"" + l + "\"}\n";
              }},
          Row{"journal",
              "/upload",
              "",
              {},
              [](const std::string& l) { return "__CURSOR=c\n_HOSTNAME=h\nMESSAGE=" + l + "\n\n"; }},
      }) {
    CAPTURE(row.provider);
    web::Webhook hook;
    hook.source.name = "provider";
    hook.source.default_program = "sshd";
    hook.tokens = {Secret("hook-secret")};
    hook.decoder = *webhooks::make_decoder(row.provider, {});
    Fixture fixture("http://countersign.test", one(std::move(hook)));
    auto headers = row.headers;
    headers.emplace_back("Authorization", "Bearer hook-secret");
    const auto deliver = [&](const std::string& user) {
      const auto reply = fixture.send("POST", "/webhooks/provider" + row.suffix, headers,
                                      row.body("Accepted password for " + user + " from 203.0.113.7 port 1 ssh2"));
      CHECK(reply.status < 300);
      return Json::parse(fixture.api("viewer", "GET", "/api/v1/events").body)["events"].size();
    };
    CHECK(deliver("oswaldo") == 1);
    CHECK(deliver("oswaldo") == 1);
    CHECK(deliver("alice") == 2);
    CHECK(deliver("alice") == 2);
    const auto pending = Json::parse(fixture.api("viewer", "GET", "/api/v1/approvals").body)["approvals"];
    REQUIRE(pending.size() == 2);
    CHECK(pending[0]["addressed_to"] == "security_channel");
  }
}

}  // namespace countersign::web_test

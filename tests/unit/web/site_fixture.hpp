// A whole site over a real SQLite store in a folder of its own, with a clock the test moves. One a test case.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/encoding.hpp"
#include "crypto/random.hpp"
#include "store/store.hpp"
#include "web/site.hpp"
#include "webhooks/decoders.hpp"

namespace countersign::web_test {

using Json = nlohmann::json;

class TestClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return from_micros(micros_.load()); }
  void advance(Duration by) { micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> micros_{to_micros(*parse_rfc3339("2026-11-20T12:00:00Z"))};
};

inline core::Rule accepted_rule(std::string id, std::string program, int approvers) {
  core::Rule rule;
  rule.id = std::move(id);
  rule.programs = {std::move(program)};
  rule.pattern = R"(Accepted (?P<method>\S+) for (?P<user>.*) from (?P<ip>\S+) port (?P<port>\d+) ssh2)";
  rule.action = "ssh_login";
  rule.terms.approvers = approvers;
  rule.fields = {{"ssh.method", "method"}, {"user.name", "user"}, {"source.ip", "ip"}, {"source.port", "port"}};
  return rule;
}

/// Oswaldo and Alice; a webhook "json"; tokens named after their roles, whose secrets are "secret-ROLE".
class Fixture {
 public:
  explicit Fixture(std::string public_url = "http://countersign.test", std::vector<web::Webhook> more = {},
                   net::Client* client = nullptr, std::size_t request_memory = web::Budget::usual) {
    std::string pattern = (std::filesystem::temp_directory_path() / "countersign-web-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    auto opened =
        store::open({.url = "sqlite:" + folder_ + "/test.db", .clock = &clock, .random = &random_, .on_commit = {}});
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    store_ = *std::move(opened);
    policy_ = std::make_unique<app::PolicySource>(policy());
    ingest_ = std::make_unique<app::Ingest>(*store_, *policy_, clock);
    decide_ = std::make_unique<app::Decide>(*store_, *policy_, clock);
    web::SiteParts parts{.store = *store_,
                         .ingest = *ingest_,
                         .decide = *decide_,
                         .policy = *policy_,
                         .clock = clock,
                         .random = random_,
                         .webhooks = webhooks(std::move(more)),
                         .client = client,
                         .tokens = {},
                         .mounts = {},
                         .public_url = [public_url] { return public_url; },
                         .render_report = {.report = [](const app::Report& report, app::ReportLists&,
                                                        std::string_view form) -> Result<web::ReportForm> {
                                             if (form != "json") return fail(Fault::invalid, "format: only json here");
                                             return web::ReportForm{"application/json",
                                                                    fmt::format("{}", report.summary.logins), ""};
                                           },
                                           .sealed = [](std::string body, std::string_view, const app::Seal&,
                                                        const app::Amendments& since) -> Result<web::ReportForm> {
                                             return web::ReportForm{"application/json",
                                                                    fmt::format("[{},{}]", body, since.late_lines), ""};
                                           },
                                           .sealed_findings = [](std::string_view) { return false; }},
                         .lines = nullptr,
                         .sources = {},
                         .vitals = {.reasons = [this] { return reasons; }, .http = {}},
                         .inbox = true,
                         .version = "test",
                         .request_memory = request_memory,
                         .warn = [this](std::string_view what) { warnings.emplace_back(what); }};
    for (const auto role : {web::Role::ingest, web::Role::viewer, web::Role::security, web::Role::admin}) {
      const std::string name(web::to_text(role));
      parts.tokens.push_back({name, role, Secret("secret-" + name)});
    }
    site = std::make_unique<web::Site>(std::move(parts));
  }

  ~Fixture() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  net::Response send(net::Request request) {
    std::promise<net::Response> answered;
    auto answer = answered.get_future();
    site->handle(std::move(request), [&](net::Response response) { answered.set_value(std::move(response)); });
    return answer.get();
  }

  /// `target` is a path with its query.
  net::Response send(const std::string& method, const std::string& target, net::Headers headers = {},
                     std::string body = "") {
    const auto mark = target.find('?');
    return send(net::Request{.method = method,
                             .path = target.substr(0, mark),
                             .query = mark == std::string::npos ? "" : target.substr(mark + 1),
                             .headers = std::move(headers),
                             .body = std::move(body),
                             .peer = "127.0.0.1"});
  }

  /// As the holder of the token of that role; empty: of none.
  net::Response api(const std::string& role, const std::string& method, const std::string& target,
                    std::string body = "") {
    net::Headers headers;
    if (!role.empty()) headers.emplace_back("Authorization", "Bearer secret-" + role);
    return send(method, target, std::move(headers), std::move(body));
  }

  net::Response post_lines(const std::string& body) {
    return send("POST", "/webhooks/json", {{"Authorization", "Bearer hook-secret"}}, body);
  }

  /// One login through the webhook; answers its approval's id.
  std::string login(const std::string& user, int port, const std::string& program = "sshd") {
    const Json line{
        {"message", "Accepted password for " + user + " from 203.0.113.7 port " + std::to_string(port) + " ssh2"},
        {"host", "bastion"},
        {"program", program},
        {"@timestamp", to_rfc3339(clock.now())}};
    const auto reply = post_lines(line.dump());
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    const auto list = Json::parse(api("viewer", "GET", "/api/v1/approvals?limit=1").body);
    return list["approvals"].at(0)["id"];
  }

  /// A session of the inbox by a one-time link: its cookie.
  std::string session(const Json& whose) {
    const auto made = api("admin", "POST", "/api/v1/inbox/links", whose.dump());
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const std::string url = Json::parse(made.body)["url"];
    const auto entered =
        send("POST", "/inbox/enter", {{"Sec-Fetch-Site", "same-origin"}}, url.substr(url.find("pass=")));
    REQUIRE(entered.status == 303);
    const std::string cookie(net::header(entered.headers, "Set-Cookie"));
    return cookie.substr(0, cookie.find(';'));
  }

  /// The store's writer does this next.
  void work(app::Store::Work work, app::Store::Done done = {}) { store_->write(std::move(work), std::move(done)); }

  TestClock clock;
  std::vector<std::string> reasons, warnings;
  std::unique_ptr<web::Site> site;

 private:
  static std::shared_ptr<const app::Policy> policy() {
    auto engine =
        core::Engine::compile({accepted_rule("sshd.accepted", "sshd", 1), accepted_rule("vault.accepted", "vault", 2)});
    REQUIRE_MESSAGE(engine.has_value(), engine.error().message);
    core::Directory::Entries entries;
    core::Person oswaldo, alice;
    oswaldo.name = "Oswaldo";
    oswaldo.accounts = {{"oswaldo"}};
    alice.name = "Alice";
    alice.accounts = {{"alice"}};
    entries.people = {oswaldo, alice};
    return std::make_shared<const app::Policy>(
        app::Policy{.engine = *std::move(engine), .directory = core::Directory(std::move(entries)), .schedule = {}});
  }

  static std::vector<web::Webhook> webhooks(std::vector<web::Webhook> hooks) {
    hooks.emplace_back();
    hooks.back().source.name = "json";
    hooks.back().tokens = {Secret("hook-secret"), Secret("rotated-secret")};
    hooks.back().token_header = "X-Own-Token";
    hooks.back().decoder = *webhooks::make_decoder("json", {});
    return hooks;
  }

  std::string folder_;
  crypto::SystemRandom random_;
  std::unique_ptr<app::Store> store_;
  std::unique_ptr<app::PolicySource> policy_;
  std::unique_ptr<app::Ingest> ingest_;
  std::unique_ptr<app::Decide> decide_;
};

}  // namespace countersign::web_test

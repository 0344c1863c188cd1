// Everything the server answers: webhooks, API, health, the inbox, and what others mount (Slack's endpoints).
// Made by main; safe for concurrent access. Must outlive the server that calls it and the store's last answer; what
// it refers to must outlive it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "web/api.hpp"
#include "web/health.hpp"
#include "web/html.hpp"
#include "web/inbox.hpp"
#include "web/webhook.hpp"

namespace countersign::web {

/// Another handler for every path at or below `prefix` ("/slack").
struct Mount {
  std::string prefix;
  net::Handler& handler;
};

struct SiteParts {
  app::Store& store;
  app::Ingest& ingest;
  app::Decide& decide;
  const app::PolicySource& policy;
  const Clock& clock;
  Random& random;
  std::vector<Webhook> webhooks;
  net::Client* client = nullptr;  // for what webhooks must fetch; null: nothing can be
  std::vector<ApiToken> tokens;
  std::vector<Mount> mounts;
  std::function<std::string()> public_url;  // "https://host[:port]", no '/' at the end; asked at every use
  ReportRenderers render_report;
  std::shared_ptr<const app::Decoder> lines;  // reads what POST /api/v1/ingest brings; null: it is not offered
  app::Canaries* canaries = nullptr;          // null: there are none
  std::vector<app::Source> sources = {};      // all configured ones: lines that are brought are bound as theirs
  app::Backfills* backfills = nullptr;        // null: no provider can be asked
  Vitals vitals;
  bool inbox = true;  // [inbox] enabled
  std::string version;
  std::size_t request_memory = Budget::usual;            // bytes, over all requests that bring messages
  std::function<void(std::string_view)> warn = nullptr;  // a line for the log
};

class Site final : public net::Handler {
 public:
  explicit Site(SiteParts parts);
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  void handle(net::Request request, net::Respond respond) override;
  [[nodiscard]] std::size_t body_limit(const net::Request& head) const override;
  [[nodiscard]] std::shared_ptr<net::BodyReader> body_reader(const net::Request& head) override;
  /// The server refuses a request itself, once it has its head. The answer; none: any will do.
  std::optional<net::Response> refused_unread(const net::Request& head, int status);
  [[nodiscard]] Refusals& refusals() { return refusals_; }

  static constexpr std::size_t usual_body = 1024 * 1024;

 private:
  [[nodiscard]] net::Handler* mounted(std::string_view path) const;
  [[nodiscard]] net::Response missing(const net::Request& request, int status, std::string_view what) const;
  void add_plain_routes();
  [[nodiscard]] Vitals with_own(Vitals vitals) const;

  const std::vector<Mount> mounts_;
  const ApiTokens tokens_;
  const Links links_;
  const Pages pages_;
  const Reports reports_;
  const std::shared_ptr<const app::Decoder> lines_;
  const std::vector<app::Source> sources_;
  Budget budget_;
  Refusals refusals_;
  Webhooks webhooks_;
  Api api_;
  Inbox inbox_;
  const Health health_;
  Router router_;
};

}  // namespace countersign::web

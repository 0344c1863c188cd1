// /api/v1: events, approvals, decisions, quarantine, links into the inbox, for holders of an [[api_token]].
// Safe for concurrent access; what it refers to must outlive every answer.
#pragma once

#include <atomic>
#include <functional>
#include <initializer_list>

#include "app/agent_roster.hpp"
#include "app/attest.hpp"
#include "app/backfill.hpp"
#include "app/canary.hpp"
#include "app/contain.hpp"
#include "app/decide.hpp"
#include "app/expect.hpp"
#include "app/ingest.hpp"
#include "app/policy.hpp"
#include "app/replay.hpp"
#include "app/seal.hpp"
#include "app/store.hpp"
#include "app/take.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "web/budget.hpp"
#include "web/credentials.hpp"
#include "web/links.hpp"
#include "web/report.hpp"
#include "web/router.hpp"

namespace countersign::web {

struct ApiParts {
  app::Store& store;
  app::Ingest& ingest;
  app::Decide& decide;
  const app::PolicySource& policy;
  const Clock& clock;
  Random& random;
  const ApiTokens& tokens;
  const Links& links;
  const Reports& reports;
  const app::Decoder* lines;                // of POST /api/v1/ingest; null: it is not offered
  const std::vector<app::Source>& sources;  // lines that are brought are bound as theirs
  Budget& budget;                           // of the lines that are brought
  app::Backfills* backfills = nullptr;      // null: no provider can be asked
  app::Canaries* canaries = nullptr;        // null: there are none
};

class Api {
 public:
  explicit Api(ApiParts parts) : parts_(parts) {}

  void add_routes(Router& router);

  /// Requests refused for a missing or unknown token.
  [[nodiscard]] std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  using Serve = void (Api::*)(const Caller&, net::Request, std::vector<std::string>, net::Respond);

  void add(Router& router, const char* method, const char* pattern, std::initializer_list<Role> roles, Serve serve);

  void list_events(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void post_event(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void list_approvals(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void feed(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void get_approval(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void take(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void decide(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void list_quarantine(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void get_quarantined(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void replay_quarantine(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void list_audit(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void audit_head(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void list_hosts(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void list_canaries(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void run_canary(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void list_taken(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void audit_policy(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void attest(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void list_agents(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void remove_agent(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void contain(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void report(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void seal_report(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void list_seals(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void get_sealed(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void list_expected(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void announce(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void end_expected(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void ingest_lines(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void start_backfill(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void list_backfills(const Caller&, net::Request, std::vector<std::string>, net::Respond);
  void make_link(const Caller&, net::Request, std::vector<std::string>, net::Respond);

  const ApiParts parts_;
  app::Expect expect_{parts_.store, parts_.policy, parts_.clock};
  app::Replay replay_{parts_.store, parts_.policy, parts_.clock, parts_.sources};
  app::Take take_{parts_.store, parts_.policy, parts_.clock};
  app::Attest attest_{parts_.store, parts_.clock};
  app::Sealing sealing_{
      parts_.store, parts_.policy, parts_.clock,
      [this](const app::Report& report, app::ReportLists& lists) { return parts_.reports.forms(report, lists); }};
  app::Contain contain_{parts_.store, parts_.clock};
  app::AgentRoster roster_{parts_.store, parts_.policy, parts_.clock, parts_.random};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace countersign::web

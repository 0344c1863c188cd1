// The facet of the store port that a report is made of: figures of a span, counted by the store so that 200,000 logins
// never pass through memory. `from` is inclusive, `to` exclusive, both of the events' own times unless said otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/rows.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::app {

/// p50, p95 and the worst of `n` spans of time; all zero where there is none.
struct Spread {
  std::int64_t n = 0;
  Duration p50{}, p95{}, worst{};
};

struct ReportDelivery {
  std::string source;  // a webhook's, tail's or agent's name
  Spread delay;        // from what happened to its arrival here
};

struct ReportDecider {
  std::string name;
  std::int64_t approved = 0, denied = 0, others = 0;
};

struct ReportApprovals {
  std::int64_t total = 0, pending = 0, approved = 0, denied = 0, expected = 0;
  Spread decided;  // from the question to the settling decision
  std::vector<ReportDecider> by;
  std::optional<Timestamp> oldest_pending;
};

struct ReportQuarantine {
  std::string source, program;
  std::int64_t messages = 0;
};

/// Logins of one host on one UTC day with one verdict.
struct VerdictRow {
  std::string host;
  std::int64_t day = 0;  // since 1970
  std::string verdict;
  bool independent = true;  // of a match: its witnesses came under different credentials
  bool after_root = false;  // later than its host's first root session
  std::int64_t n = 0;
};

/// Logins of one host that came from another of our hosts.
struct OriginRow {
  std::string host, via;
  std::int64_t logins = 0, without_session = 0;
};

struct AuditHead {
  std::optional<AuditEntry> newest;
  std::int64_t entries = 0;
};

class ReportRecords {
 public:
  virtual ~ReportRecords() = default;
  virtual Result<std::vector<VerdictRow>> verdict_figures(Timestamp from, Timestamp to) = 0;  // by host, day, verdict
  virtual Result<std::vector<OriginRow>> origin_figures(Timestamp from, Timestamp to) = 0;    // by host, via
  /// Of approvals created in the span.
  virtual Result<ReportApprovals> approval_figures(Timestamp from, Timestamp to) = 0;
  virtual Result<std::vector<ReportQuarantine>> quarantine_figures(Timestamp from, Timestamp to) = 0;
  /// Of the log sightings of logins.
  virtual Result<std::vector<ReportDelivery>> delivery_figures(Timestamp from, Timestamp to) = 0;
};

}  // namespace countersign::app

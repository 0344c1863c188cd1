// The facet of the store port that a report is made of: figures of a span, counted by the store so that 200,000 logins
// never pass through memory. `from` is inclusive, `to` exclusive, both of the events' own times unless said otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/refusal.hpp"
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
  std::string source;        // a webhook's, tail's or agent's name
  Spread delay;              // from what happened to its arrival here, of those that came as the source delivers
  std::int64_t brought = 0;  // by a backfill, an ingested file or a replay: not counted in `delay`
  std::int64_t unknown = 0;  // counted, though they came before it was kept how a line arrives
};

struct ReportDecider {
  std::string name;
  std::int64_t approved = 0, denied = 0, others = 0;  // decisions about questions
  std::int64_t findings = 0;                          // decisions about findings
};

/// Questions: approvals that are no findings.
struct ReportApprovals {
  std::int64_t total = 0, pending = 0, approved = 0, denied = 0, expected = 0;
  Spread decided;  // from the question to the settling decision
  std::vector<ReportDecider> by;
  std::optional<Timestamp> oldest_pending;
};

/// Questions that nobody has answered by now.
struct OpenQuestions {
  std::int64_t n = 0;
  std::optional<Timestamp> oldest;
};

/// A finding that the report lists.
struct FindingPlace {
  Id id;
  core::ApprovalState state = core::ApprovalState::pending;
  bool raised = false;  // within the span; else it is about what happened within it
};

/// A question about logins, as far as a reader of the report needs it.
struct ReportAsked {
  Id id;
  Timestamp at{};
  std::string addressed_to;
  core::ApprovalState state = core::ApprovalState::pending;
  std::string decided_by;  // empty: nobody has settled it
  Timestamp decided_at{};
  std::int64_t events = 0;
  std::optional<core::Event> first;  // without the fields that are in no column; none: it is kept no more
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
  std::int64_t of_others = 0;  // out of somebody else's session there
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
  /// Raised in the span, or about something that happened in it; newest first.
  virtual Result<std::vector<FindingPlace>> findings_of(Timestamp from, Timestamp to) = 0;
  /// Of an approval: at most `limit` events after that one, in order of arrival, with sightings.
  virtual Result<std::vector<StoredEvent>> events_under(Id approval, Id after, std::size_t limit) = 0;
  /// Other events that this sighting's source told of under the same id of its own.
  virtual Result<std::vector<Id>> same_id(const Sighting& sighting) = 0;
  /// Questions of the span in that state, open ones oldest first, others newest first: at most `limit` after that one.
  virtual Result<std::vector<ReportAsked>> asked(Timestamp from, Timestamp to, core::ApprovalState state,
                                                 const ReportAsked* after, std::size_t limit) = 0;
  virtual Result<OpenQuestions> open_questions() = 0;
  /// Of questions asked in the span; `by` counts decisions about findings raised in it, too.
  virtual Result<ReportApprovals> approval_figures(Timestamp from, Timestamp to) = 0;
  virtual Result<std::vector<ReportQuarantine>> quarantine_figures(Timestamp from, Timestamp to) = 0;
  /// Of the log sightings of logins.
  virtual Result<std::vector<ReportDelivery>> delivery_figures(Timestamp from, Timestamp to) = 0;
  /// Deliveries that webhooks turned away in the hours that the span touches; most first.
  virtual Result<std::vector<RefusedDeliveries>> refused_figures(Timestamp from, Timestamp to) = 0;
};

}  // namespace countersign::app

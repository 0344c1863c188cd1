// What the reconciliation of a span comes down to: the report before anyone has given it a form. Passive data, made by
// compose_report() in one snapshot and rendered by src/report.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/aliases.hpp"
#include "app/report_records.hpp"
#include "app/store.hpp"
#include "core/coverage.hpp"

namespace countersign::app {

/// Logins by verdict. `matched` are those by independent witnesses; matches that came through one credential are
/// counted apart. The others bear product.md's names.
struct Verdicts {
  std::int64_t logins = 0, matched = 0, matched_same_credential = 0, missing_log = 0, missing_kernel = 0, mismatch = 0,
               indeterminate = 0, unenrolled = 0, not_applicable = 0, waiting = 0;

  void add(std::string_view verdict, bool independent, std::int64_t n);
  Verdicts& operator+=(const Verdicts& other);
};

/// Every count by its name in the contract, in its order, `logins` first.
inline constexpr std::array<std::pair<std::string_view, std::int64_t Verdicts::*>, 10> verdict_counts{{
    {"logins", &Verdicts::logins},
    {"matched", &Verdicts::matched},
    {"matched_same_credential", &Verdicts::matched_same_credential},
    {"missing_log", &Verdicts::missing_log},
    {"missing_kernel", &Verdicts::missing_kernel},
    {"mismatch", &Verdicts::mismatch},
    {"indeterminate", &Verdicts::indeterminate},
    {"unenrolled", &Verdicts::unenrolled},
    {"not_applicable", &Verdicts::not_applicable},
    {"waiting", &Verdicts::waiting},
}};

/// A way into a host that nobody witnesses, or one witness alone.
struct ReportWay {
  std::string kind;                // no_agent, no_log, no_witness; of what its agent sees: daemon, port, console
  std::string name;                // "dropbear"; empty where it is the host's whole
  std::string words;               // for people
  std::optional<Timestamp> since;  // the agent has seen it
  bool gone = false;               // and sees it no more
};

/// One source that speaks for a host, and how far its clock is known to lie from the kernel's.
struct ReportStream {
  std::string source, witness;
  std::optional<Duration> skew;  // positive: its stamps are ahead; none: fewer than 20 logins tell of it
  std::optional<Timestamp> last_heard;
};

struct ReportHost {
  std::string name;
  Verdicts verdicts;
  core::Coverage coverage;  // of the kernel witness, cut to the span
  double covered = 0;       // of the span, 0 to 1; 0 where no agent is
  /// Its first root session: whoever was root then could make its own witnesses say anything afterwards.
  std::optional<Timestamp> believed_until;
  Verdicts after_root;  // of `verdicts`, the logins after it
  std::vector<ReportWay> ways;
  std::vector<ReportStream> streams;
  std::vector<OriginRow> origins;
  std::vector<std::string> notes;  // the same in words, as far as a reader should know
};

struct ReportDay {
  std::string date;  // "2026-11-20", UTC
  Verdicts verdicts;
};

struct Report {
  Timestamp from{}, to{}, made_at{};
  Verdicts summary;
  std::vector<ReportHost> hosts;       // by name
  std::vector<AliasProposal> aliases;  // host names that nobody declared, the best proved first
  std::vector<ReportDay> days;         // every day of the span, at most `most_days`; none of a longer one
  std::vector<FullApproval> findings;  // newest first, at most `most_findings`; events[0] is the finding itself
  std::vector<StoredEvent> disputed;   // the logins the findings are about, with every sighting
  bool more_findings = false;
  ReportApprovals approvals;
  std::vector<FullApproval> open,
      denied;  // of people's logins: the oldest open, the newest denied, at most `most_listed`
  std::vector<ReportQuarantine> quarantine;  // most messages first
  std::vector<ReportDelivery> delivery;      // by source
  std::optional<AuditEntry> audit_head;
  std::int64_t audit_entries = 0;

  static constexpr std::int64_t most_days = 400;
  static constexpr std::size_t most_findings = 10'000, most_listed = 50;

  /// Whether it says anything an operator must look at: the exit status of `countersign report`.
  [[nodiscard]] bool has_findings() const;
  /// The events whose sightings a finding stands on: the login it is about, else its own.
  [[nodiscard]] std::vector<const StoredEvent*> accounts_of(const FullApproval& finding) const;
  /// What a reader must know of the login it is about: that its host had a root session before, where it came from.
  [[nodiscard]] std::vector<std::string> marks_of(const FullApproval& finding) const;
};

}  // namespace countersign::app

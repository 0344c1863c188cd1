// What the reconciliation of a span comes down to: the report before anyone has given it a form. Passive data, made by
// compose_report() in one snapshot, and lists that are read from it while src/report renders it.
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

/// How many of the report's findings there are of each kind of answer.
struct FindingCounts {
  std::int64_t listed = 0, raised = 0;  // in the span; the rest are about what happened in it
  std::int64_t signed_off = 0, denied = 0, open = 0;
};

struct Report {
  Timestamp from{}, to{}, made_at{};
  Verdicts summary;
  std::vector<ReportHost> hosts;       // by name
  std::vector<AliasProposal> aliases;  // host names that nobody declared, the best proved first
  std::vector<ReportDay> days;         // every day of the span, at most `most_days`; none of a longer one
  std::vector<FindingPlace> findings;  // newest first
  ReportApprovals approvals;
  std::vector<ReportQuarantine> quarantine;  // most messages first
  std::vector<ReportDelivery> delivery;      // by source
  std::vector<RefusedDeliveries> refused;    // most first, of the hours that the span touches
  std::optional<AuditEntry> audit_head;
  std::int64_t audit_entries = 0;

  static constexpr std::int64_t most_days = 400;

  /// Whether it says anything an operator must look at: the exit status of `countersign report`.
  [[nodiscard]] bool has_findings() const;
  [[nodiscard]] FindingCounts finding_counts() const;
};

/// One event of a finding, with the accounts it stands on.
struct FindingEvent {
  StoredEvent event;                 // the finding's own, with sightings where it is no synthetic one
  std::optional<StoredEvent> login;  // that it disputes, with every sighting; none: no login, or one kept no more
  std::vector<StoredEvent> same_id;  // that bore its id before, with other content
  std::vector<std::string> marks;    // what a reader must know of it: a root session before, where it came from
};

struct ReportFinding {
  core::Approval approval;  // its events are the finding's
  StoredEvent first;        // the first of them; without an id where none is kept
  bool raised = false;      // within the span; else it is about what happened within it
};

/// The report's lists, which may be longer than memory should be: read piece by piece, by the form that shows them,
/// from the snapshot that the figures are of.
class ReportLists {
 public:
  virtual ~ReportLists() = default;
  virtual Result<ReportFinding> finding(const FindingPlace& place) = 0;
  /// At most `limit` events after that one, in order of arrival.
  virtual Result<std::vector<FindingEvent>> events(Id finding, Id after, std::size_t limit) = 0;
  /// Questions in that state: open ones oldest first, others newest first; at most `limit` after that one.
  virtual Result<std::vector<ReportAsked>> asked(core::ApprovalState state, const ReportAsked* after,
                                                 std::size_t limit) = 0;
};

}  // namespace countersign::app

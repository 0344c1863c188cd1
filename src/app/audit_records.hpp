// The facet of the store port that the daily root and sealed reports are made of.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/report_records.hpp"
#include "app/rows.hpp"
#include "base/result.hpp"

namespace countersign::app {

/// A sighting as it was taken, with what it said itself (`account` is always there), whatever its event says by now.
struct TakenSighting {
  Id id;
  Sighting sighting;
  Timestamp event_time{};  // its event's
  std::int64_t event_count = 0;
};

/// A span whose report is fixed.
struct Seal {
  Id id;
  Timestamp from{}, to{};
  Timestamp as_of{};  // before the figures were read: what came later amends them
  std::string made_by;
  std::int64_t waiting = 0;  // logins that had no verdict yet
  std::string head;          // of the audit chain then: 32 bytes, or empty where it had no entry
  std::int64_t entries = 0;  // of the audit chain then
  std::string digest;        // SHA-256 of its JSON form, 32 bytes
};

/// The forms of a sealed report, by name: "json" among them.
using SealedForms = std::vector<std::pair<std::string, std::string>>;

/// What changed in a span since it was sealed. Counts of logins, but for `late_lines` and `decisions`.
struct Amendments {
  std::int64_t late_lines = 0;        // sightings of its logins
  std::int64_t late_logins = 0;       // logins that nobody had told of
  std::int64_t uncounted = 0;         // logins of kinds that reports did not count yet
  std::int64_t changed_verdicts = 0;  // of logins that were known
  std::int64_t decisions = 0;         // about approvals of the span
  std::vector<StoredEvent> changed;   // the logins with a changed verdict, the first `most_listed`

  static constexpr std::size_t most_listed = 100;
  [[nodiscard]] bool none() const { return late_lines + late_logins + uncounted + changed_verdicts + decisions == 0; }
};

/// Read alike inside the writer's transaction and outside.
class TakenRecords {
 public:
  virtual ~TakenRecords() = default;
  /// Those with `after` < id < `before`, in order of arrival.
  virtual Result<std::vector<TakenSighting>> taken(Id after, Id before, std::size_t limit) = 0;
  virtual Result<AuditHead> audit_head() = 0;
  virtual Result<std::string> audit_chain() = 0;  // the chain's id: what core::link_hash takes
  /// How far something has come, in words of its own; nullopt before the first time.
  virtual Result<std::optional<std::string>> mark(std::string_view name) = 0;
  virtual Result<std::optional<Seal>> seal(Timestamp from, Timestamp to) = 0;
};

class SealRecords : public TakenRecords {
 public:
  virtual Result<std::vector<Seal>> seals() = 0;  // newest first
  virtual Result<std::optional<Seal>> seal(Id id) = 0;
  using TakenRecords::seal;
  /// Byte for byte as it was sealed; nullopt where it was not sealed in that form.
  virtual Result<std::optional<std::string>> sealed_form(Id seal, std::string_view form) = 0;
  virtual Result<Amendments> amendments(const Seal& seal) = 0;
};

class SealLedger : public TakenRecords {
 public:
  /// Fault::conflict where the span is sealed already.
  virtual Result<void> add(const Seal& seal, const SealedForms& forms) = 0;
};

}  // namespace countersign::app

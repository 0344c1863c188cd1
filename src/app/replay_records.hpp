// The facets of the store port about quarantine: kept by program and shape within a bound, and taken out again when a
// rule reads it. Ledger offers ReplayLedger, View QuarantineView.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/rows.hpp"
#include "base/result.hpp"

namespace countersign::app {

/// Messages of one program that are of one shape (core/shape.hpp).
struct QuarantineShape {
  Id id;
  std::string program, shape, why;  // why: the newest one's
  std::int64_t count = 0;           // ever quarantined
  std::int64_t kept = 0;            // in quarantine now
  std::int64_t dropped = 0;         // for want of room
  Timestamp first{}, last{};
  std::string sample;  // the newest kept; empty where none is
};

struct QuarantineFilter {
  std::string program;  // empty: any
  std::optional<Id> shape;
};

class ReplayLedger {
 public:
  virtual ~ReplayLedger() = default;
  /// Keeps it, folded into its shape; false where it is there already (same source, id and content). Past the bound
  /// the oldest of the shape that has most is dropped, and counted.
  virtual Result<bool> quarantine(const Quarantined& message) = 0;
  /// Those that may be replayed, later than `after` and up to `until`, oldest first.
  virtual Result<std::vector<Quarantined>> to_replay(const QuarantineFilter& filter, Id after, Id until,
                                                     std::size_t limit) = 0;
  /// A rule has read it: it leaves quarantine.
  virtual Result<void> leave_quarantine(Id message) = 0;
};

class QuarantineView {
 public:
  virtual ~QuarantineView() = default;
  /// Those with messages in quarantine, most first.
  virtual Result<std::vector<QuarantineShape>> shapes(std::string_view program, std::size_t limit) = 0;
  /// Newest first.
  virtual Result<std::vector<Quarantined>> quarantine(const QuarantineFilter& filter, std::size_t limit) = 0;
  /// Fault::not_found where it has left.
  virtual Result<Quarantined> quarantined(Id message) = 0;
};

}  // namespace countersign::app

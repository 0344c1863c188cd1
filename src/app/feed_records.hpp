// The facet of the store port that the feed is read from: every change of an approval, oldest first. A change is an
// event that was asked about (or covered by a policy), or an audit row of kind decision or verdict. The one writer
// gives ids in the order it commits, so whoever reads on from a cursor meets every change once. Lives inside the call
// its View is handed to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/rows.hpp"
#include "base/result.hpp"

namespace countersign::app {

struct FeedRow {
  Id id;
  Timestamp at{};      // when it was committed, to the millisecond for what was asked about
  std::string kind;    // "asked", "decision", "verdict"
  std::string actor;   // of a decision: who
  std::string detail;  // of decision and verdict: the audit row's (app/audit_detail.hpp)
  Id event, approval;  // of what was asked about
  std::string cursor;  // reads on after this row
};

struct FeedRows {
  std::vector<FeedRow> rows;
  std::string cursor;  // reads on after the last of them; the one given where there is none
  bool more = false;
};

struct FeedBacklog {
  std::int64_t waiting = 0;  // rows after the mark's cursor
  std::optional<Timestamp> oldest;
};

class FeedRecords {
 public:
  virtual ~FeedRecords() = default;
  /// Rows after `cursor`; empty: from the first on. Fault::invalid for a cursor of another store, or of this one before
  /// it was put back to an older copy.
  virtual Result<FeedRows> feed(std::string_view cursor, std::size_t limit) = 0;
  /// The cursor after the newest row.
  virtual Result<std::string> feed_end() = 0;
  /// What a reader that keeps its cursor under this mark has not passed yet.
  virtual Result<FeedBacklog> feed_backlog(std::string_view mark) = 0;
  /// Without notifications and sightings. Fault::not_found.
  virtual Result<core::Approval> approval_alone(Id id) = 0;
};

}  // namespace countersign::app

// The feed: what became of approvals, for another program that watches the same hosts. Read from a View in order of
// commit; polling (GET /api/v1/approvals/feed) and pushing (app/export.hpp) are two readers of it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/store.hpp"

namespace countersign::app {

/// Every entry is of one kind.
enum class FeedKind { pending, decisions, findings, verdicts };
std::string_view to_text(FeedKind kind);
Result<FeedKind> parse_feed_kind(std::string_view text);

struct FeedEntry {
  Id id;  // of the change: it is the same whenever it is read
  Timestamp at{};
  FeedKind kind = FeedKind::pending;
  // pending, expected, approved, approved_by_one (of two), denied, wrong_person, revised, verdict
  std::string change;
  std::optional<core::Approval> approval;       // as it is now; none: nobody was asked about that event
  core::ApprovalState state{};                  // the approval's after the change
  std::string by, via, reason;                  // of a decision
  std::optional<core::ApprovalState> became{};  // what a decision made of its events
  std::string was;                              // of a verdict: the one before
  std::string verdict;                          // the new one
  std::vector<StoredEvent> events;              // what it is about, with sightings, as they are known now; 100 at most
  std::size_t events_total = 0;
};

struct FeedFilter {
  std::string cursor{};  // empty: from the first change on
  std::size_t limit = 100;
  std::vector<FeedKind> kinds{};  // empty: all
};

struct FeedPage {
  struct Row {
    FeedEntry entry;
    std::string cursor;  // reads on after it
  };
  std::vector<Row> rows;
  std::string cursor;  // reads on after all that was looked at, also what the filter left out
  bool more = false;
};

/// At most `limit` changes are looked at, so a page may hold fewer entries and still have more behind it.
Result<FeedPage> read_feed(View& view, const FeedFilter& filter);

/// The entry as API and exports show it (deploy/hids.md).
nlohmann::ordered_json feed_json(const FeedEntry& entry);

}  // namespace countersign::app

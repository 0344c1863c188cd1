// The order of delivery. Each target is a lane: one notification is under way in it at a time; first deliveries go in
// the order of their ids, and one that waits for its retry holds up those behind it; edits of delivered messages go
// when due. One that was never tried and is not due yet (a digest) holds up nobody. The alarm about a denial goes
// before all others of its lane, but for those of its own approval.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/rows.hpp"

namespace countersign::store {

/// What a lane may deliver next, and from when on.
struct Ready {
  Id notification;  // none: nothing now
  Timestamp at{};   // now or before, where there is a notification
};

/// Every target that something is owed to, one index seek each.
Result<std::vector<std::string>> lanes(Connection& connection);

/// nullopt where the lane owes nothing; while it is leased nothing is ready until that ends. No message is ready before
/// `from`, edits are.
Result<std::optional<Ready>> next_of(Connection& connection, const std::string& target, Timestamp now, Timestamp from);

/// Of those that wait for their first delivery, `head` the first of them: how many are due, counted up to `limit`; and
/// the first ones, `limit` at most, that can share a message: all ask for a decision or all are receipts, each of an
/// approval of its own that has no message there yet (a later question belongs into that one's thread), and none was
/// ever tried. They follow one another, so that sharing changes no order.
Result<std::size_t> waiting(Connection& connection, const std::string& target, Timestamp now, std::size_t limit);
Result<std::vector<Id>> sharing(Connection& connection, Id head, const std::string& target, Timestamp now,
                                std::size_t limit);

}  // namespace countersign::store

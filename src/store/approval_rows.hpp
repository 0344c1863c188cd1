// Approvals and notifications as they come back from the database.
#pragma once

#include <vector>

#include "app/rows.hpp"
#include "store/rows.hpp"

/// The columns read_notification() reads.
#define COUNTERSIGN_NOTIFICATION_COLUMNS                                                                  \
  "id, approval, purpose, target, state, revision, shown, attempts, due_at, created_at, sent_at, error, " \
  "remote_channel, remote_message, detail, failures, bundle"

namespace countersign::store {

/// Whole: with its events' states in order of arrival, and its decisions. Fault::not_found.
Result<core::Approval> read_approval(Connection& connection, Id id);

/// The row that `rows` stands on.
app::Notification read_notification(const Rows& rows);

/// Of an approval, oldest first.
Result<std::vector<app::Notification>> notifications_of(Connection& connection, Id approval);

}  // namespace countersign::store

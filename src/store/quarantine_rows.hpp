// Rows of quarantine as the port has them. Free functions.
#pragma once

#include "app/replay_records.hpp"
#include "store/rows.hpp"

namespace countersign::store {

/// The columns read_quarantined takes, in its order.
#define COUNTERSIGN_QUARANTINED_COLUMNS                                                                            \
  "id, source, host, program, message, why, time, received_at, pid, provider_id, digest, witness, replay, shape, " \
  "arrival_stamped, has_writer, writer_comm, writer_exe, writer_uid"

app::Quarantined read_quarantined(const Rows& rows);

}  // namespace countersign::store

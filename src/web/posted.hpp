// What a program posts to /api/v1/events, read into the schema: `{"variables":{"type":…,"user":…,…}}` (UpGuard's
// shape), the same form-encoded as variables=JSON, or flat or nested ECS. Pure; bounded in depth and number of fields.
#pragma once

#include "app/ingest.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "net/http.hpp"
#include "web/reply.hpp"

namespace countersign::web {

/// An event without a time of its own happened at `now`. One without an id and a time is nobody's duplicate: it gets
/// `fresh_id`. Fault::invalid says what can't be read.
Result<app::PostedEvent> read_posted(const net::Request& request, Timestamp now, std::string fresh_id);

/// One object of flat or nested ECS; `raw` is its text. "id" is the event's own. Fault::invalid says what can't be
/// read.
Result<app::PostedEvent> read_ecs(const Json& object);

}  // namespace countersign::web

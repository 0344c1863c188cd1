// How a canary's run looks in the API.
#pragma once

#include "core/canary.hpp"
#include "web/reply.hpp"

namespace countersign::web {

/// {"id","host","started_at","finished_at","carried","words","steps":[{"step","state","took_s","words"}],"event"};
/// carried is null while it is under way.
Json canary_json(const core::CanaryRun& run, Timestamp now);

}  // namespace countersign::web

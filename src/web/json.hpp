// The contract's JSON shapes of what the store keeps. Pure; a field that is not known is left out.
#pragma once

#include "app/store.hpp"
#include "web/reply.hpp"

namespace countersign::web {

/// Flat ECS with `id`, `verdict`, and `approval.id`, `approval.state` where something is asked about it.
Json listed_event_json(const app::ListedEvent& event);

/// `{"id","state","person","addressed_to","events":[…],"decisions":[…],"notifications":[…],"created_at"}` and what
/// else is known of it.
Json approval_json(const app::FullApproval& approval);

Json decision_json(const core::Decision& decision);
Json quarantined_json(const app::Quarantined& message);
Json shape_json(const app::QuarantineShape& shape);

/// The decision that settled the approval last, or null.
const core::Decision* standing_decision(const core::Approval& approval);

}  // namespace countersign::web

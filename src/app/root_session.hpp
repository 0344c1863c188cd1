// When somebody is root on a host: from its first root session on its own witnesses are only as good as root was. Pure.
#pragma once

#include "core/event.hpp"
#include "core/rules/rule.hpp"

namespace countersign::app {

bool is_root(const core::Event& event);

/// By a login, or by a shell that sudo or su gave, which is what their rules ask about. `rule`: null where no rule read
/// it.
bool begins_root(const core::Event& event, const core::Rule* rule);

}  // namespace countersign::app

// The finding that a person was asked as much as anybody may be: what more comes waits in it. Who can write log lines
// can fill the bound, so it never demands less than what it takes in would have alone: there is one by person and by
// what is demanded of who decides. Pure.
#pragma once

#include "app/finding.hpp"
#include "core/schedule.hpp"

namespace countersign::app {

/// What two questions must share to be decided as one: severity, how many people, whether a reason.
std::string demands_of(const core::Approval& question);

/// `question` is the one that is asked no more, about `event`.
Finding find_flood(const core::Event& event, const core::Approval& question, const core::Schedule& schedule);

/// What fills the bound before `question`: those of its person that demand as much as this. What demands no more than
/// any flood's finding does is all one.
core::Approval fills_the_bound(core::Approval question);

}  // namespace countersign::app

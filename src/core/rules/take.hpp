// What a rule takes out of a message that it reads, into the event's fields; of several that give one field the first
// that holds something. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "core/fields.hpp"
#include "core/rules/direct.hpp"
#include "core/rules/rule.hpp"

namespace countersign::core {

/// Of a structured message, by the rule's paths.
void take_leaves(const Rule& rule, const Fields& fields, Event& event);

/// Of a text: `groups` are the pairs of an ECS name and its group's number, `captures` what each group holds.
void take_groups(const Rule& rule, std::string_view message, const std::vector<std::pair<std::string, int>>& groups,
                 const std::vector<Capture>& captures, Event& event);

}  // namespace countersign::core

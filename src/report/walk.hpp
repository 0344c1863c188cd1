// A report's lists, walked in pieces so that memory holds one piece, as far as a form wants to go. Pure templates.
#pragma once

#include <algorithm>

#include "app/report.hpp"

namespace countersign::report {

inline constexpr std::size_t piece = 200;

/// show(const app::FindingEvent&) for each of the finding's first `most` events.
template <typename Show>
Result<void> each_event(app::ReportLists& lists, Id finding, std::size_t most, Show show) {
  Id after;
  while (most > 0) {
    const auto wanted = std::min(piece, most);
    const auto events = lists.events(finding, after, wanted);
    if (!events) return std::unexpected(events.error());
    for (const auto& event : *events)
      show(event);
    if (events->size() < wanted) return {};
    after = events->back().event.id;
    most -= wanted;
  }
  return {};
}

/// show(const app::ReportAsked&) for each of the first `most` questions in that state.
template <typename Show>
Result<void> each_asked(app::ReportLists& lists, core::ApprovalState state, std::size_t most, Show show) {
  std::optional<app::ReportAsked> after;
  while (most > 0) {
    const auto wanted = std::min(piece, most);
    auto asked = lists.asked(state, after ? &*after : nullptr, wanted);
    if (!asked) return std::unexpected(asked.error());
    for (const auto& each : *asked)
      show(each);
    if (asked->size() < wanted) return {};
    after = std::move(asked->back());
    most -= wanted;
  }
  return {};
}

}  // namespace countersign::report

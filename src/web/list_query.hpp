// The query strings of the lists: query, source, state, from, to, limit, cursor. Pure; Fault::invalid names the
// parameter and, in a query, the position.
#pragma once

#include <string_view>

#include "app/store.hpp"

namespace countersign::web {

Result<app::EventFilter> read_event_filter(std::string_view query);
Result<app::ApprovalFilter> read_approval_filter(std::string_view query);

struct Span {
  std::optional<Timestamp> from, to;
};
/// `from` and `to` alone.
Result<Span> read_span(std::string_view query);

/// 100 where none is given; more than 1,000 is 1,000.
Result<std::size_t> read_limit(std::string_view query);

}  // namespace countersign::web

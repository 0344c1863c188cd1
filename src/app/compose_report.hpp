// The use case "what happened in this span, and what could not be seen?": one snapshot of the store in, a Report out.
// Pure but for the View; safe on any thread that has one.
#pragma once

#include "app/report.hpp"
#include "core/directory.hpp"

namespace countersign::app {

/// Of what happened from `from` (inclusive) to `to` (exclusive). Fault::invalid where the span is none.
Result<Report> compose_report(View& view, const core::Directory& directory, Timestamp from, Timestamp to,
                              Timestamp now);

}  // namespace countersign::app

// `countersign report`, and what the server renders its reports with. Free functions.
#pragma once

#include <CLI/CLI.hpp>

#include "web/report.hpp"

namespace countersign::cli {

/// Adds the subcommand; `status` becomes 1 where the report says anything somebody must look at.
void add_report(CLI::App& app, int& status);

web::ReportRenderers report_renderers();

}  // namespace countersign::cli

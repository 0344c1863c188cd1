// `countersign people sync`: which Slack user each person is. Proposes, checks, and changes nothing by itself.
#pragma once

#include <CLI/CLI.hpp>

namespace countersign::cli {

void add_people(CLI::App& app, int& status);

}  // namespace countersign::cli

// `countersign parse`: rules over log lines, no store. One JSON object a recognised event, or the tally of --stats.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "core/rules/engine.hpp"

namespace countersign::cli {

enum class LineFormat { syslog, message, jsonl };

struct ParseOptions {
  std::vector<std::filesystem::path> rules;  // folders; none: the built-in pack
  LineFormat input = LineFormat::syslog;
  bool stats = false;
  bool unread = false;  // print the lines that no rule understood instead of events
  std::string timezone = "UTC";
  std::vector<std::string> files;  // "-" or none at all: standard input
};

/// Runs to the end of the input, with `now` for stamps without a year. The exit status: 0 done, 2 usage or bad rules.
int run_parse(const ParseOptions& options, Timestamp now, std::FILE* out, std::FILE* complaints);

/// Adds the subcommand; `status` is set when it has run.
void add_parse(CLI::App& app, int& status);

}  // namespace countersign::cli

#include "main/rules_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <rulepack.hpp>

#include "core/approval.hpp"
#include "settings/section.hpp"

namespace countersign::cli {

using settings::Document, settings::Section;
namespace {

void read_examples(Section& table, core::Rule& rule) {
  rule.rejects = table.texts("reject");
  for (auto& [line, example] : table.texts_or_sections("match")) {
    if (!example) {
      rule.matches.push_back({line, {}});
      continue;
    }
    auto message = example->required("message");
    rule.matches.push_back({std::move(message), example->pairs("fields")});
    example->finish();
  }
  if (!table.has("match"))
    table.problem("", fmt::format("rule '{}' has no line it must match; add match = ['…']", rule.id));
}

core::Severity read_severity(Section& table) {
  const auto word = table.text("severity", "normal");
  const auto severity = core::parse_severity(word);
  if (!severity) table.problem("severity", severity.error().message);
  return severity.value_or(core::Severity::normal);
}

std::string read_outcome(Section& table) {
  auto word = table.text("outcome", "success");
  if (word != "success" && word != "failure" && word != "unknown")
    table.problem("outcome", fmt::format("'{}' is no outcome (success, failure, unknown)", word));
  return word;
}

core::Rule read_rule(Section& table) {
  core::Rule rule;
  rule.file = table.file();
  rule.line = table.line("");
  rule.id = table.required("id");
  rule.programs = table.texts("programs");
  rule.pattern = fmt::format("{}", fmt::join(table.texts("pattern"), ""));
  if (rule.pattern.empty()) table.problem("", fmt::format("rule '{}' needs a pattern; add pattern = '…'", rule.id));
  rule.ignore = table.flag("ignore", false);
  rule.action = table.text("action", "");
  if (!rule.ignore && rule.action.empty())
    table.problem("",
                  fmt::format("rule '{}' says neither its action nor ignore = true; add action = \"ssh_login\" or such",
                              rule.id));
  rule.outcome = read_outcome(table);
  rule.severity = read_severity(table);
  rule.ask = table.flag("ask", !rule.ignore && rule.outcome == "success");  // a failure asks only where told to
  rule.approvers = static_cast<int>(table.number("approvers", 1, 2, 1));
  rule.reason = table.flag("reason", false);
  rule.cut_at = static_cast<std::size_t>(table.number("cut_at", 0, 1'000'000, 0));
  rule.fields = table.pairs("fields");
  table.accept({"about"});  // words for the reader of the file
  read_examples(table, rule);
  table.finish();
  return rule;
}

/// "FILE:LINE: text", as the engine says it.
Problem place(const std::string& fault) {
  const auto end_of_line = fault.find(": ");
  const auto colon = end_of_line == std::string::npos ? std::string::npos : fault.rfind(':', end_of_line - 1);
  if (colon == std::string::npos) return {"rules", 1, fault, false};
  Problem problem{fault.substr(0, colon), 1, fault.substr(end_of_line + 2), false};
  std::from_chars(fault.data() + colon + 1, fault.data() + end_of_line, problem.line);
  return problem;
}

}  // namespace

void read_rules(std::string_view name, std::string_view text, RulePack& pack) {
  Document document(text, std::string(name), pack.problems);
  auto root = document.root();
  if (!root) return;
  for (auto& table : root->each("rule"))
    pack.rules.push_back(read_rule(table));
  root->finish();
}

void read_rule_folder(const std::filesystem::path& folder, RulePack& pack) {
  const auto problem = [&](const std::filesystem::path& file, std::string text) {
    pack.problems.push_back({file.string(), 1, std::move(text), false});
  };
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".toml") files.push_back(entry->path());
  if (error)
    return problem(folder, fmt::format("can't read the rules: {}; name a folder of rule files", error.message()));
  if (files.empty()) return problem(folder, "no rule files (*.toml) there; add one or drop the folder");
  std::ranges::sort(files);
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in)
      read_rules(file.string(), text, pack);
    else
      problem(file, "can't be read; check its permissions");
  }
}

RulePack built_in_rules() {
  RulePack pack;
  for (const auto& [name, text] : embedded::rulepack())
    read_rules(name, text, pack);
  return pack;
}

Compilation compile_rules(RulePack pack, bool examples) {
  Compilation result;
  result.problems = std::move(pack.problems);
  auto engine = core::Engine::compile(std::move(pack.rules));
  if (!engine) {
    std::string_view faults = engine.error().message;  // one a line
    for (auto end = std::string_view::npos; !faults.empty(); faults.remove_prefix(end)) {
      end = std::min(faults.find('\n'), faults.size() - 1) + 1;
      result.problems.push_back(place(std::string(faults.substr(0, faults.find('\n')))));
    }
    return result;
  }
  if (examples)
    for (const auto& fault : core::check_examples(*engine))
      result.problems.push_back(place(fault));
  if (!has_errors(result.problems)) result.engine = std::move(*engine);
  return result;
}

Compilation load_rules(std::span<const std::filesystem::path> folders) {
  if (folders.empty()) return compile_rules(built_in_rules(), false);
  RulePack pack;
  for (const auto& folder : folders)
    read_rule_folder(folder, pack);
  return compile_rules(std::move(pack));
}

}  // namespace countersign::cli

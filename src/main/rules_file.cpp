#include "main/rules_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <rulepack.hpp>

#include "app/structure.hpp"
#include "base/file.hpp"
#include "core/rules/examples.hpp"
#include "main/rule_cases.hpp"
#include "settings/section.hpp"

namespace countersign::cli {

using settings::Document, settings::Section;
namespace {

void read_examples(Section& table, core::Rule& rule) {
  rule.rejects = table.texts("reject");
  for (auto& [line, example] : table.texts_or_sections("match")) {
    if (!example) {
      rule.matches.push_back({line, {}, {}, {}});
      continue;
    }
    core::Example made{example->required("message"), example->pairs("fields"), {}, {}};
    if (example->has("severity")) made.severity = read_severity(*example);
    if (example->has("ask")) made.ask = example->flag("ask", true);
    rule.matches.push_back(std::move(made));
    example->finish();
  }
  if (!table.has("match"))
    table.problem("", fmt::format("rule '{}' has no line it must match; add match = ['…']", rule.id));
}

std::string read_outcome(Section& table) {
  auto word = table.text("outcome", "success");
  if (word != "success" && word != "failure" && word != "unknown")
    table.problem("outcome", fmt::format("'{}' is no outcome (success, failure, unknown)", word));
  return word;
}

core::Witness read_witness(Section& table, const std::string& action) {
  const auto word = table.text("witness", action == "ssh_login" ? "sshd" : "none");
  if (word != "sshd" && word != "none")
    table.problem("witness", fmt::format("'{}' is no witness (sshd: the kernel sees such logins; none)", word));
  return word == "sshd" ? core::Witness::sshd : core::Witness::none;
}

void note_addressee(Section& table, std::string_view rule, RulePack& pack) {
  if (auto name = table.text("to", ""); !name.empty())
    pack.addressees.push_back({std::move(name), std::string(rule), table.file(), table.line("to")});
}

void read_rule(Section& table, RulePack& pack) {
  core::Rule rule;
  rule.file = table.file();
  rule.line = table.line("");
  rule.id = table.required("id");
  rule.about = table.text("about", "");
  rule.programs = table.texts("programs");
  rule.where = read_comparisons(table, "where");
  rule.pattern = fmt::format("{}", fmt::join(table.texts("pattern"), ""));
  if (rule.pattern.empty() && rule.where.empty())
    table.problem("", fmt::format("rule '{}' needs a pattern, or where for JSON; add pattern = '…'", rule.id));
  rule.ignore = table.flag("ignore", false);
  rule.action = table.text("action", "");
  if (!rule.ignore && rule.action.empty())
    table.problem("",
                  fmt::format("rule '{}' says neither its action nor ignore = true; add action = \"ssh_login\" or such",
                              rule.id));
  rule.outcome = read_outcome(table);
  rule.terms.severity = read_severity(table);
  rule.terms.ask = table.flag("ask", !rule.ignore && rule.outcome == "success");  // a failure asks only where told to
  rule.terms.approvers = static_cast<int>(table.number("approvers", 1, 2, 1));
  rule.terms.reason = table.flag("reason", false);
  rule.terms.to = table.text("to", "");
  rule.witness = read_witness(table, rule.action);
  rule.cut_at = static_cast<std::size_t>(table.number("cut_at", 0, 1'000'000, 0));
  rule.fields = table.pairs("fields");
  rule.set = table.pairs("set");
  rule.cases = read_cases(table, rule);
  note_addressee(table, rule.id, pack);
  if (!rule.cases.empty())  // else there are none, or they are a fault that is said
    for (auto& one : table.each("case"))
      note_addressee(one, rule.id, pack);
  read_examples(table, rule);
  table.finish();
  pack.rules.push_back(std::move(rule));
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

namespace {

void read_document(Document document, RulePack& pack) {
  auto root = document.root();
  if (!root) return;
  for (auto& table : root->each("rule"))
    read_rule(table, pack);
  root->finish();
}

}  // namespace

void read_rules(std::string_view name, std::string_view text, RulePack& pack) {
  read_document(Document(text, std::string(name), pack.problems), pack);
}

void read_rule_file(const std::string& file, RulePack& pack) {
  read_document(Document(file, pack.problems), pack);
}

void read_rule_folder(const std::filesystem::path& folder, RulePack& pack) {
  const auto problem = [&](std::string text) { pack.problems.push_back({folder.string(), 1, std::move(text), false}); };
  const auto files = list_folder(folder.string(), ".toml");
  if (!files)
    return problem(fmt::format("can't read the rules: {}; name a folder of rule files", files.error().message));
  if (files->empty()) return problem("no rule files (*.toml) there; add one or drop the folder");
  for (const auto& file : *files)
    read_rule_file(file, pack);
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
  } else if (examples) {
    for (const auto& fault : core::check_examples(*engine, app::structure_of))
      result.problems.push_back(place(fault));
  }
  settings::sort_by_place(result.problems);
  if (engine && !has_errors(result.problems)) result.engine = std::move(*engine);
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

#include "main/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/structure.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "core/rules/examples.hpp"

namespace countersign::cli {
namespace {

using nlohmann::ordered_json;

struct TestOptions {
  std::string path, format = "text";
  bool all = false;
};

void print_problems(const Problems& problems) {
  for (const auto& problem : problems)
    fmt::print(stderr, "{}\n", to_text(problem));
}

RulePack read_path(const std::filesystem::path& path) {
  RulePack pack;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    read_rule_folder(path, pack);
    return pack;
  }
  read_rule_file(path.string(), pack);
  return pack;
}

ordered_json fields_of(const core::Event& event) {
  ordered_json fields = ordered_json::object();
  core::for_each_field(event, [&](std::string_view name, std::string_view text, bool /*is_number*/) {
    if (name != "rule.id" && name != "event.count") fields[std::string(name)] = clean_utf8(text);
  });
  return fields;
}

ordered_json trial_json(const core::Trial& trial) {
  ordered_json json{{"rule", trial.rule->id},
                    {"file", trial.rule->file},
                    {"line", trial.rule->line},
                    {"wanted", trial.wanted ? "match" : "reject"},
                    {"message", clean_utf8(trial.line)},
                    {"good", trial.wrong.empty()}};
  if (!trial.wrong.empty()) json["why"] = trial.wrong;
  if (trial.event) json["fields"] = fields_of(*trial.event);
  return json;
}

void print_trial(const core::Trial& trial) {
  fmt::print("  {}  {}  {}\n", trial.wrong.empty() ? "good" : "BAD ", trial.wanted ? "match " : "reject",
             one_line(trial.line, 300));
  if (!trial.wrong.empty()) fmt::print("        it {}\n", one_line(trial.wrong, 500));
  if (!trial.event) return;
  for (const auto& [name, value] : fields_of(*trial.event).items())
    fmt::print("        {:<28}{}\n", name, one_line(value.get<std::string>(), 300));
}

int run_rules_test(const TestOptions& options) {
  auto compiled = compile_rules(read_path(options.path), false);
  print_problems(compiled.problems);
  if (!compiled.engine) return 2;
  const auto trials = core::try_examples(*compiled.engine, app::structure_of);
  const auto bad = std::ranges::count_if(trials, [](const core::Trial& trial) { return !trial.wrong.empty(); });
  const core::Rule* rule = nullptr;
  for (const auto& trial : trials) {
    if (options.format == "json") {
      fmt::print("{}\n", trial_json(trial).dump());
      continue;
    }
    if (trial.wrong.empty() && !options.all) continue;
    if (rule != trial.rule) fmt::print("{}:{}: {}\n", trial.rule->file, trial.rule->line, trial.rule->id);
    rule = trial.rule;
    print_trial(trial);
  }
  fmt::print(stderr, "{} rules, {} lines: {} good, {} not\n", compiled.engine->rules().size(), trials.size(),
             trials.size() - static_cast<std::size_t>(bad), bad);
  return bad == 0 ? 0 : 1;
}

/// For a table's cell: no pipe ends it, no markup is read in it.
std::string in_cell(std::string_view text) {
  std::string cell;
  for (const char c : one_line(text, 2000)) {
    if (c == '|' || c == '<' || c == '*' || c == '_' || c == '`') cell.push_back('\\');
    cell.push_back(c);
  }
  return cell;
}

std::string what_of(const core::Rule& rule) {
  if (rule.ignore) return "of no interest";
  constexpr const char* severities[] = {"normal", "high", "critical"};
  std::string what =
      fmt::format("`{}` {}, {}", rule.action, rule.outcome, severities[static_cast<std::size_t>(rule.terms.severity)]);
  what += rule.terms.ask ? ", asks" : ", recorded";
  if (!rule.terms.to.empty()) what += " " + in_cell(rule.terms.to);
  if (rule.terms.approvers > 1) what += ", two people";
  if (rule.witness == core::Witness::sshd) what += ", the kernel confirms it";
  if (!rule.cases.empty()) what += fmt::format("; {} by condition", rule.cases.size());
  return what;
}

std::string file_heading(const core::Rule& rule) {
  return std::filesystem::path(rule.file).filename().string();
}

}  // namespace

std::string rule_reference(const RulePack& pack) {
  std::string text =
      "# Rule reference\n\nMade from `rules/` by `countersign rules doc`; a test holds it to them. How to write a "
      "rule: "
      "[rules.md](rules.md).\n";
  std::string file;
  for (const auto& rule : pack.rules) {
    if (file_heading(rule) != file) {
      file = file_heading(rule);
      text += fmt::format(
          "\n## {}\n\n| rule | reads | what it makes of it | fields | example |\n|---|---|---|---|---|\n", file);
    }
    std::vector<std::string> fields;
    for (const auto& [name, group] : rule.fields)
      if (std::ranges::find(fields, name) == fields.end()) fields.push_back(name);
    const auto about = rule.about.empty() ? std::string() : " — " + in_cell(rule.about);
    const auto reads = rule.programs.empty() ? "JSON" : in_cell(fmt::format("{}", fmt::join(rule.programs, ", ")));
    text += fmt::format("| `{}`{} | {}{} | {} | {} | {} |\n", rule.id, about, reads,
                        rule.where.empty() || rule.programs.empty() ? "" : ", JSON", what_of(rule),
                        in_cell(fmt::format("{}", fmt::join(fields, ", "))),
                        in_cell(one_line(rule.matches.empty() ? "" : rule.matches.front().message, 160)));
  }
  return text;
}

void add_rules(CLI::App& app, int& status) {
  auto* rules = app.add_subcommand("rules", "For people who write rules")->require_subcommand(1);
  auto options = std::make_shared<TestOptions>();
  auto* test = rules->add_subcommand("test", "Hold every rule against its own lines, and say what came of each");
  test->add_option("FILE", options->path, "A rule file, or a folder of them")->required();
  test->add_option("--format", options->format, "text or json, one object a line")
      ->check(CLI::IsMember({"text", "json"}));
  test->add_flag("--all", options->all, "Show the good ones too, with the fields they give");
  test->callback([&status, options] { status = run_rules_test(*options); });
  auto folder = std::make_shared<std::string>();
  auto* doc = rules->add_subcommand("doc", "The reference of all rules, as Markdown");
  doc->add_option("--rules", *folder, "Folder of rule files; without it the built-in rules");
  doc->callback([&status, folder] {
    const auto pack = folder->empty() ? built_in_rules() : read_path(*folder);
    print_problems(pack.problems);
    status = has_errors(pack.problems) ? 2 : 0;
    fmt::print("{}", rule_reference(pack));
  });
}

}  // namespace countersign::cli

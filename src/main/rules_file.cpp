#include "main/rules_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <rulepack.hpp>

#include "base/text.hpp"

namespace countersign::cli {
namespace {

constexpr std::array<std::string_view, 15> kRuleKeys{"id",      "programs", "pattern", "ignore", "action",
                                                     "outcome", "severity", "ask",     "cut_at", "approvers",
                                                     "fields",  "match",    "reject",  "about",  "reason"};
constexpr std::array<std::string_view, 2> kExampleKeys{"message", "fields"};

/// Reads one file; remembers where faults go.
class RuleReader {
 public:
  RuleReader(std::string_view file, RulePack& pack) : file_(file), pack_(pack) {}

  void file(const toml::table& table) {
    for (const auto& [key, value] : table) {
      if (key.str() != "rule") {
        fault(value, "unknown key \"{}\"; a rule file has [[rule]] tables only", one_line(key.str()));
      } else if (const auto* rules = value.as_array(); rules != nullptr && rules->is_array_of_tables()) {
        for (const auto& rule : *rules)
          this->rule(*rule.as_table());
      } else {
        fault(value, "rule must be an array of tables; write [[rule]]");
      }
    }
  }

 private:
  template <typename... Args>
  void fault(const toml::node& at, fmt::format_string<Args...> format, Args&&... args) {
    pack_.faults.push_back(
        fmt::format("{}:{}: {}", file_, at.source().begin.line, fmt::format(format, std::forward<Args>(args)...)));
  }

  template <typename Keys>
  void check_keys(const toml::table& table, const Keys& known) {
    for (const auto& [key, value] : table) {
      if (std::ranges::find(known, key.str()) != known.end()) continue;
      const auto meant = nearest(key.str(), known);
      const std::string hint = meant.empty() ? "; known are " + fmt::format("{}", fmt::join(known, ", "))
                                             : fmt::format("; did you mean \"{}\"?", meant);
      pack_.faults.push_back(
          fmt::format("{}:{}: unknown key \"{}\"{}", file_, key.source().begin.line, one_line(key.str()), hint));
    }
  }

  std::string text(const toml::table& table, std::string_view key, std::string otherwise = {}) {
    const auto* node = table.get(key);
    if (node == nullptr) return otherwise;
    if (const auto value = node->value_exact<std::string>()) return *value;
    fault(*node, "{} must be a text in quotes", key);
    return otherwise;
  }

  bool flag(const toml::table& table, std::string_view key, bool otherwise) {
    const auto* node = table.get(key);
    if (node == nullptr) return otherwise;
    if (const auto value = node->value_exact<bool>()) return *value;
    fault(*node, "{} must be true or false", key);
    return otherwise;
  }

  std::int64_t number(const toml::table& table, std::string_view key, std::int64_t least, std::int64_t most,
                      std::int64_t otherwise) {
    const auto* node = table.get(key);
    if (node == nullptr) return otherwise;
    if (const auto value = node->value_exact<std::int64_t>(); value && *value >= least && *value <= most) return *value;
    fault(*node, "{} must be a number from {} to {}", key, least, most);
    return otherwise;
  }

  /// A list of texts, or one text alone.
  std::vector<std::string> texts(const toml::table& table, std::string_view key) {
    std::vector<std::string> result;
    const auto* node = table.get(key);
    if (node == nullptr) return result;
    if (const auto single = node->value_exact<std::string>()) return {*single};
    const auto* list = node->as_array();
    if (list == nullptr) {
      fault(*node, "{} must be a text or a list of texts", key);
      return result;
    }
    for (const auto& item : *list) {
      if (const auto value = item.value_exact<std::string>()) {
        result.push_back(*value);
      } else {
        fault(item, "{} must hold texts only", key);
      }
    }
    return result;
  }

  /// NAME = "text", or NAME = ["first", "else"], as pairs.
  std::vector<std::pair<std::string, std::string>> pairs(const toml::table& table, std::string_view key) {
    std::vector<std::pair<std::string, std::string>> result;
    const auto* node = table.get(key);
    if (node == nullptr) return result;
    const auto* fields = node->as_table();
    if (fields == nullptr) {
      fault(*node, "{} must be a table: {} = {{ \"user.name\" = \"…\" }}", key, key);
      return result;
    }
    for (const auto& [name, value] : *fields) {
      for (auto& content : texts(*fields, name.str()))
        result.emplace_back(std::string(name.str()), std::move(content));
    }
    return result;
  }

  core::Severity severity(const toml::table& table) {
    const auto word = text(table, "severity", "normal");
    if (word == "critical") return core::Severity::critical;
    if (word == "high") return core::Severity::high;
    if (word != "normal") fault(*table.get("severity"), "severity must be \"normal\", \"high\" or \"critical\"");
    return core::Severity::normal;
  }

  void examples(const toml::table& table, core::Rule& rule) {
    rule.rejects = texts(table, "reject");
    const auto* node = table.get("match");
    if (node == nullptr) {
      fault(table, "rule \"{}\" has no line it must match; add [[rule.match]] message = '…'", one_line(rule.id));
      return;
    }
    const auto* list = node->as_array();
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      const auto& item = *list->get(i);
      if (const auto line = item.value_exact<std::string>()) {
        rule.matches.push_back({*line, {}});
      } else if (const auto* example = item.as_table()) {
        check_keys(*example, kExampleKeys);
        if (!example->contains("message")) fault(item, "an example needs its message; add message = '…'");
        rule.matches.push_back({text(*example, "message"), pairs(*example, "fields")});
      } else {
        fault(item, "match must hold lines, or tables with message and fields");
      }
    }
    if (list == nullptr) fault(*node, "match must be a list of lines or [[rule.match]] tables");
  }

  void rule(const toml::table& table) {
    check_keys(table, kRuleKeys);
    core::Rule rule;
    rule.file = file_;
    rule.line = static_cast<int>(table.source().begin.line);
    rule.id = text(table, "id");
    if (rule.id.empty()) fault(table, "a rule needs an id; add id = \"program.what\"");
    rule.programs = texts(table, "programs");
    rule.pattern = fmt::format("{}", fmt::join(texts(table, "pattern"), ""));
    if (rule.pattern.empty()) fault(table, "rule \"{}\" needs a pattern; add pattern = '…'", one_line(rule.id));
    rule.ignore = flag(table, "ignore", false);
    rule.action = text(table, "action");
    if (!rule.ignore && rule.action.empty()) {
      fault(table, "rule \"{}\" says neither its action nor ignore = true; add action = \"ssh_login\" or such",
            one_line(rule.id));
    }
    rule.outcome = text(table, "outcome", "success");
    if (rule.outcome != "success" && rule.outcome != "failure" && rule.outcome != "unknown") {
      fault(*table.get("outcome"), "outcome must be \"success\", \"failure\" or \"unknown\"");
    }
    rule.severity = severity(table);
    rule.ask = flag(table, "ask", !rule.ignore && rule.outcome == "success");  // a failure asks only where told to
    rule.approvers = static_cast<int>(number(table, "approvers", 1, 2, 1));
    rule.reason = flag(table, "reason", false);
    rule.cut_at = static_cast<std::size_t>(number(table, "cut_at", 0, 1'000'000, 0));
    rule.fields = pairs(table, "fields");
    text(table, "about");
    examples(table, rule);
    pack_.rules.push_back(std::move(rule));
  }

  std::string file_;
  RulePack& pack_;
};

}  // namespace

void read_rules(std::string_view name, std::string_view text, RulePack& pack) {
  try {
    const toml::table table = toml::parse(text, name);
    RuleReader(name, pack).file(table);
  } catch (const toml::parse_error& error) {
    pack.faults.push_back(fmt::format("{}:{}: {}", name, error.source().begin.line, one_line(error.description())));
  }
}

RulePack read_rule_directories(std::span<const std::filesystem::path> directories) {
  RulePack pack;
  for (const auto& directory : directories) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == ".toml") files.push_back(entry->path());
    }
    if (error) {
      pack.faults.push_back(fmt::format("{}:1: can't read the rules: {}; name a folder of rule files",
                                        directory.string(), error.message()));
      continue;
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      if (!in) {
        pack.faults.push_back(fmt::format("{}:1: can't be read; check its permissions", file.string()));
        continue;
      }
      read_rules(file.string(), text, pack);
    }
    if (files.empty()) {
      pack.faults.push_back(
          fmt::format("{}:1: no rule files (*.toml) there; add one or drop the folder", directory.string()));
    }
  }
  return pack;
}

RulePack built_in_rules() {
  RulePack pack;
  for (const auto& [name, text] : embedded::rulepack())
    read_rules(name, text, pack);
  return pack;
}

Compilation compile_rules(RulePack pack, bool examples) {
  Compilation result;
  result.faults = std::move(pack.faults);
  auto engine = core::Engine::compile(std::move(pack.rules));
  if (!engine) {
    result.faults.push_back(engine.error().message);
    return result;
  }
  if (examples) std::ranges::move(core::check_examples(*engine), std::back_inserter(result.faults));
  if (result.faults.empty()) result.engine = std::move(*engine);
  return result;
}

Compilation load_rules(std::span<const std::filesystem::path> directories) {
  if (directories.empty()) return compile_rules(built_in_rules(), false);
  return compile_rules(read_rule_directories(directories));
}

}  // namespace countersign::cli

#include "main/rule_cases.hpp"

#include <fmt/format.h>

#include <set>

#include "base/text.hpp"
#include "core/approval.hpp"
#include "core/event_fields.hpp"
#include "core/rules/can_hold.hpp"
#include "main/zones.hpp"

namespace countersign::cli {

using settings::Section;
namespace {

using Names = std::set<std::string, std::less<>>;

/// What an event of the rule can bear when its cases are looked at.
Names names_of(const core::Rule& rule) {
  Names names{"log.mismatch", "via.host", "via.session", "via.user"};
  for (const auto name : core::own_fields())
    names.emplace(name);
  for (const auto& [name, from] : rule.fields)
    names.insert(name);
  for (const auto& [name, value] : rule.set)
    names.insert(name);
  return names;
}

std::vector<core::Comparison> read_known(Section& table, std::string_view key, const Names& names) {
  auto comparisons = read_comparisons(table, key);
  for (const auto& [field, texts, networks] : comparisons) {
    if (names.contains(field) || field.starts_with("variables.")) continue;
    const auto close = nearest(field, names);
    table.problem(
        key, fmt::format("no event of this rule has the field '{}'; {}", one_line(field, 60),
                         close.empty() ? "name one of its fields or set" : fmt::format("did you mean '{}'?", close)));
  }
  return comparisons;
}

core::Condition read_condition(Section& table, const Names& names) {
  core::Condition condition;
  condition.when = read_known(table, "when", names);
  condition.unless = read_known(table, "unless", names);
  if (const auto hours = table.text("hours")) {
    const auto span = core::parse_hours(*hours);
    if (span)
      condition.hours = *span;
    else
      table.problem("hours", span.error().message);
  }
  if (table.has("days")) condition.days.fill(false);
  for (const auto& name : table.texts("days")) {
    const auto day = core::parse_weekday(name);
    if (day)
      condition.days.at(*day) = true;
    else
      table.problem("days", day.error().message);
  }
  if (const auto name = table.text("timezone")) {
    auto zone = find_zone(*name);
    if (zone)
      condition.zone = *std::move(zone);
    else
      table.problem("timezone", zone.error().message);
  }
  if (condition.when.empty() && condition.unless.empty() && !table.has("hours") && !table.has("days"))
    table.problem("", "a case needs a condition; add when = { \"user.name\" = \"root\" }, unless, hours or days");
  return condition;
}

core::Case read_case(Section& table, const Names& names) {
  core::Case one;
  one.condition = read_condition(table, names);
  if (table.has("severity")) one.severity = read_severity(table);
  if (table.has("ask")) one.ask = table.flag("ask", true);
  if (table.has("approvers")) one.approvers = static_cast<int>(table.number("approvers", 1, 2, 1));
  if (table.has("reason")) one.reason = table.flag("reason", false);
  one.to = table.text("to");
  table.finish();
  return one;
}

}  // namespace

core::Severity read_severity(Section& table) {
  const auto word = table.text("severity", "normal");
  const auto severity = core::parse_severity(word);
  if (!severity) table.problem("severity", severity.error().message);
  return severity.value_or(core::Severity::normal);
}

std::vector<core::Comparison> read_comparisons(Section& table, std::string_view key) {
  std::vector<std::pair<std::string, std::vector<std::string>>> grouped;
  for (auto& [name, value] : table.pairs(key)) {
    if (grouped.empty() || grouped.back().first != name) grouped.emplace_back(name, std::vector<std::string>{});
    grouped.back().second.push_back(std::move(value));
  }
  std::vector<core::Comparison> comparisons;
  for (auto& [name, values] : grouped) {
    for (const auto& value : values)
      if (!core::can_hold(name, value))
        table.problem(key, fmt::format("'{}' is no address, so {} never holds it; write 10.0.0.7, 10.0.0.0/8 or "
                                       "\"10.0.0.*\"",
                                       one_line(value, 60), one_line(name, 60)));
    comparisons.push_back(core::make_comparison(name, values));
  }
  return comparisons;
}

std::vector<core::Case> read_cases(Section& table, const core::Rule& rule) {
  std::vector<core::Case> cases;
  const auto names = names_of(rule);
  for (auto& one : table.each("case"))
    cases.push_back(read_case(one, names));
  return cases;
}

}  // namespace countersign::cli

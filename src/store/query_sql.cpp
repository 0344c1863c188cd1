#include "store/query_sql.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "core/host_name.hpp"
#include "core/query_network.hpp"
#include "store/codes.hpp"

namespace countersign::store {
namespace {

using Named = std::pair<std::string_view, std::string_view>;

constexpr std::array<Named, 13> text_columns{{{"rule.id", "e.rule"},
                                              {"event.action", "e.action"},
                                              {"event.outcome", "e.outcome"},
                                              {"process.name", "e.process"},
                                              {"user.name", "e.user"},
                                              {"source.ip", "e.address"},
                                              {"ssh.method", "e.method"},
                                              {"ssh.key.type", "e.key_type"},
                                              {"ssh.key.fingerprint", "e.key"},
                                              {"ssh.certificate.id", "e.certificate"},
                                              {"ssh.certificate.serial", "e.serial"},
                                              {"ssh.ca.fingerprint", "e.authority"},
                                              {"verdict", "e.verdict"}}};
constexpr std::array<Named, 3> number_columns{
    {{"event.count", "e.count"}, {"process.pid", "e.pid"}, {"source.port", "e.port"}}};
constexpr std::array<Named, 2> id_columns{{{"id", "e.id"}, {"approval.id", "e.approval"}}};

template <std::size_t N>
std::string_view column(const std::array<Named, N>& columns, std::string_view name) {
  const auto* const found = std::ranges::find(columns, name, &Named::first);
  return found == columns.end() ? std::string_view() : found->second;
}

bool has_star(const std::string& value) {
  return value.contains('*');
}

/// Held against text as it is stored: equal, so that an index may serve, or by star_match.
Condition text_term(std::string_view expression, const std::string& value) {
  return {has_star(value) ? fmt::format("star_match(?, {})", expression) : fmt::format("{} = ?", expression), {value}};
}

/// Hosts are stored under their one spelling, and were under any before version 23 of the store.
Condition host_term(const std::string& value) {
  auto term = text_term("e.host", value);
  if (auto canonical = core::canonical_host(value); canonical != value) {
    term.sql = fmt::format("({} OR {})", term.sql, text_term("e.host", canonical).sql);
    term.parameters.emplace_back(std::move(canonical));
  }
  return term;
}

/// The same of a field, of which a network holds by its addresses.
Condition field_term(std::string_view name, std::string_view expression, const std::string& value) {
  if (!core::network_of(name, value)) return text_term(expression, value);
  return {fmt::format("in_network(?, {})", expression), {value}};
}

/// A number that is written otherwise than we write it ("022") is not that number's text.
Condition number_term(std::string_view column, const std::string& value) {
  if (has_star(value)) return text_term(fmt::format("ifnull(CAST({} AS TEXT), '')", column), value);
  if (value.empty()) return {fmt::format("{} IS NULL", column), {}};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || fmt::to_string(number) != value) return {"0", {}};
  return {fmt::format("{} IS ?", column), {number}};
}

Condition id_term(std::string_view column, const std::string& value) {
  const auto id = parse_id(value);
  if (id && to_text(*id) == value) return {fmt::format("{} IS ?", column), {id->value}};
  if (has_star(value) || value.empty()) return text_term(fmt::format("id_text({})", column), value);
  return {"0", {}};
}

Condition time_term(const std::string& value) {
  const auto time = parse_rfc3339(value);
  if (time && to_rfc3339(*time) == value && *time != Timestamp{}) return {"e.time = ?", {to_micros(*time)}};
  if (has_star(value) || value.empty()) return text_term("rfc3339(e.time)", value);
  return {"0", {}};
}

/// An event that nothing is asked about has no approval, and its state is ''.
Condition state_term(const std::string& value) {
  std::string sql = glob(value, "") ? "(e.approval IS NULL" : "(0";
  for (const auto state :
       {ApprovalState::pending, ApprovalState::approved, ApprovalState::denied, ApprovalState::expected})
    if (glob(value, core::to_text(state)))
      sql += fmt::format(" OR (e.approval IS NOT NULL AND e.state = {})", code(state));
  return {sql + ")", {}};
}

Condition more_term(const std::string& name, const std::string& value) {
  const auto held = field_term(name, "f.value", value);
  Condition condition{
      fmt::format("EXISTS (SELECT 1 FROM event_field f WHERE f.event = e.id AND f.name = ? AND {})", held.sql),
      {name, value}};
  if (!glob(value, "")) return condition;
  // A field the event does not have is an empty one.
  return {fmt::format("({} OR NOT EXISTS (SELECT 1 FROM event_field f WHERE f.event = e.id AND f.name = ?))",
                      condition.sql),
          {name, value, name}};
}

Condition term(const std::string& name, const std::string& value) {
  if (const auto text = column(text_columns, name); !text.empty()) return field_term(name, text, value);
  if (const auto number = column(number_columns, name); !number.empty()) return number_term(number, value);
  if (const auto id = column(id_columns, name); !id.empty()) return id_term(id, value);
  if (name == "host.name") return host_term(value);
  if (name == "@timestamp") return time_term(value);
  if (name == "approval.state") return state_term(value);
  return more_term(name, value);
}

Condition joined(const std::vector<core::Query>& operands, std::string_view by) {
  Condition all{"(", {}};
  for (const auto& operand : operands) {
    auto one = to_sql(operand);
    if (all.sql.size() > 1) all.sql += by;
    all.sql += one.sql;
    std::ranges::move(one.parameters, std::back_inserter(all.parameters));
  }
  all.sql += ")";
  return all;
}

}  // namespace

Condition to_sql(const core::Query& query) {
  switch (query.kind) {
    case core::Query::Kind::all:
      return {"1", {}};
    case core::Query::Kind::term:
      return term(query.field, query.value);
    case core::Query::Kind::both:
      return joined(query.operands, " AND ");
    case core::Query::Kind::either:
      return joined(query.operands, " OR ");
    case core::Query::Kind::negation: {
      auto inner = to_sql(query.operands.at(0));
      inner.sql = fmt::format("NOT ({})", inner.sql);
      return inner;
    }
  }
  return {"0", {}};
}

}  // namespace countersign::store

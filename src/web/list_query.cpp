#include "web/list_query.hpp"

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace countersign::web {
namespace {

constexpr std::size_t usual_limit = 100;
constexpr std::size_t most = 1000;

std::string value(std::string_view query, std::string_view name) {
  return form_value(query, name).value_or("");
}

Result<std::optional<Timestamp>> read_time(std::string_view query, std::string_view name) {
  auto text = value(query, name);
  if (text.empty()) return std::nullopt;
  if (const auto zone = text.find(' '); zone != std::string::npos && zone > 10) text[zone] = '+';  // "+02:00" unescaped
  const auto time = parse_rfc3339(text);
  if (!time) return fail(Fault::invalid, "{}: '{}' is no RFC 3339 time", name, one_line(text, 60));
  return *time;
}

/// What both lists know.
template <typename Filter>
Result<Filter> read_common(std::string_view query) {
  Filter filter;
  const auto span = read_span(query);
  if (!span) return std::unexpected(span.error());
  const auto limit = read_limit(query);
  if (!limit) return std::unexpected(limit.error());
  filter.from = span->from;
  filter.to = span->to;
  filter.limit = *limit;
  filter.source = value(query, "source");
  filter.cursor = value(query, "cursor");
  return filter;
}

}  // namespace

Result<Span> read_span(std::string_view query) {
  const auto from = read_time(query, "from");
  if (!from) return std::unexpected(from.error());
  const auto to = read_time(query, "to");
  if (!to) return std::unexpected(to.error());
  return Span{*from, *to};
}

Result<std::size_t> read_limit(std::string_view query) {
  const auto text = value(query, "limit");
  if (text.empty()) return usual_limit;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  const bool huge = error == std::errc::result_out_of_range;
  if (end != text.data() + text.size() || (error != std::errc() && !huge) || (limit == 0 && !huge))
    return fail(Fault::invalid, "limit: '{}' is no number from 1 to {}", one_line(text, 20), most);
  return huge ? most : std::min(limit, most);
}

Result<app::EventFilter> read_event_filter(std::string_view query) {
  auto filter = read_common<app::EventFilter>(query);
  if (!filter) return filter;
  if (const auto text = value(query, "query"); !text.empty()) {
    auto parsed = core::parse_query(text);
    if (!parsed) return fail(Fault::invalid, "query: {}", parsed.error().message);
    filter->query = *std::move(parsed);
  }
  return filter;
}

Result<app::ApprovalFilter> read_approval_filter(std::string_view query) {
  auto filter = read_common<app::ApprovalFilter>(query);
  if (!filter) return filter;
  if (const auto text = value(query, "state"); !text.empty()) {
    const auto state = core::parse_approval_state(text);
    if (!state) return fail(Fault::invalid, "state: {}", state.error().message);
    filter->state = *state;
  }
  filter->person = value(query, "person");
  filter->addressed_to = value(query, "addressed_to");
  return filter;
}

}  // namespace countersign::web

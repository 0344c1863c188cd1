#include "webhooks/otlp_log.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "webhooks/json_parts.hpp"

namespace countersign::webhooks {
namespace {

constexpr std::size_t kLongestShared = 1'024;

}  // namespace

bool Attributes::wants(std::string_view name) const {
  return names_field(name) && std::ranges::find(fields_, name, &Field::first) == fields_.end();
}

void Attributes::add(std::string_view name, std::string value) {
  if (wants(name)) fields_.emplace_back(name, std::move(value));
}

void Attributes::keep_short() {
  std::erase_if(fields_, [](const Field& field) { return field.second.size() > kLongestShared; });
}

void Attributes::append(Attributes later) {
  for (auto& [name, value] : later.fields_)
    add(name, std::move(value));
}

std::optional<std::string> name_below(std::string_view name, std::string_view key) {
  if (name.size() + 1 + key.size() > kLongestFieldName) return std::nullopt;
  return name.empty() ? std::string(key) : fmt::format("{}.{}", name, key);
}

void add_log(const core::Zone& zone, Timestamp arrival, const OtlpLog& log, const Attributes& resource,
             std::string_view part, app::Decoded& decoded) {
  core::Record record;
  std::string why;
  read_fields(log.fields.texts(), resource.texts(), zone, arrival, record, why);
  if (!why.empty()) return add_unreadable(decoded, part, "the log record has no body that is or holds a line");
  const auto nanos = log.time != 0 ? log.time : log.observed;
  if (nanos != 0) record.time = from_micros(static_cast<std::int64_t>(nanos / 1000));
  decoded.records.push_back(std::move(record));
}

}  // namespace countersign::webhooks

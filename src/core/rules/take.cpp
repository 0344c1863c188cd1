#include "core/rules/take.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace countersign::core {
namespace {

/// "203.0.113.7:51234" or "[2001:db8::9]:51234" as its two halves; any other text is left whole, without a port.
std::pair<std::string_view, std::string_view> split_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {text, {}};
  const auto address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']'))
    return {address.substr(1, address.size() - 2), text.substr(colon + 1)};
  if (address.contains(':')) return {text, {}};
  return {address, text.substr(colon + 1)};
}

/// Seconds, milli- or microseconds since 1970, where the text is nothing but their digits.
std::optional<Timestamp> whole_epoch(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  if (text.size() <= 10) return from_micros(value * 1'000'000);
  if (text.size() <= 13) return from_micros(value * 1'000);
  return text.size() <= 16 ? std::optional(from_micros(value)) : std::nullopt;
}

/// The leaf at a path; where that has "[*]", the element for which the rule's `where` holds at the same path, or any.
const std::string* leaf_of(const Rule& rule, const Fields& fields, const std::string& path) {
  if (!Fields::names_any(path)) return fields.find(path);
  const auto comparison = std::ranges::find(rule.where, path, &Comparison::field);
  return fields.find_any(
      path, [&](std::string_view text) { return comparison == rule.where.end() || holds(*comparison, text); });
}

}  // namespace

void take_leaves(const Rule& rule, const Fields& fields, Event& event) {
  for (const auto& [name, path] : rule.fields) {
    const auto* leaf = leaf_of(rule, fields, path);
    if (leaf == nullptr || leaf->empty() || !field(event, name).empty()) continue;
    if (name == "source.ip") {
      const auto [address, port] = split_endpoint(*leaf);
      set_field(event, name, normalise_address(address));
      if (!port.empty() && !event.port) set_field(event, "source.port", std::string(port));
    } else if (const auto time = name == "@timestamp" ? whole_epoch(*leaf) : std::nullopt) {
      event.time = *time;
    } else {
      set_field(event, name, *leaf);
    }
  }
}

void take_groups(const Rule& rule, std::string_view message, const std::vector<std::pair<std::string, int>>& groups,
                 const std::vector<Capture>& captures, Event& event) {
  const char* const end = message.data() + message.size();
  const char* trusted_end = end;  // where what may have been cut begins
  if (rule.cut_at != 0 && message.size() >= rule.cut_at) {
    for (std::size_t i = 1; i < captures.size(); ++i) {
      const auto text = captures[i].text;
      if (captures[i].taken() && text.data() + text.size() == end) trusted_end = std::min(trusted_end, text.data());
    }
  }
  for (const auto& [name, group] : groups) {
    const auto& capture = captures[static_cast<std::size_t>(group)];
    if (!capture.taken() || capture.text.empty() || capture.text.data() >= trusted_end) continue;
    if (!field(event, name).empty()) continue;
    auto value = undo_vis(capture.text);
    if (name == "source.ip") value = normalise_address(value);
    set_field(event, name, std::move(value));
  }
}

}  // namespace countersign::core

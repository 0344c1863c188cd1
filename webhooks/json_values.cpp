#include "webhooks/json_values.hpp"

#include <span>

#include "base/text.hpp"

namespace countersign::webhooks {
namespace {

constexpr int kMostWrapped = 3;  // JSON in a string in JSON …

bool holds_json(std::string_view raw) {
  return raw.starts_with('"') && raw.find_first_of("{[") != std::string_view::npos;
}

using Steps = std::span<const JsonPath::Step>;

enum class AtEnd { as_it_is, opened };  // an array at the path's end: one value, or its elements

bool visit_steps(const PaddedText& text, std::string_view raw, Steps steps, AtEnd at_end, int wrapped,
                 const VisitElement& visit) {
  if (steps.empty() && at_end == AtEnd::as_it_is) return visit(text, raw);
  if (holds_json(raw) && wrapped < kMostWrapped) {
    if (auto inner = JsonValues(text).text(raw)) {
      const PaddedText unwrapped(std::move(*inner));
      const auto content = trim_json(unwrapped.view());
      if (content.starts_with('{') || content.starts_with('['))
        return visit_steps(unwrapped, content, steps, at_end, wrapped + 1, visit);
    }
  }
  if (steps.empty()) {
    if (!raw.starts_with('[')) return visit(text, raw);
    RawParts parts(raw);
    while (const auto part = parts.next())
      if (!visit(text, *part)) return false;
    return true;
  }
  const auto& step = steps.front();
  if (step.every || step.index) {
    if (!raw.starts_with('[')) return true;
    RawParts parts(raw);
    for (std::size_t i = 0; const auto part = parts.next(); ++i)
      if ((step.every || i == *step.index) && !visit_steps(text, *part, steps.subspan(1), at_end, wrapped, visit))
        return false;
    return true;
  }
  const auto member = find_member(raw, step.key);
  return !member || visit_steps(text, *member, steps.subspan(1), at_end, wrapped, visit);
}

}  // namespace

std::optional<std::string_view> find_member(std::string_view object, std::string_view key) {
  if (!object.starts_with('{')) return std::nullopt;
  RawParts members(object);
  while (const auto member = members.next())
    if (const auto value = member_value(*member, key)) return value;
  return std::nullopt;
}

std::optional<std::string> JsonValues::text(std::string_view raw) {
  if (!raw.starts_with('"')) {
    if (raw.empty() || raw.starts_with('{') || raw.starts_with('[') || raw == "null") return std::nullopt;
    constexpr std::string_view kNumber = "0123456789+-.eE";
    if (raw != "true" && raw != "false" && raw.find_first_not_of(kNumber) != std::string_view::npos)
      return std::nullopt;
    return std::string(raw);
  }
  simdjson::ondemand::document document;
  std::string_view content;
  if (parser_.iterate(text_.padded(raw)).get(document) || document.get_string().get(content)) return std::nullopt;
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return std::nullopt;
  return std::string(content);
}

std::optional<std::string> JsonValues::text(std::string_view object, std::string_view key) {
  const auto value = find_member(object, key);
  return value ? text(*value) : std::nullopt;
}

std::optional<std::string> JsonValues::text(std::string_view raw, const JsonPath& path) {
  std::optional<std::string> found;
  visit_steps(text_, raw, path.steps(), AtEnd::as_it_is, 0, [&](const PaddedText& text, std::string_view value) {
    const bool nested = value.starts_with('{') || value.starts_with('[');
    found = nested ? std::string(value) : JsonValues(text).text(value);
    return !found.has_value();
  });
  return found;
}

bool for_each_element(const PaddedText& text, std::string_view raw, const JsonPath& path, const VisitElement& visit) {
  return visit_steps(text, raw, path.steps(), AtEnd::opened, 0, visit);
}

PaddedText json_text(std::string text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  if (!simdjson::validate_utf8(text)) text = clean_utf8(text);
  return PaddedText(std::move(text));
}

Result<PaddedText> json_text(const app::Delivery& delivery, const InflateBound& bound) {
  auto body = inflate_body(delivery.body, delivery.content_encoding, bound);
  if (!body) return std::unexpected(body.error());
  return json_text(std::move(*body));
}

Result<app::Decoded> unless_all_unreadable(app::Decoded decoded) {
  if (decoded.records.empty() && !decoded.unreadable.empty())
    return fail(Fault::invalid, "nothing in the body could be read: {}", decoded.unreadable.front().why);
  return decoded;
}

}  // namespace countersign::webhooks

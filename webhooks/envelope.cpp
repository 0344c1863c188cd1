#include "webhooks/envelope.hpp"

#include <cstring>
#include <span>

#include "base/text.hpp"
#include "webhooks/json_grammar.hpp"
#include "webhooks/json_values.hpp"

namespace countersign::webhooks {
namespace {

constexpr std::size_t kLongestSign = 64;  // bounds what many events take over

constexpr std::size_t kIndent = 16;  // before a first name

/// A member of the wrapper and what its text must be, by a glob; no name: none.
struct Sign {
  std::string_view name, text;
};

bool bears(std::string_view object, const Sign& sign) {
  const auto value = find_member(object, sign.name);
  return value && value->size() > 2 && value->size() <= kLongestSign && value->front() == '"' &&
         glob(sign.text, value->substr(1, value->size() - 2));
}

using Path = std::span<const std::string_view>;
using VisitRaw = std::function<bool(std::string_view raw)>;

/// A path's empty names are its end.
bool visit_at(std::string_view value, Path path, const VisitRaw& visit) {
  if (!path.empty() && !path.front().empty()) {
    if (!value.starts_with('{')) return value == "null" || visit(value);
    RawParts members(value);
    while (const auto member = members.next())
      if (const auto inner = member_value(*member, path.front()); inner && !visit_at(*inner, path.subspan(1), visit))
        return false;
    return true;
  }
  if (!value.starts_with('[')) return value == "null" || visit(value);
  RawParts events(value);
  while (const auto event = events.next())
    if (!visit(*event)) return false;
  return true;
}

}  // namespace

struct Envelope::Kind {
  std::string_view mark;  // stands in each of them; without signs: is its first name
  Sign signs[2];
  std::string_view path[2];  // of the array
  std::string_view
      event_kind{};  // not empty: an event that says no `kind` is of this one and of the wrapper's `apiVersion`
  std::string_view members[3]{};  // without signs: some event has all of these
};

constexpr Envelope::Kind Envelope::kinds[] = {
    // kubernetes.io, "Auditing", webhook backend: audit.k8s.io's EventList, whose items don't say what they are.
    {"\"EventList\"", {{"kind", "EventList"}, {"apiVersion", "audit.k8s.io/*"}}, {"items"}, "Event"},
    // developer.okta.com, "Event hooks"
    {"com.okta.event_hook", {{"eventType", "com.okta.event_hook"}}, {"data", "events"}},
    // Admin SDK, Reports API, activities.list
    {"admin#reports#activities", {{"kind", "admin#reports#activities"}}, {"items"}},
    // docs.aws.amazon.com/awscloudtrail, "CloudTrail log file examples"
    {"\"Records\"", {}, {"Records"}, {}, {"eventVersion", "eventSource", "eventName"}},
};

bool Envelope::known_by_events() const {
  bool known = false;
  visit_at(object_, kind_.path, [&](std::string_view event) {
    known = true;
    for (const auto name : kind_.members)
      known = known && find_member(event, name);
    return !known;
  });
  return known;
}

std::optional<Envelope> Envelope::of(std::string_view object) {
  if (!object.starts_with('{')) return std::nullopt;
  for (const auto& kind : kinds) {
    const bool by_signs = !kind.signs[0].name.empty();
    const bool marked = by_signs ? memmem(object.data(), object.size(), kind.mark.data(), kind.mark.size()) != nullptr
                                 : trim_json(object.substr(1, kind.mark.size() + kIndent)).starts_with(kind.mark);
    if (!marked) continue;
    const Envelope envelope(kind, object);
    bool known = by_signs || envelope.known_by_events();
    for (const auto& sign : kind.signs)
      known = known && (sign.name.empty() || bears(object, sign));
    if (known) return envelope;
  }
  return std::nullopt;
}

bool Envelope::for_each(const PaddedText& text, const Visit& visit) const {
  // As the API server writes an event to its own log. Put together once, wherever in the wrapper it stands.
  const auto begins = kind_.event_kind.empty()
                          ? std::string()
                          : "{\"kind\":\"" + std::string(kind_.event_kind) + "\",\"apiVersion\":" +
                                std::string(find_member(object_, "apiVersion").value_or("null")) + ",";
  return visit_at(object_, kind_.path, [&](std::string_view event) {
    const bool takes_over = !begins.empty() && event.starts_with('{') && !trim_json(event.substr(1)).starts_with('}') &&
                            !find_member(event, "kind") && is_json(event);
    if (!takes_over) return visit(text, event);
    const PaddedText whole(begins + std::string(event.substr(1)));
    return visit(whole, whole.view());
  });
}

}  // namespace countersign::webhooks

#include "app/feed.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace countersign::app {
namespace {

using Json = nlohmann::json;
using core::ApprovalState;

constexpr std::size_t most_events_told = 100;

std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ApprovalState state(const Json& object, const char* key) {
  return core::parse_approval_state(text(object, key)).value_or(ApprovalState::pending);
}

/// What an approval was born as: what is revised first was never pending.
ApprovalState first_state(const core::Approval& approval) {
  const bool covered = approval.decisions.empty() ? approval.state == ApprovalState::expected
                                                  : approval.decisions.front().act == core::Act::revise;
  return covered ? ApprovalState::expected : ApprovalState::pending;
}

std::string change_of(std::string_view act, ApprovalState became) {
  if (act == "approve") return became == ApprovalState::pending ? "approved_by_one" : "approved";
  if (act == "deny") return "denied";
  return act == "revise" ? "revised" : std::string(act);
}

/// Erased meanwhile: the change stays without it.
Result<void> add_event(View& view, FeedEntry& entry, Id id) {
  ++entry.events_total;
  if (entry.events.size() >= most_events_told) return {};
  auto event = view.event(id);
  if (event)
    entry.events.push_back(*std::move(event));
  else if (event.error().fault != Fault::not_found)
    return std::unexpected(event.error());
  return {};
}

Result<void> add_approval(View& view, FeedEntry& entry, Id id) {
  auto approval = view.approval_alone(id);
  if (approval)
    entry.approval = *std::move(approval);
  else if (approval.error().fault != Fault::not_found)
    return std::unexpected(approval.error());
  return {};
}

Result<void> read_asked(View& view, const FeedRow& row, FeedEntry& entry) {
  if (auto added = add_event(view, entry, row.event); !added) return added;
  if (auto added = add_approval(view, entry, row.approval); !added) return added;
  if (entry.approval) entry.state = first_state(*entry.approval);
  entry.change = core::to_text(entry.state);
  entry.kind = entry.state == ApprovalState::expected ? FeedKind::decisions : FeedKind::pending;
  return {};
}

Result<void> read_decision(View& view, const FeedRow& row, const Json& detail, FeedEntry& entry) {
  entry.kind = FeedKind::decisions;
  entry.became = state(detail, "settled_as");
  entry.change = change_of(text(detail, "decision"), *entry.became);
  entry.state = state(detail, "state");
  entry.by = row.actor;
  entry.via = text(detail, "via");
  entry.reason = text(detail, "reason");
  if (const auto events = detail.find("events"); events != detail.end() && events->is_array())
    for (const auto& each : *events)
      if (const auto id = each.is_string() ? parse_id(each.get<std::string>()) : Result<Id>(Id{}); id && *id)
        if (auto added = add_event(view, entry, *id); !added) return added;
  const auto approval = parse_id(text(detail, "approval"));
  return approval ? add_approval(view, entry, *approval) : Result<void>();
}

Result<void> read_verdict(View& view, const Json& detail, FeedEntry& entry) {
  entry.kind = FeedKind::verdicts;
  entry.change = "verdict";
  entry.verdict = text(detail, "verdict");
  entry.was = text(detail, "was");
  entry.reason = text(detail, "reasons");
  const auto event = parse_id(text(detail, "event"));
  if (!event) return {};
  if (auto added = add_event(view, entry, *event); !added) return added;
  if (entry.events.empty() || !entry.events.front().approval) return {};
  if (auto added = add_approval(view, entry, entry.events.front().approval); !added) return added;
  if (entry.approval) entry.state = entry.approval->state;
  return {};
}

Result<FeedEntry> read_entry(View& view, const FeedRow& row) {
  FeedEntry entry;
  entry.id = row.id;
  entry.at = row.at;
  const auto detail = Json::parse(row.detail, nullptr, false);
  const auto read = row.kind == "asked"      ? read_asked(view, row, entry)
                    : !detail.is_object()    ? fail(Fault::internal, "audit row {} is no object", to_text(row.id))
                    : row.kind == "decision" ? read_decision(view, row, detail, entry)
                                             : read_verdict(view, detail, entry);
  if (!read) return std::unexpected(read.error());
  if (entry.kind != FeedKind::verdicts && entry.approval && entry.approval->kind == "finding")
    entry.kind = FeedKind::findings;
  return entry;
}

constexpr std::array kinds{FeedKind::pending, FeedKind::decisions, FeedKind::findings, FeedKind::verdicts};

}  // namespace

std::string_view to_text(FeedKind kind) {
  switch (kind) {
    case FeedKind::pending:
      return "pending";
    case FeedKind::decisions:
      return "decisions";
    case FeedKind::findings:
      return "findings";
    case FeedKind::verdicts:
      return "verdicts";
  }
  return "";
}

Result<FeedKind> parse_feed_kind(std::string_view text) {
  for (const auto kind : kinds)
    if (text == to_text(kind)) return kind;
  return fail(Fault::invalid, "'{}' is no kind of the feed (pending, decisions, findings, verdicts)", text);
}

Result<FeedPage> read_feed(View& view, const FeedFilter& filter) {
  const auto rows = view.feed(filter.cursor, filter.limit);
  if (!rows) return std::unexpected(rows.error());
  FeedPage page{{}, rows->cursor, rows->more};
  for (const auto& row : rows->rows) {
    auto entry = read_entry(view, row);
    if (!entry) return std::unexpected(entry.error());
    if (filter.kinds.empty() || std::ranges::find(filter.kinds, entry->kind) != filter.kinds.end())
      page.rows.push_back({*std::move(entry), row.cursor});
  }
  return page;
}

}  // namespace countersign::app

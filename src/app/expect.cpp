#include "app/expect.hpp"

#include <algorithm>

#include "app/answered.hpp"
#include "app/audit_detail.hpp"

namespace countersign::app {
namespace {

Result<void> room_for(Ledger& ledger, const core::ExpectedChange& change, Timestamp now) {
  const auto current = ledger.expected_changes(now, false);
  if (!current) return std::unexpected(current.error());
  if (current->size() >= most_expected)
    return fail(Fault::conflict, "{} expected changes are in force already: end some", most_expected);
  if (static_cast<std::size_t>(std::ranges::count(*current, change.author, &core::ExpectedChange::author)) >=
      Expect::most_of_one)
    return fail(Fault::conflict, "{} changes of {} are in force already: end some", Expect::most_of_one, change.author);
  return {};
}

}  // namespace

Result<void> keep(Ledger& ledger, core::ExpectedChange& change, Timestamp now) {
  change.id = ledger.new_id();
  if (auto added = ledger.add(change); !added) return added;
  return ledger.audit(now, change.trust ? "trust" : "expected", change.author, detail_of_change(change));
}

void Expect::announce(core::ExpectedChange change, const core::Actor& by, Announced done) {
  const auto now = clock_.now();
  if (auto allowed = core::announce(change, by, policy_.current()->directory, now); !allowed)
    return done(std::unexpected(allowed.error()));
  auto kept = std::make_shared<core::ExpectedChange>(std::move(change));
  store_.write(
      [kept, now](Ledger& ledger) -> Result<void> {
        if (auto room = room_for(ledger, *kept, now); !room) return room;
        return keep(ledger, *kept, now);
      },
      answered(kept, std::move(done)));
}

void Expect::end(Id id, core::Actor by, std::string_view via, Ended done) {
  store_.write(
      [id, by = std::move(by), via = std::string(via), now = clock_.now()](Ledger& ledger) -> Result<void> {
        const auto change = ledger.expected_change(id);
        if (!change) return std::unexpected(change.error());
        if (!*change) return fail(Fault::not_found, "there is no such expected change");
        if (auto allowed = core::may_end(**change, by, now); !allowed) return allowed;
        if (auto ended = ledger.end_expected(id, now, by.name); !ended) return ended;
        return ledger.audit(now, "expected_end", by.name, detail_of_end(**change, via));
      },
      std::move(done));
}

Result<void> end_what_covers(Ledger& ledger, const core::Directory& directory, const std::vector<core::Event>& events,
                             std::string_view person, std::string_view by, Timestamp now) {
  const auto current = ledger.expected_changes(now, false);
  if (!current) return std::unexpected(current.error());
  for (const auto& change : *current) {
    const bool covers = std::ranges::any_of(
        events, [&](const core::Event& event) { return core::in_scope(change, event, person, directory); });
    if (!covers) continue;
    if (auto ended = ledger.end_expected(change.id, now, by); !ended) return ended;
    if (auto noted = ledger.audit(now, "expected_end", by, detail_of_end(change, "denial")); !noted) return noted;
  }
  return {};
}

}  // namespace countersign::app

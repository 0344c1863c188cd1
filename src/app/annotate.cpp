#include "app/annotate.hpp"

#include <algorithm>

#include "app/audit_detail.hpp"
#include "crypto/digest.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t most_notes = 20;

Result<void> annotate(Ledger& ledger, Id id, const core::Actor& by, const core::Note& note) {
  const auto approval = ledger.approval(id);
  if (!approval) return std::unexpected(approval.error());
  const auto decision = core::notable(*approval, by);
  if (!decision) return std::unexpected(decision.error());
  const auto said = std::ranges::find(approval->decisions, *decision, &core::Decision::id);
  if (said != approval->decisions.end() && said->notes.size() >= most_notes)
    return fail(Fault::conflict, "this decision bears {} notes already", most_notes);
  if (auto added = ledger.add(*decision, note); !added) return added;
  if (auto noted = ledger.audit(note.at, "reason", by.name, detail_of_note(id, *decision, note)); !noted) return noted;
  return ledger.revise_messages(id, note.at, false);
}

}  // namespace

void Annotate::by_button(std::string_view value, core::Actor by, std::string_view via, std::string text, Done done) {
  if (text.empty()) return done(fail(Fault::invalid, "a reason needs words"));
  core::Note note{by.name, clock_.now(), std::string(via), std::move(text)};
  store_.write(
      [digest = crypto::sha256(value), by = std::move(by), note = std::move(note)](Ledger& ledger) -> Result<void> {
        const auto button = ledger.button(digest);
        if (!button) return std::unexpected(button.error());
        if (!*button) return fail(Fault::not_found, "this button is not one of ours");
        return annotate(ledger, (*button)->approval, by, note);
      },
      std::move(done));
}

}  // namespace countersign::app

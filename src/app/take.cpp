#include "app/take.hpp"

#include "app/answered.hpp"
#include "app/audit_detail.hpp"
#include "crypto/digest.hpp"

namespace countersign::app {
namespace {

Result<Timestamp> take(Ledger& ledger, const core::Schedule& schedule, Id id, const core::Actor& by,
                       std::string_view via, Timestamp now) {
  auto approval = ledger.approval(id);
  if (!approval) return std::unexpected(approval.error());
  if (auto allowed = core::may_take(*approval, by); !allowed) return std::unexpected(allowed.error());
  const auto until = now + schedule.take_for.value_or(schedule.pace(approval->severity).repeat_every);
  approval->taken_by = by.name;
  approval->taken_until = until;
  if (auto updated = ledger.update(*approval); !updated) return std::unexpected(updated.error());
  if (auto noted = ledger.audit(now, "take", by.name, detail_of_taking(*approval, via)); !noted)
    return std::unexpected(noted.error());
  if (auto revised = ledger.revise_messages(id, now, false); !revised) return std::unexpected(revised.error());
  return until;
}

}  // namespace

void Take::by_id(Id approval, core::Actor by, std::string_view via, Done done) {
  auto until = std::make_shared<Timestamp>();
  store_.write(
      [policy = policy_.current(), approval, by = std::move(by), via = std::string(via), until, now = clock_.now()](
          Ledger& ledger) { return keep_in(*until, take(ledger, policy->schedule, approval, by, via, now)); },
      answered(until, std::move(done)));
}

void Take::by_button(std::string_view value, core::Actor by, std::string_view via, Done done) {
  auto until = std::make_shared<Timestamp>();
  store_.write(
      [policy = policy_.current(), digest = crypto::sha256(value), by = std::move(by), via = std::string(via), until,
       now = clock_.now()](Ledger& ledger) -> Result<void> {
        const auto button = ledger.button(digest);
        if (!button) return std::unexpected(button.error());
        if (!*button) return fail(Fault::not_found, "this button is not one of ours");
        return keep_in(*until, take(ledger, policy->schedule, (*button)->approval, by, via, now));
      },
      answered(until, std::move(done)));
}

}  // namespace countersign::app

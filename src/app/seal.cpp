#include "app/seal.hpp"

#include "app/audit_detail.hpp"
#include "app/compose_report.hpp"
#include "app/report_lists.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::app {
namespace {

std::unexpected<Error> sealed_already(const Seal& seal) {
  return fail(Fault::conflict, "the span from {} to {} was sealed by {} at {}: {}", to_rfc3339(seal.from),
              to_rfc3339(seal.to), seal.made_by, to_rfc3339(seal.as_of), to_text(seal.id));
}

}  // namespace

Result<Sealing::Made> Sealing::make(View& view, const SealWanted& wanted) const {
  const auto standing = view.seal(wanted.from, wanted.to);
  if (!standing) return std::unexpected(standing.error());
  if (*standing) return sealed_already(**standing);
  // Only now, after the first look, is it fixed what this view sees: what came while it waited is in the figures.
  const auto now = clock_.now();
  if (wanted.to > now)
    return fail(Fault::invalid, "the span is not over: it ends at {}; seal it after that", to_rfc3339(wanted.to));
  const auto report = compose_report(view, policy_.current()->directory, wanted.from, wanted.to, now);
  if (!report) return std::unexpected(report.error());
  const auto waiting = report->summary.waiting;
  if (waiting > 0 && !wanted.force)
    return fail(Fault::conflict, "{} still wait{} for the other witness: seal it later, or with force as it stands",
                waiting == 1 ? std::string("one login") : fmt::format("{} logins", waiting), waiting == 1 ? "s" : "");
  Made made;
  SnapshotLists lists(view, *report);
  auto forms = render_(*report, lists);
  if (!forms) return std::unexpected(forms.error());
  made.forms = *std::move(forms);
  made.seal = {.id = {},
               .from = wanted.from,
               .to = wanted.to,
               .as_of = now,
               .made_by = wanted.by,
               .waiting = waiting,
               .head = report->audit_head ? report->audit_head->hash : std::string(),
               .entries = report->audit_entries,
               .digest = crypto::sha256(made.forms.front().second)};
  return made;
}

void Sealing::seal(const SealWanted& wanted, Done done) {
  auto shared = std::make_shared<Done>(std::move(done));
  const bool queued = store_.read([this, wanted, shared](View& view) {
    auto made = make(view, wanted);
    if (!made) return (*shared)(std::unexpected(made.error()));
    auto kept = std::make_shared<Made>(*std::move(made));
    store_.write(
        [kept](Ledger& ledger) -> Result<void> {
          auto& seal = kept->seal;
          const auto standing = ledger.seal(seal.from, seal.to);  // of somebody who was quicker
          if (!standing) return std::unexpected(standing.error());
          if (*standing) return sealed_already(**standing);
          seal.id = ledger.new_id();
          if (auto added = ledger.add(seal, kept->forms); !added) return added;
          return ledger.audit(seal.as_of, "seal", seal.made_by, detail_of_seal(seal, kept->forms));
        },
        [kept, shared](Result<void> written) {
          (*shared)(written ? Result<Seal>(kept->seal) : std::unexpected(written.error()));
        });
  });
  if (!queued) (*shared)(fail(Fault::overloaded, "too many reads wait"));
}

}  // namespace countersign::app

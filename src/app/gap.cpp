#include "app/gap.hpp"

#include "app/finding.hpp"
#include "base/text.hpp"

namespace countersign::app {

Result<void> find_gap(Ledger& ledger, const Policy& policy, std::string_view source, std::string_view left_out,
                      Timestamp now) {
  Finding finding;
  finding.kind = "log_gap";
  finding.key = source;
  finding.event.time = now;
  finding.reason = fmt::format("{} left messages out: {}; countersign backfill brings what its search has",
                               one_line(source, 80), one_line(left_out, 300));
  auto reason = finding.reason;
  const auto raised = raise_finding(ledger, policy, std::move(finding), now);
  if (!raised) return std::unexpected(raised.error());
  if (auto counted = ledger.count(fmt::format("gaps.{}", source), 1, now); !counted) return counted;
  return raised->fresh ? Result<void>() : amend_finding(ledger, raised->approval, reason, now);
}

}  // namespace countersign::app

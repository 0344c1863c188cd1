#include "app/head_statement.hpp"

#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "core/pager.hpp"

namespace countersign::app {

Result<void> owe_head(Ledger& ledger, const core::Schedule& schedule, const DayRoot& day, Timestamp now) {
  if (schedule.publishers.empty()) return {};
  const auto head = ledger.audit_head();
  if (!head) return std::unexpected(head.error());
  const auto chain = ledger.audit_chain();
  if (!chain) return std::unexpected(chain.error());
  if (!head->newest) return fail(Fault::internal, "the audit chain has no head");
  const nlohmann::json statement{{"at", to_rfc3339(head->newest->at)},
                                 {"chain", to_hex(*chain)},
                                 {"date", day.date},
                                 {"entries", head->entries},
                                 {"head", to_hex(head->newest->hash)},
                                 {"root", day.root},
                                 {"sightings", day.count}};
  for (const auto& publisher : schedule.publishers) {
    Notification notification;
    notification.id = ledger.new_id();
    notification.purpose = "head";
    notification.to = core::pager_target(publisher);
    notification.detail = statement.dump();
    notification.due_at = notification.created_at = now;
    if (auto owed = ledger.add(notification); !owed) return owed;
  }
  return {};
}

}  // namespace countersign::app

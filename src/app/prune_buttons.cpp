#include "app/prune_buttons.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t pruned_at_once = 2000;
constexpr auto where_more = std::chrono::seconds(10);
constexpr auto between_prunings = std::chrono::hours(6);

}  // namespace

Result<Timestamp> prune_buttons(Ledger& ledger, const Policy& /*policy*/, Timestamp now) {
  const auto gone = ledger.prune_buttons(now - buttons_kept, pruned_at_once);
  if (!gone) return std::unexpected(gone.error());
  return now + (*gone == pruned_at_once ? Duration(where_more) : Duration(between_prunings));
}

}  // namespace countersign::app

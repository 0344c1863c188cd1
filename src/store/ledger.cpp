#include "store/ledger.hpp"

#include "store/counters.hpp"

namespace countersign::store {

void SqliteLedger::begin() {
  changed_ = {};
  counted_.clear();
  half_done_.reset();
}

Result<void> SqliteLedger::end() {
  if (half_done_) return std::unexpected(*half_done_);
  for (const auto& [key, by] : counted_)
    if (auto written = add_to_counter(connection_, key.first, key.second, by); !written) return written;
  return {};
}

Result<void> SqliteLedger::count(std::string_view name, std::int64_t by, Timestamp at) {
  const auto hour = std::chrono::floor<std::chrono::hours>(at).time_since_epoch().count();
  counted_[{std::string(name), hour}] += by;
  return {};
}

Result<void> SqliteLedger::kept(Result<void> result) {
  if (!result) half_done_ = result.error();
  return result;
}

}  // namespace countersign::store

// A backfill without a running server: the store is opened for as long as it takes. Blocking; one thread.
#pragma once

#include <functional>

#include "app/backfill.hpp"
#include "main/config/config.hpp"

namespace countersign::cli {

/// Calls `show` now and then with how far it is; returns its end. Fault::not_found and Fault::invalid as Backfills has
/// them, Fault::conflict where a server has the store.
Result<app::BackfillProgress> backfill_alone(const Config& config, std::string_view name, app::BackfillSpan span,
                                             const std::function<void(const app::BackfillProgress&)>& show);

}  // namespace countersign::cli

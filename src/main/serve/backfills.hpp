// From configured backfills to what asks their providers. Lives on the loop's thread but for what the port allows.
#pragma once

#include "app/scheduler.hpp"
#include "intake/backfill/backfills.hpp"
#include "main/config/config.hpp"
#include "net/loop.hpp"

namespace countersign::cli {

class BackfillParts {
 public:
  /// Throws std::runtime_error where a ca_file can't be used. Everything handed over must outlive this.
  BackfillParts(const Config& config, net::Loop& loop, app::Ingest& ingest, app::Store& store,
                app::Scheduler& scheduler, const Clock& clock, intake::Backfill::Tell tell);

  intake::AllBackfills all;

 private:
  std::vector<std::unique_ptr<net::Client>> clients_;  // one each: each has its own authority and pace
};

}  // namespace countersign::cli

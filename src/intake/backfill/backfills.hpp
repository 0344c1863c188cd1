// Every configured backfill, by name, behind the port that the API asks. Made before the scheduler's thread runs;
// catch_up() and stop() on it, the rest from any.
#pragma once

#include "intake/backfill/backfill.hpp"

namespace countersign::intake {

class AllBackfills final : public app::Backfills {
 public:
  void add(std::unique_ptr<Backfill> backfill) { all_.push_back(std::move(backfill)); }
  void catch_up();
  void stop();

  Result<app::BackfillProgress> start(std::string_view name, app::BackfillSpan span) override;
  [[nodiscard]] std::vector<app::BackfillProgress> progress() const override;

 private:
  std::vector<std::unique_ptr<Backfill>> all_;
};

}  // namespace countersign::intake

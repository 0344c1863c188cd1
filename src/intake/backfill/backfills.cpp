#include "intake/backfill/backfills.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace countersign::intake {

void AllBackfills::catch_up() {
  for (const auto& backfill : all_)
    backfill->catch_up();
}

void AllBackfills::stop() {
  for (const auto& backfill : all_)
    backfill->stop();
}

Result<app::BackfillProgress> AllBackfills::start(std::string_view name, app::BackfillSpan span) {
  std::vector<std::string> names;
  for (const auto& backfill : all_) {
    names.push_back(backfill->progress().name);
    if (names.back() == name) return backfill->start(span);
  }
  if (names.empty())
    return fail(Fault::not_found, "no provider can be asked: add a [backfill.NAME] to the configuration");
  return fail(Fault::not_found, "no [backfill.{}] is configured; there is {}", name, fmt::join(names, ", "));
}

std::vector<app::BackfillProgress> AllBackfills::progress() const {
  std::vector<app::BackfillProgress> all;
  for (const auto& backfill : all_)
    all.push_back(backfill->progress());
  std::ranges::sort(all, {}, &app::BackfillProgress::name);
  return all;
}

}  // namespace countersign::intake

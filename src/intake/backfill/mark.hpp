// How far a backfill came, as the store keeps it: written with the messages up to there. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "intake/backfill/search.hpp"

namespace countersign::intake {

struct BackfillMark {
  Place place;  // without `most`
  bool done = false;
};

std::string to_text(const BackfillMark& mark);
/// nullopt where it is none of ours.
std::optional<BackfillMark> read_backfill_mark(std::string_view text);

}  // namespace countersign::intake

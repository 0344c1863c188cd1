#include "core/gap_words.hpp"

#include <fmt/format.h>

namespace countersign::core {

std::string words_of(const Gap& gap) {
  return gap.lost > 0 ? fmt::format("{} {}", gap.lost, gap.why) : gap.why;
}

}  // namespace countersign::core

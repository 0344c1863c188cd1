#include "main/config/claims.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace countersign::cli {

void Claims::claim(Section& at, std::string_view key, const std::string& value, const std::string& owner) {
  if (value.empty()) return;
  const auto [held, fresh] = owners_.emplace(value, owner);
  if (fresh) return;
  const auto shown = one_line(value);
  at.problem(key, held->second == owner
                      ? fmt::format("{} {} is given twice for {}; remove one", what_, shown, owner)
                      : fmt::format("{} {} belongs to both {} and {}; {}", what_, shown, held->second, owner, mend_));
}

}  // namespace countersign::cli

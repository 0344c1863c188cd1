#include "audit/both.hpp"

namespace countersign::audit {

Result<void> Both::agree() const {
  for (const auto& [key, place] : claimed_)
    if (!seen_.contains(key))
      return fail(Fault::conflict, "{} tells of what does not stand in the store: it was changed or taken away there",
                  place);
  for (const auto& [key, place] : seen_)
    if (!claimed_.contains(key) && !claimed_late_.contains(key))
      return fail(Fault::conflict, "{} stands in the store and in no entry of the chain: it was changed or added there",
                  place);
  return {};
}

}  // namespace countersign::audit

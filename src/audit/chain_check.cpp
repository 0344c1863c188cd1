#include "audit/chain_check.hpp"

#include "base/encoding.hpp"
#include "core/audit_chain.hpp"

namespace countersign::audit {

ChainCheck::ChainCheck(std::string chain, std::string expected_head)
    : chain_(std::move(chain)), expected_head_(std::move(expected_head)), reached_(expected_head_.empty()) {}

Result<void> ChainCheck::add(const app::AuditEntry& entry) {
  const auto place =
      fmt::format("entry {} ({}, {} of {})", entries_ + 1, to_text(entry.id), entry.kind, to_rfc3339(entry.at));
  if (entry.id <= last_) return fail(Fault::conflict, "{} stands after a later one: the entries were reordered", place);
  const auto hash = core::link_hash(head_, chain_, {entry.id, entry.at, entry.kind, entry.actor, entry.detail});
  if (hash != entry.hash)
    return fail(Fault::conflict,
                "{} does not follow from the one before: it was changed, or entries before it were removed, added or "
                "reordered",
                place);
  head_ = hash;
  last_ = entry.id;
  ++entries_;
  reached_ = reached_ || head_ == expected_head_;
  return {};
}

Result<void> ChainCheck::finish() const {
  if (reached_) return {};
  return fail(Fault::conflict, "the head {} is not among the {} entries: the tail was cut, or this is another chain",
              to_hex(expected_head_), entries_);
}

}  // namespace countersign::audit

// Holds an audit chain's entries to their hashes, one after the other, whoever brings them: the store, the API, a
// bundle on another machine. One thread; keeps nothing but the last link.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/rows.hpp"
#include "base/result.hpp"

namespace countersign::audit {

class ChainCheck {
 public:
  /// `chain` is the chain's id (core::link_hash). `expected_head`: 32 bytes that some link must have, as it was noted
  /// outside earlier; empty: nothing is known of the past, and a cut tail can't be told.
  ChainCheck(std::string chain, std::string expected_head);

  /// The next entry, oldest first, with its stored hash. Fault::conflict names the first link that does not hold.
  Result<void> add(const app::AuditEntry& entry);
  /// After the last one: Fault::conflict where the expected head was not among them.
  [[nodiscard]] Result<void> finish() const;

  [[nodiscard]] std::int64_t entries() const { return entries_; }
  [[nodiscard]] const std::string& head() const { return head_; }  // 32 bytes; empty before the first

 private:
  const std::string chain_, expected_head_;
  std::string head_;
  Id last_;
  std::int64_t entries_ = 0;
  bool reached_ = false;  // the expected head
};

}  // namespace countersign::audit

// The facet of the store port about host names that nobody declared: logins that a kernel's witness saw on one host and
// a log told of under another name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/rows.hpp"
#include "base/result.hpp"

namespace countersign::app {

/// One such login.
struct ToldElsewhere {
  Id login;                   // as the kernel saw it
  Id line;                    // as the log told it
  std::string host, name;     // the kernel's, the log's
  std::string source;         // that told
  Timestamp time{};           // the kernel's
  bool same_process = false;  // both bear the process's id, and it is the same
};

/// All of one host and name.
struct AliasEvidence {
  std::string host, name;
  std::int64_t logins = 0, same_process = 0;
  Timestamp first{}, last{};
  std::string source;  // of the newest
  Id login, line;      // the newest
};

class AliasLedger {
 public:
  virtual ~AliasLedger() = default;
  /// Logins told of by logs alone, on other hosts without an agent, with this one's user, address and port, within
  /// `window` of it: at most eight, with sightings. Looks at a bounded number of the user's logins.
  virtual Result<std::vector<StoredEvent>> lines_elsewhere(const core::Event& event, Duration window) = 0;
  /// Kept once for each login.
  virtual Result<void> note(const ToldElsewhere& told) = 0;
};

class AliasRecords {
 public:
  virtual ~AliasRecords() = default;
  /// The pairs with the most logins, at most `limit`.
  virtual Result<std::vector<AliasEvidence>> alias_evidence(std::size_t limit) = 0;
};

}  // namespace countersign::app

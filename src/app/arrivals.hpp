// A source spoke, of these hosts: noted for what is told by silence. Messages say so whatever they are, read or not.
// Called on the store's writer, inside a Work.
#pragma once

#include <set>

#include "app/ingest.hpp"

namespace countersign::app {

/// The spans in which the service listened: while it didn't, silence means nothing.
struct Awake {
  Timestamp since{};  // without a longer absence
  Timestamp last{};   // when it looked last

  static constexpr Duration absence = std::chrono::minutes(5);  // a shorter one is a restart: providers try again
};

/// `now` where it was away until now.
Result<Awake> awake(Ledger& ledger, Timestamp now);
Result<void> stay_awake(Ledger& ledger, Timestamp now);

Result<void> note_arrivals(Ledger& ledger, const Policy& policy, const std::string& source,
                           const std::set<std::string>& hosts, Timestamp now);

}  // namespace countersign::app

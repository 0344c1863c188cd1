// The use case "this is expected": an announced change is kept, or ended before its time, with its audit row in the
// same transaction. Safe for concurrent access; `done` is called once, on a thread of the store, after it is durable.
#pragma once

#include <functional>

#include "app/policy.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

class Expect {
 public:
  using Announced = std::move_only_function<void(Result<core::ExpectedChange>)>;
  using Ended = std::move_only_function<void(Result<void>)>;

  /// The most that one author may have in force.
  static constexpr std::size_t most_of_one = 50;

  Expect(Store& store, const PolicySource& policy, const Clock& clock)
      : store_(store), policy_(policy), clock_(clock) {}

  /// The change as it is kept, with id, author and beginning. Errors are core::announce's; Fault::conflict where too
  /// many are in force.
  void announce(core::ExpectedChange change, const core::Actor& by, Announced done);

  /// Errors are core::may_end's; Fault::not_found where there is none of that id.
  void end(Id change, core::Actor by, std::string_view via, Ended done);

 private:
  Store& store_;
  const PolicySource& policy_;
  const Clock& clock_;
};

/// Ends every change in force that covers one of these events of `person`'s: what was denied is not expected any more.
Result<void> end_what_covers(Ledger& ledger, const core::Directory& directory, const std::vector<core::Event>& events,
                             std::string_view person, std::string_view by, Timestamp now);

/// Keeps a change under a new id and writes its audit row.
Result<void> keep(Ledger& ledger, core::ExpectedChange& change, Timestamp now);

}  // namespace countersign::app

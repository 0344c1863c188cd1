// The use case "fix the report of a span": once a span is over and every login of it has its verdict, its report is
// kept as it stands, in every form, with its digest and the chain's head, and a row of the chain says so. What comes
// later amends it and never rewrites it. Safe for concurrent access; `done` is called once, on a thread of the store.
#pragma once

#include <functional>
#include <memory>

#include "app/policy.hpp"
#include "app/report.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

/// The report's forms, "json" first.
using RenderForms = std::function<Result<SealedForms>(const Report&, ReportLists&)>;

struct SealWanted {
  Timestamp from{}, to{};
  bool force = false;  // also while logins wait for their verdict: they stay counted as waiting
  std::string by;
};

class Sealing {
 public:
  using Done = std::move_only_function<void(Result<Seal>)>;

  Sealing(Store& store, const PolicySource& policy, const Clock& clock, RenderForms render)
      : store_(store), policy_(policy), clock_(clock), render_(std::move(render)) {}

  /// Fault::invalid where the span is none or is not over, Fault::conflict where it is sealed already or where logins
  /// still wait and `force` was not given.
  void seal(const SealWanted& wanted, Done done);

 private:
  struct Made {
    Seal seal;
    SealedForms forms;
  };
  [[nodiscard]] Result<Made> make(View& view, const SealWanted& wanted) const;

  Store& store_;
  const PolicySource& policy_;
  const Clock& clock_;
  const RenderForms render_;
};

}  // namespace countersign::app

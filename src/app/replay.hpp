// The use case "a rule was added": what waits in quarantine is read again, and what the rules now understand becomes
// events (or is seen to mean nothing) and leaves. Each piece is one transaction, so a replay that is cut short or run
// twice makes no event twice. Asks nobody unless told to. Safe for concurrent access.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/ingest.hpp"
#include "app/policy.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

struct Replayed {
  std::size_t read = 0;  // = events + duplicates + ignored + left
  std::size_t events = 0, duplicates = 0, ignored = 0, left = 0;
};

class Replay {
 public:
  using Done = std::move_only_function<void(Result<Replayed>)>;

  /// All must outlive every answer. What a source may bring is as `sources` say; of one that they don't name, lines.
  Replay(Store& store, const PolicySource& policy, const Clock& clock, const std::vector<Source>& sources)
      : store_(store), policy_(policy), clock_(clock), sources_(sources) {}

  /// `by`: who asked for it, for the audit. Messages that come meanwhile are left for the next time.
  void run(QuarantineFilter filter, bool ask, std::string by, Done done);

 private:
  struct Run;
  void step(const std::shared_ptr<Run>& run);

  Store& store_;
  const PolicySource& policy_;
  const Clock& clock_;
  const std::vector<Source>& sources_;
};

}  // namespace countersign::app

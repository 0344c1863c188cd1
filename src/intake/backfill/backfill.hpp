// [backfill.NAME]: asks one provider's search for a span, page by page. What a page brought and the place to go on from
// are one transaction, and one page is in memory at a time. What fails is tried again, later each time and no sooner
// than the provider wants. Lives on the scheduler's thread, as Tail does; start() and progress() from any.
#pragma once

#include <functional>
#include <memory>

#include "app/scheduler.hpp"
#include "intake/backfill/search.hpp"

namespace countersign::intake {

struct BackfillSettings {
  std::string name;
  app::Source source;  // of the webhook whose messages these are
  std::shared_ptr<const Search> search;
  std::shared_ptr<const app::Decoder> decoder;  // of the search's deliveries
  Duration catch_up{};  // how far back at most a start of the service asks by itself; 0: it doesn't
  bool ask = false;     // whether people are asked about what that brings
};

class Backfill {
 public:
  /// Told what an operator should know.
  using Tell = std::function<void(std::string_view)>;

  Backfill(BackfillSettings settings, app::Ingest& ingest, app::Store& store, net::Client& client,
           app::Scheduler& scheduler, const Clock& clock, Tell tell);
  ~Backfill();

  /// Fault::conflict while one runs, Fault::invalid where the span is none.
  Result<app::BackfillProgress> start(app::BackfillSpan span);
  /// What was missed while the service was away: from when the source was last heard, or from where one was cut off.
  void catch_up();
  void stop();
  [[nodiscard]] app::BackfillProgress progress() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with what is under way in the store and on the network
};

}  // namespace countersign::intake

// [tail.NAME]: follows a log file or the journal of this machine. Its place is written in the transaction of the
// messages up to it, so a crash neither loses nor repeats one. Lives on the scheduler's thread: start(), stop() and the
// destructor there, or before and after it runs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/ingest.hpp"
#include "app/scheduler.hpp"
#include "core/zone.hpp"
#include "intake/feed.hpp"
#include "intake/journal_feed.hpp"

namespace countersign::intake {

struct TailSettings {
  app::Source source;
  std::string path;         // empty: the journal
  std::string directory;    // of the journal; empty: this machine's
  JournalMatches matches;   // of the journal
  std::string host;         // this machine's, for lines that name none
  bool from_start = false;  // where to begin the very first time
  core::Zone zone;          // of stamps without one
};

class Tail {
 public:
  /// Told what an operator should know, once a change: the file can't be read, it can again.
  using Tell = std::function<void(std::string_view)>;

  Tail(TailSettings settings, app::Ingest& ingest, app::Store& store, app::Scheduler& scheduler, const Clock& clock,
       Tell tell);
  ~Tail();

  void start();
  void stop();
  /// Why nothing comes from it; empty while it is read.
  [[nodiscard]] std::string trouble() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with what is under way in the store
};

}  // namespace countersign::intake

// The port to what providers keep: asks one for the messages of a span that its deliveries missed. Each page is durable
// together with the place to go on from, so a crash or a restart resumes where it was. Implementations are safe for
// concurrent access.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/ingest.hpp"

namespace countersign::app {

/// What a provider is asked for: since inclusive, until exclusive.
struct BackfillSpan {
  Timestamp since{}, until{};
  bool ask = false;  // people are asked about what comes of it
};

enum class BackfillState { idle, running, done, failed };
std::string_view to_text(BackfillState state);

struct BackfillProgress {
  std::string name;  // of [backfill.NAME]
  BackfillState state = BackfillState::idle;
  BackfillSpan span;
  Timestamp reached{};   // everything before it was brought
  bool resumed = false;  // it went on from where an earlier one was cut off
  Tally tally;           // since it was started or resumed
  std::size_t pages = 0, retries = 0;
  std::string trouble;  // why it failed, is tried again, or may lack something; empty: all is well
};

class Backfills {
 public:
  virtual ~Backfills() = default;
  /// Starts one, or resumes the one of this span that was cut off, and returns at once. Fault::not_found names those
  /// there are, Fault::conflict while one of that name runs, Fault::invalid where the span is none.
  virtual Result<BackfillProgress> start(std::string_view name, BackfillSpan span) = 0;
  /// Of every configured one, by name.
  [[nodiscard]] virtual std::vector<BackfillProgress> progress() const = 0;
};

}  // namespace countersign::app

// The digest of the day before, for the security channel: one short message each day at [notify] daily_at. Which day
// was told of last is a mark in the store, so that a restart neither repeats nor forgets it; a day missed while nobody
// ran is told of once, and a service that never ran before begins with its next day.
#pragma once

#include "app/report.hpp"
#include "app/rounds.hpp"

namespace countersign::app {

/// A survey: reads with a reader, gives the round that owes the message.
Result<Rounds::Round> digest_day(View& view, const Policy& policy, Timestamp now);

struct DayFigures {
  Report report;  // of the day
  std::string date, zone;
  std::int64_t findings_open = 0;   // now, whenever they were raised
  bool more_findings = false;       // and more
  std::int64_t questions_open = 0;  // now, without findings
  std::optional<Timestamp> oldest_question;
  Timestamp now{};
};

/// A line for each: logins and verdicts, those nobody can tell about, findings, questions, coverage, quarantine,
/// deliveries refused where there were any, the chain's head.
std::string words_of(const DayFigures& figures);

/// The latest time of the day at or before `now`, the next one, and the day before the first of them.
struct DayTurn {
  Timestamp due{}, next{};
  std::chrono::local_days told;  // the day that is told of at `due`
  Timestamp from{}, to{};        // which is this span
};
DayTurn turn_of(const core::Daily& daily, Timestamp now);

}  // namespace countersign::app

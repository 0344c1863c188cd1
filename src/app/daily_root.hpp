// The audit chain's daily root: one row a UTC day over every sighting that arrived on it, so that none can be changed,
// added or taken away afterwards unseen. A sighting belongs to the day that its id was given on; a day with none has a
// row too. With the row the chain's head is owed to those who keep it off this machine (Schedule::publishers).
// Called on a reader's thread and then on the store's writer, by app/rounds.hpp.
#pragma once

#include "app/rounds.hpp"

namespace countersign::app {

/// A survey: reads and hashes a piece of the oldest day without a root, and gives the round that writes how far it came
/// or the day's row {"count","date","root","version"}: `root` is a MerkleTree's over record_of() of each, by id. The
/// next piece follows at once, so days that were missed are caught up with; then comes the end of the day.
Result<Rounds::Round> root_of_day(View& view, const Policy& policy, Timestamp now);

/// The day whose root is next, by the store's own mark; empty before the first sighting.
Result<std::string> next_root(View& view);

/// "2026-11-20".
std::string to_date(std::chrono::sys_days day);

}  // namespace countersign::app

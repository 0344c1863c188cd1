#include "app/daily_root.hpp"

#include <fmt/chrono.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/head_statement.hpp"
#include "app/sighting_record.hpp"
#include "base/encoding.hpp"
#include "core/merkle.hpp"
#include "core/pager.hpp"

namespace countersign::app {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::string_view root_mark = "audit.root";
constexpr std::size_t piece = 5000;                           // sightings read at once
constexpr Duration after_midnight = std::chrono::seconds(5);  // most of what was under way at midnight is written

/// How far the day's root has come.
struct Progress {
  sys_days day;
  Id last;
  core::MerkleTree tree;
  int version = record_version;

  static Progress begin(sys_days day) { return {day, Id{first_id(day).value - 1}, {}, record_version}; }
};

/// "vVERSION DAY LAST COUNT HASHES": days since 1970, and an id's number. Version 1 says no version.
std::string progress_mark(const Progress& progress) {
  return fmt::format("{}{} {} {}", progress.version == 1 ? "" : fmt::format("v{} ", progress.version),
                     progress.day.time_since_epoch().count(), progress.last.value, progress.tree.state());
}

Result<Progress> read_progress(const std::string& mark) {
  std::istringstream words(mark);
  std::int64_t day = 0;
  int version = 1;
  Id last;
  std::string state;
  if (words.peek() == 'v') words.ignore() >> version;
  if (!(words >> day >> last.value) || !std::getline(words >> std::ws, state))
    return fail(Fault::internal, "the mark {} can't be read", root_mark);
  auto tree = core::MerkleTree::resume(state);
  if (!tree) return std::unexpected(tree.error());
  if (tree->count() == 0) version = record_version;  // nothing of the day is hashed yet
  return Progress{sys_days(days(day)), last, *std::move(tree), version};
}

/// Where the store's roots begin: on the day of its first sighting. Nothing where there is none.
Result<std::optional<Progress>> begin_root(View& view) {
  const auto mark = view.mark(root_mark);
  if (!mark) return std::unexpected(mark.error());
  if (*mark) {
    auto progress = read_progress(**mark);
    if (!progress) return std::unexpected(progress.error());
    return *std::move(progress);
  }
  const auto first = view.taken(Id{}, Id{std::numeric_limits<std::int64_t>::max()}, 1);
  if (!first) return std::unexpected(first.error());
  if (first->empty()) return std::nullopt;
  return Progress::begin(std::chrono::floor<days>(time_of(first->front().id)));
}

Id end_of(sys_days day) {
  return first_id(day + days(1));
}

Timestamp when_over(sys_days day) {
  return day + days(1) + after_midnight;
}

Result<Timestamp> keep_progress(Ledger& ledger, const Progress& progress, Timestamp now) {
  if (auto kept = ledger.set_mark(root_mark, progress_mark(progress)); !kept) return std::unexpected(kept.error());
  return std::max(now, when_over(progress.day));
}

Result<Timestamp> write_root(Ledger& ledger, const Policy& policy, const Progress& progress, Timestamp now) {
  // The writer has seen everything: what a slow commit brought since the reader looked is hashed first.
  const auto more = ledger.taken(progress.last, end_of(progress.day), 1);
  if (!more) return std::unexpected(more.error());
  if (!more->empty()) return now;
  const DayRoot root{to_date(progress.day), progress.tree.count(), to_hex(progress.tree.root())};
  const nlohmann::json detail{
      {"count", root.count}, {"date", root.date}, {"root", root.root}, {"version", progress.version}};
  if (auto noted = ledger.audit(now, "root", "countersign", detail.dump()); !noted)
    return std::unexpected(noted.error());
  if (auto owed = owe_head(ledger, policy.schedule, root, now); !owed) return std::unexpected(owed.error());
  return keep_progress(ledger, Progress::begin(progress.day + days(1)), now);
}

}  // namespace

std::string to_date(sys_days day) {
  return fmt::format("{:%F}", std::chrono::system_clock::time_point(day));
}

Result<std::string> next_root(View& view) {
  const auto begun = begin_root(view);
  if (!begun) return std::unexpected(begun.error());
  return *begun ? to_date((*begun)->day) : std::string();
}

Result<Rounds::Round> root_of_day(View& view, const Policy& /*policy*/, Timestamp now) {
  const auto wait = [](Timestamp until) -> Rounds::Round {
    return [until](Ledger&, const Policy&, Timestamp) -> Result<Timestamp> { return until; };
  };
  auto begun = begin_root(view);
  if (!begun) return std::unexpected(begun.error());
  const auto today = std::chrono::floor<days>(now);
  if (!*begun || now < when_over((*begun)->day)) return wait(when_over(*begun ? (*begun)->day : today));
  auto progress = **std::move(begun);
  const auto taken = view.taken(progress.last, end_of(progress.day), piece);
  if (!taken) return std::unexpected(taken.error());
  for (const auto& sighting : *taken)
    progress.tree.add(record_of(sighting, progress.version));
  if (!taken->empty()) progress.last = taken->back().id;
  if (taken->size() == piece)
    return [progress](Ledger& ledger, const Policy&, Timestamp at) { return keep_progress(ledger, progress, at); };
  return [progress](Ledger& ledger, const Policy& policy, Timestamp at) {
    return write_root(ledger, policy, progress, at);
  };
}

}  // namespace countersign::app

// Killed at any moment, the store has every write it acknowledged, and each whole.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>

#include "unit/store/fixture.hpp"

namespace countersign::store {
namespace {

constexpr int rounds = 20;
constexpr std::size_t in_flight = 64;

/// In the child: writes for ever, several at a time, and reports what is durable as 8-byte ids.
[[noreturn]] void write_until_killed(const std::string& path, int report) {
  crypto::SystemRandom random;
  const SystemClock clock;
  Options options;
  options.url = "sqlite:" + path;
  options.clock = &clock;
  options.random = &random;
  auto store = store::open(options);
  if (!store) ::_exit(1);
  std::mutex mutex;
  std::condition_variable answered;
  std::size_t waiting = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex);
      answered.wait(lock, [&] { return waiting < in_flight; });
      ++waiting;
    }
    auto id = std::make_shared<Id>();
    (*store)->write(
        [id, &clock](app::Ledger& ledger) -> Result<void> {
          const auto approval = *add_approval(ledger, "oswaldo", clock.now());
          *id = *add_event(ledger, login("oswaldo", clock.now()), approval);
          (void)ledger.add(
              app::Sighting{*id, "log", "p", std::to_string(id->value), "d", clock.now(), clock.now(), "l"});
          (void)ledger.count("events", 1, clock.now());
          return ledger.add(app::Timer{ledger.new_id(), approval, {core::TimerKind::escalate, clock.now()}});
        },
        [&, id, report](Result<void> result) {
          if (!result || ::write(report, &id->value, sizeof id->value) != sizeof id->value) ::_exit(1);
          const std::lock_guard lock(mutex);
          --waiting;
          answered.notify_one();
        });
  }
}

}  // namespace

TEST_CASE("every acknowledged write is there after SIGKILL, twenty times over") {
  const Directory directory;
  std::vector<Id> acknowledged;
  for (int round = 0; round < rounds; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(directory.database(), ends[1]);
    }
    ::close(ends[1]);
    // Killed after a number of answers that differs by round, wherever the writer then is.
    const std::size_t enough = acknowledged.size() + 1 + static_cast<std::size_t>(round * round) * 7 % 400;
    std::int64_t value = 0;
    bool killed = false;
    while (::read(ends[0], &value, sizeof value) == sizeof value) {
      acknowledged.push_back(Id{value});
      if (!killed && acknowledged.size() >= enough) killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);
  }

  const HandClock clock(noon);
  crypto::SystemRandom random;
  Options options;
  options.url = "sqlite:" + directory.database();
  options.clock = &clock;
  options.random = &random;
  auto store = store::open(options);
  REQUIRE(store);
  std::map<Id, std::size_t> sightings;  // of each event
  std::promise<std::int64_t> counted;
  REQUIRE((*store)->read([&](app::View& view) {
    app::EventFilter filter;
    filter.limit = 1000;
    do {
      const auto page = view.events(filter);
      for (const auto& row : page->rows)
        sightings[row.stored.id] = view.event(row.stored.id)->sightings.size();
      filter.cursor = page->next_cursor;
    } while (!filter.cursor.empty());
    counted.set_value(view.standing(noon)->counters.at(0).second);
  }));
  CHECK(counted.get_future().get() == static_cast<std::int64_t>(sightings.size()));  // each work whole or not at all
  std::size_t missing = 0;
  for (const auto id : acknowledged)
    missing += sightings.contains(id) ? 0 : 1;
  CHECK(missing == 0);
  CHECK(std::ranges::all_of(sightings, [](const auto& one) { return one.second == 1; }));
  std::promise<std::size_t> timers;
  (*store)->write(
      [&](app::Ledger& ledger) -> Result<void> {
        timers.set_value(ledger.take_due_timers(from_micros(INT64_MAX / 2), 1'000'000)->size());
        return fail(Fault::invalid, "only looked");
      },
      [](Result<void>) {});
  CHECK(timers.get_future().get() == sightings.size());
  CHECK(acknowledged.size() > 1000);
}

}  // namespace countersign::store

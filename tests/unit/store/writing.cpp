#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "unit/store/fixture.hpp"

namespace countersign::store {

TEST_CASE_FIXTURE(Fixture, "works that share a transaction fail alone, whether they share a savepoint or not") {
  std::size_t repeatable = 0;  // the first so many of every three works
  SUBCASE("none may be run again") {}
  SUBCASE("all may be") {
    repeatable = 3;
  }
  SUBCASE("some may be") {
    repeatable = 2;
  }
  // The first holds the writer until the rest are queued, so that they land in one batch.
  std::promise<void> queued;
  std::vector<std::future<Result<void>>> results;
  const auto submit = [&](app::Store::Work work) {
    auto promise = std::make_shared<std::promise<Result<void>>>();
    const bool again = results.size() % 3 < repeatable;
    results.push_back(promise->get_future());
    const auto done = [promise](Result<void> result) { promise->set_value(std::move(result)); };
    if (again)
      store->write_repeatable(std::move(work), done);
    else
      store->write(std::move(work), done);
  };
  const auto add = [](std::string user) {
    return [user](app::Ledger& ledger) -> Result<void> {
      (void)ledger.count("n", 1, noon);
      if (auto added = add_event(ledger, login(user, noon)); !added) return std::unexpected(added.error());
      return {};
    };
  };
  submit([&, ready = queued.get_future().share()](app::Ledger&) -> Result<void> {
    ready.wait();
    return {};
  });
  submit(add("first"));
  submit([&](app::Ledger& ledger) -> Result<void> {
    (void)add("undone")(ledger);
    return fail(Fault::forbidden, "not you");
  });
  submit([&](app::Ledger& ledger) -> Result<void> {
    (void)add("thrown")(ledger);
    throw std::runtime_error("a bug");
  });
  submit([&](app::Ledger& ledger) -> Result<void> {
    (void)add("odd")(ledger);
    throw 7;
  });
  submit([&](app::Ledger& ledger) -> Result<void> {  // an approval that is not there: a foreign key
    if (auto added = add_event(ledger, login("orphan", noon), Id{123}); !added) return std::unexpected(added.error());
    return {};
  });
  submit(add("last"));
  queued.set_value();
  std::vector<std::optional<Fault>> faults;
  for (auto& result : results) {
    const auto got = result.get();
    faults.push_back(got ? std::nullopt : std::optional(got.error().fault));
  }
  CHECK(faults == std::vector<std::optional<Fault>>{
                      {}, {}, Fault::forbidden, Fault::internal, Fault::internal, Fault::conflict, {}});
  const auto page = view([](app::View& view) { return view.events({}); });
  REQUIRE(page);
  REQUIRE(page->rows.size() == 2);
  CHECK(page->rows[0].stored.event.user == "last");
  CHECK(page->rows[1].stored.event.user == "first");
  CHECK(view([](app::View& view) { return view.standing(noon); })->counters[0].second == 2);
  CHECK(store->healthy());
}

TEST_CASE_FIXTURE(Fixture, "a full queue refuses at once; closing finishes what was queued") {
  store.reset();
  auto few = options();
  few.write_queue = 3;
  store = *store::open(few);
  std::promise<void> go;
  std::promise<void> started;
  std::atomic<int> good = 0, overloaded = 0;
  const auto done = [&](Result<void> result) {
    if (result) ++good;
    if (!result && result.error().fault == Fault::overloaded) ++overloaded;
  };
  store->write(
      [&](app::Ledger&) -> Result<void> {
        started.set_value();
        go.get_future().wait();
        return {};
      },
      done);
  started.get_future().wait();
  for (int i = 0; i < 5; ++i)
    store->write([](app::Ledger& ledger) -> Result<void> { return ledger.count("n", 1, noon); }, done);
  CHECK(overloaded == 2);
  go.set_value();
  store.reset();
  CHECK(good == 4);
  open();
  CHECK(view([](app::View& view) { return view.standing(noon); })->counters[0].second == 3);
}

TEST_CASE_FIXTURE(Fixture, "ids rise across restarts, also when the clock steps back") {
  const auto before = get([](app::Ledger& ledger) { return add_event(ledger, login("o", noon)); });
  clock.set(noon - hours(5));
  reopen();
  CHECK(new_id() > before);
}

TEST_CASE_FIXTURE(Fixture, "a read sees one snapshot while others write") {
  std::promise<std::pair<std::size_t, std::size_t>> counts;
  std::promise<void> looked, written;
  REQUIRE(store->read([&](app::View& view) {
    const auto first = view.events({})->rows.size();
    looked.set_value();
    written.get_future().wait();
    counts.set_value({first, view.events({})->rows.size()});
  }));
  looked.get_future().wait();
  get([](app::Ledger& ledger) { return add_event(ledger, login("o", noon)); });
  written.set_value();
  CHECK(counts.get_future().get() == std::pair<std::size_t, std::size_t>{0, 0});
  CHECK(view([](app::View& view) { return view.events({}); })->rows.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "the files are the owner's alone") {
  get([](app::Ledger& ledger) { return add_event(ledger, login("o", noon)); });
  for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat status{};
    INFO(suffix);
    REQUIRE(::stat((directory.database() + suffix).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
}

// A limit on the size of files makes the kernel refuse the write-ahead log, as a full disk does. In a child, as a
// limit is the process's.
TEST_CASE("a disk that takes no more: unavailable, unhealthy; and healthy by itself when it is back") {
  const Directory directory;
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto check = [](bool good, int step) {
      if (!good) ::_exit(step);
    };
    ::signal(SIGXFSZ, SIG_IGN);
    crypto::SystemRandom random;
    const HandClock clock(noon);
    Options options;
    options.url = "sqlite:" + directory.database();
    options.clock = &clock;
    options.random = &random;
    auto opened = store::open(options);
    check(opened.has_value(), 2);
    auto& store = **opened;
    const auto write = [&](const std::string& user) {
      std::promise<Result<void>> done;
      store.write(
          [&](app::Ledger& ledger) -> Result<void> {
            if (auto added = add_event(ledger, login(user, noon)); !added) return std::unexpected(added.error());
            return {};
          },
          [&](Result<void> result) { done.set_value(std::move(result)); });
      return done.get_future().get();
    };
    check(write("before").has_value(), 3);
    struct rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const auto was = limit.rlim_cur;
    limit.rlim_cur = 4096;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto failed = write("during");
    check(!failed && failed.error().fault == Fault::unavailable, 4);
    check(!store.healthy(), 5);
    limit.rlim_cur = was;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto until = std::chrono::steady_clock::now() + seconds(20);
    while (!store.healthy() && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    check(store.healthy(), 6);  // without anybody writing
    check(write("after").has_value(), 7);
    std::promise<std::size_t> rows;
    check(store.read([&](app::View& view) { rows.set_value(view.events({})->rows.size()); }), 8);
    check(rows.get_future().get() == 2, 9);
    opened->reset();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace countersign::store

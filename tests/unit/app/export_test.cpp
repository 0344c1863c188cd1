#include "app/export.hpp"

#include <latch>
#include <nlohmann/json.hpp>

#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using app::Undelivered;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// A house that exports to a receiver the test commands.
struct Exporting : House {
  explicit Exporting(bool from_start = true) : from_start_(from_start) {
    if (from_start) begin();
  }
  ~Exporting() { settle(); }

  void begin() {
    exporting = std::make_unique<app::Export>(
        *store, *scheduler, clock, app::ExportSettings{"hids", {}, from_start_},
        [this](const std::string& body, std::string_view key, Timestamp, app::Export::Sent done) {
          const auto sent = nlohmann::json::parse(body);
          CHECK(sent["entry"]["id"] == std::string(key));
          CHECK(sent["export"] == "hids");
          tried.push_back(sent["entry"]["events"][0]["source.port"].get<int>());
          if (hold) return held.push_back(std::move(done));
          if (refusal) return done(*refusal);
          taken.push_back(tried.back());
          done(std::nullopt);
        });
    exporting->start();
    run();
  }
  /// Until the export neither reads nor writes. Reads run on two threads: once both are here, what was read before is.
  void run() {
    for (int i = 0; i < 100; ++i) {
      const auto here = std::make_shared<std::latch>(3);  // the readers' as well: they may leave last
      for (int reader = 0; reader < 2; ++reader)
        REQUIRE(store->read([here](app::View&) { here->arrive_and_wait(); }));
      here->arrive_and_wait();
      settle();
    }
  }
  void later(Duration span) {
    for (auto gone = Duration::zero(); gone < span; gone += seconds(1)) {
      clock.advance(seconds(1));
      settle();
    }
    run();
  }
  void logins(int from, int to) {
    for (int port = from; port <= to; ++port)
      post(login(clock, std::to_string(port), "alice", port));
    exporting->wake();
    run();
  }
  void crash() {
    exporting->stop();
    settle();
    exporting.reset();
    held.clear();
    restart();
    begin();
  }

  std::vector<int> tried, taken;  // ports
  std::optional<Undelivered> refusal;
  bool hold = false;
  std::vector<app::Export::Sent> held;
  std::unique_ptr<app::Export> exporting;

 private:
  bool from_start_;
};

}  // namespace

TEST_CASE("each entry reaches the receiver once, in order, also across restarts") {
  Exporting house;
  house.logins(1, 30);
  std::vector<int> expected;
  for (int port = 1; port <= 30; ++port)
    expected.push_back(port);
  CHECK(house.taken == expected);
  house.crash();
  CHECK(house.taken == expected);
  house.logins(31, 32);
  expected.insert(expected.end(), {31, 32});
  CHECK(house.taken == expected);
  CHECK(house.exporting->trouble().empty());
}

TEST_CASE("from now on: what stood before is not sent, not even after a restart before the first entry") {
  Exporting house(false);
  house.post(login(house.clock, "9", "alice", 9));
  house.begin();
  house.crash();
  house.logins(1, 2);
  CHECK(house.taken == std::vector{1, 2});
}

TEST_CASE("a receiver that fails holds everything back, is tried ever more seldom, and gets it in order") {
  Exporting house;
  house.refusal = Undelivered{Undelivered::Kind::unclear, "the receiver answered 500", {}};
  house.logins(1, 3);
  CHECK(house.tried == std::vector{1});
  CHECK(house.exporting->trouble().find("nothing delivered since 2026-11-20T12:00:00Z: the receiver answered 500") !=
        std::string::npos);
  house.logins(4, 4);  // news don't hurry it
  CHECK(house.tried.size() == 1);
  house.later(seconds(1));
  CHECK(house.tried.size() == 2);
  house.later(minutes(10));
  CHECK(house.tried.size() > 10);
  CHECK(house.tried.size() < 20);
  CHECK(std::ranges::count(house.tried, 1) == static_cast<std::ptrdiff_t>(house.tried.size()));
  const auto backlog = house.read([](app::View& view) { return view.feed_backlog(app::Export::mark_of("hids")); });
  CHECK(backlog.waiting == 4);
  CHECK(backlog.oldest == parse_rfc3339("2026-11-20T12:00:00Z").value());
  house.refusal.reset();
  house.later(minutes(2));
  CHECK(house.taken == std::vector{1, 2, 3, 4});
  CHECK(house.exporting->trouble().empty());
  CHECK(house.read([](app::View& view) { return view.feed_backlog(app::Export::mark_of("hids")); }).waiting == 0);
}

TEST_CASE("asked to wait, it waits as long") {
  Exporting house;
  house.refusal = Undelivered{Undelivered::Kind::wait, "429", minutes(5)};
  house.logins(1, 1);
  house.refusal.reset();
  house.later(minutes(4));
  CHECK(house.taken.empty());
  house.later(minutes(2));
  CHECK(house.taken == std::vector{1});
}

TEST_CASE("killed while the receiver has an entry: it comes again, and none is skipped") {
  Exporting house;
  house.hold = true;
  house.logins(1, 3);
  CHECK(house.tried == std::vector{1});
  house.hold = false;
  house.crash();
  CHECK(house.taken == std::vector{1, 2, 3});
}

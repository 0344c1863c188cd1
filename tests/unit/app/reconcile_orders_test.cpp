#include <map>
#include <random>

#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Told {
  std::string id, host = "web1", user = "deploy";
  int port = 50001;
  std::int64_t pid = 100;
  Duration at{};
  bool kernel = false;
};

// Each host's agent missed nothing but web2's first minutes.
const std::vector<Told> stories{
    {"first", "web1", "deploy", 40000, 50, -minutes(30)},
    {"first-k", "web1", "deploy", 40000, 50, -minutes(30), true},
    {"a", "web1", "deploy", 50001, 101},
    {"a-k", "web1", "deploy", 50001, 101, Duration(12'000), true},
    {"again", "web1", "deploy", 50001, 101, seconds(1)},  // the same by another id
    {"nat-1", "web1", "deploy", 50002, 102},              // three in one second behind one address
    {"nat-2", "web1", "deploy", 50003, 103},
    {"nat-1-k", "web1", "deploy", 50002, 102, Duration(9'000), true},
    {"nat-2-k", "web1", "deploy", 50003, 103, Duration(9'000), true},
    {"suppressed-k", "web1", "deploy", 50004, 104, {}, true},
    {"forged", "web1", "deploy", 50005, 105},
    {"differs", "web1", "mallory", 50006, 106},
    {"differs-k", "web1", "deploy", 50006, 106, seconds(1), true},
    {"ridden", "web1", "mallory", 50007, 107},  // forged on a real connection
    {"ridden-real", "web1", "deploy", 50007, 107},
    {"ridden-k", "web1", "deploy", 50007, 107, Duration(10'000), true},
    {"reused-1", "web1", "deploy", 50008, 108, -minutes(20)},  // the port used again later
    {"reused-1-k", "web1", "deploy", 50008, 108, -minutes(20), true},
    {"reused-2", "web1", "deploy", 50008, 109},
    {"reused-2-k", "web1", "deploy", 50008, 109, Duration(8'000), true},
    {"blind", "web2", "deploy", 50001, 110},
    {"unwatched", "web3", "deploy", 50001, 111},
};

core::Record line_of(const Told& told, Timestamp noon) {
  core::Record record;
  record.time = noon + told.at;
  record.host = told.host;
  record.program = "sshd";
  record.pid = told.pid;
  record.provider_id = told.id;
  record.message =
      fmt::format("Accepted publickey for {} from 203.0.113.7 port {} ssh2: ED25519 SHA256:ci", told.user, told.port);
  return record;
}

core::Event account_of_kernel(const Told& told, Timestamp noon) {
  core::Event event;
  event.time = noon + told.at;
  event.host = told.host;
  event.user = told.user;
  event.address = "203.0.113.7";
  event.port = told.port;
  event.pid = told.pid;
  event.key = "SHA256:ci";
  return event;
}

/// Verdicts by sighting, once everything has arrived in that order, in batches of any size.
std::map<std::string, std::string> verdicts(std::mt19937& random) {
  House house;
  const auto noon = house.clock.now();
  house.work([](app::Ledger& ledger) { return ledger.expect_agents({"web1", "web2"}); });
  auto order = stories;
  std::ranges::shuffle(order, random);
  std::vector<std::pair<Timestamp, Timestamp>> spans;  // of web1's coverage, cut anywhere
  for (auto at = noon - hours(1); at < noon + minutes(30);) {
    const auto next = std::min<Timestamp>(at + seconds(1 + random() % 1200), noon + minutes(30));
    spans.emplace_back(at, next);
    at = next;
  }
  std::ranges::shuffle(spans, random);
  std::vector<core::Record> batch;
  const auto cover = [&] {
    if (spans.empty()) return;
    const auto [from, until] = spans.back();
    spans.pop_back();
    house.work([&](app::Ledger& ledger) { return ledger.cover("web1", "kernel", from, until); });
  };
  for (const auto& told : order) {
    if (told.kernel)
      house.see(account_of_kernel(told, noon), told.id);
    else
      batch.push_back(line_of(told, noon));
    if (random() % 3 == 0 && !batch.empty()) house.post(std::exchange(batch, {}));
    if (random() % 3 == 0) cover();
    if (random() % 5 == 0) house.pass(seconds(random() % 8));
  }
  if (!batch.empty()) house.post(batch);
  house.clock.advance(noon + minutes(6) - house.clock.now());
  house.settle();
  house.work(
      [&](app::Ledger& ledger) { return ledger.cover("web2", "kernel", noon + minutes(1), noon + minutes(30)); });
  while (!spans.empty())
    cover();
  house.clock.advance(minutes(30));
  house.settle();
  std::map<std::string, std::string> found;
  for (const auto& row : house.events()) {
    const auto stored = house.read([&](app::View& view) { return view.event(row.stored.id); });
    if (stored.event.action != "ssh_login") continue;
    for (const auto& sighting : stored.sightings)
      found[sighting.provider_id] = stored.verdict;
  }
  return found;
}

}  // namespace

TEST_CASE("the order of arrival and how batches are cut change no verdict") {
  const std::map<std::string, std::string> expected{{"first", "matched"},
                                                    {"first-k", "matched"},
                                                    {"a", "matched"},
                                                    {"a-k", "matched"},
                                                    {"again", "matched"},
                                                    {"nat-1", "matched"},
                                                    {"nat-2", "matched"},
                                                    {"nat-1-k", "matched"},
                                                    {"nat-2-k", "matched"},
                                                    {"suppressed-k", "missing_log"},
                                                    {"forged", "missing_kernel"},
                                                    {"differs", "mismatch"},
                                                    {"differs-k", "mismatch"},
                                                    {"ridden", "mismatch"},
                                                    {"ridden-real", "mismatch"},
                                                    {"ridden-k", "mismatch"},
                                                    {"reused-1", "matched"},
                                                    {"reused-1-k", "matched"},
                                                    {"reused-2", "matched"},
                                                    {"reused-2-k", "matched"},
                                                    {"blind", "indeterminate"},
                                                    {"unwatched", "unenrolled"}};
  for (unsigned seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto found = verdicts(random);
    CHECK(found.size() == expected.size());
    for (const auto& [id, verdict] : expected) {
      CAPTURE(id);
      const auto at = found.find(id);
      CHECK((at == found.end() ? std::string("not there") : at->second) == verdict);
    }
  }
}

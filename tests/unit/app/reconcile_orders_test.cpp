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
  std::string key = "SHA256:ci";
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
    {"rival-1", "web1", "deploy", 50009, 112},  // two lines, two keys
    {"rival-2", "web1", "deploy", 50009, 112, seconds(1), false, "SHA256:stolen"},
    {"rival-k", "web1", "deploy", 50009, 112, Duration(7'000), true},
    {"blind", "web2", "deploy", 50001, 110},
    {"blind-1", "web2", "deploy", 50002, 113},
    {"blind-2", "web2", "deploy", 50002, 113, {}, false, "SHA256:stolen"},
    {"twice-1", "web3", "deploy", 50002, 114},
    {"twice-2", "web3", "deploy", 50002, 114, -seconds(20), false, "SHA256:stolen"},
    {"twice-3", "web3", "deploy", 50002, 114, -seconds(40)},
    {"span-1", "web3", "deploy", 50003, 115, -minutes(3)},  // too far apart, and one by what lies between
    {"span-2", "web3", "deploy", 50003, 115, {}, false, "SHA256:stolen"},
    {"span-3", "web3", "deploy", 50003, 115, -seconds(90)},
    {"unwatched", "web3", "deploy", 50001, 111},
};

core::Record line_of(const Told& told, Timestamp noon) {
  core::Record record;
  record.time = noon + told.at;
  record.host = told.host;
  record.program = "sshd";
  record.pid = told.pid;
  record.provider_id = told.id;
  record.message = fmt::format("Accepted publickey for {} from 203.0.113.7 port {} ssh2: ED25519 {}", told.user,
                               told.port, told.key);
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
  event.key = told.key;
  return event;
}

struct Outcome {
  std::map<std::string, std::string> verdicts;          // by sighting
  std::map<std::string, std::int64_t> accounts_differ;  // findings that tell of it, by the login's host and port
};

std::string words_of(const std::map<std::string, std::int64_t>& counts) {
  std::string words;
  for (const auto& [of, n] : counts)
    words += fmt::format("{}{}: {}", words.empty() ? "" : ", ", of, n);
  return words;
}

/// Once everything has arrived in that order, in batches of any size.
Outcome outcome(std::mt19937& random) {
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
  Outcome found;
  for (const auto& row : house.events()) {
    const auto stored = house.read([&](app::View& view) { return view.event(row.stored.id); });
    if (stored.event.action == "finding_accounts_differ")
      ++found.accounts_differ[fmt::format("{} {}", stored.event.host, stored.event.port.value_or(0))];
    if (stored.event.action != "ssh_login") continue;
    for (const auto& sighting : stored.sightings)
      found.verdicts[sighting.provider_id] = stored.verdict;
  }
  return found;
}

}  // namespace

TEST_CASE("the order of arrival and how batches are cut change no verdict and no finding of accounts that differ") {
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
                                                    {"rival-1", "mismatch"},
                                                    {"rival-2", "mismatch"},
                                                    {"rival-k", "mismatch"},
                                                    {"blind", "indeterminate"},
                                                    {"blind-1", "indeterminate"},
                                                    {"blind-2", "indeterminate"},
                                                    {"twice-1", "unenrolled"},
                                                    {"twice-2", "unenrolled"},
                                                    {"twice-3", "unenrolled"},
                                                    {"span-1", "unenrolled"},
                                                    {"span-2", "unenrolled"},
                                                    {"span-3", "unenrolled"},
                                                    {"unwatched", "unenrolled"}};
  for (unsigned seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto [found, accounts_differ] = outcome(random);
    CHECK(words_of(accounts_differ) == "web2 50002: 1, web3 50002: 1, web3 50003: 1");
    CHECK(found.size() == expected.size());
    for (const auto& [id, verdict] : expected) {
      CAPTURE(id);
      const auto at = found.find(id);
      CHECK((at == found.end() ? std::string("not there") : at->second) == verdict);
    }
  }
}

// Durable events/s through the store's port (look for the sighting, look for the login, add event, sighting and line,
// for each event) against raw SQLite: the same file format, settings, batches and keys, in multi-row inserts that look
// for nothing. Rounds alternate in one run; medians and their ratio are printed. Goal: at least 0.7.
//   bench_store [EVENTS_A_ROUND [ROUNDS]]
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <random>
#include <string>
#include <vector>

#include "crypto/random.hpp"
#include "migrations.hpp"
#include "store/login_key.hpp"
#include "store/migrator.hpp"
#include "store/rows.hpp"
#include "store/store.hpp"

namespace countersign {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Made {
  app::StoredEvent event;
  app::Sighting sighting;
};

struct Figures {
  double events_per_second = 0;
  double cpu_micros_per_event = 0;
};

/// Logins as they come: rising in time and provider's id, any of 500 users from any of 10,000 addresses.
std::vector<Made> make_events(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Made> made(count);
  auto time = SystemClock().now();
  for (std::size_t i = 0; i < count; ++i) {
    auto& [stored, sighting] = made[i];
    time += Duration(500);
    auto& event = stored.event;
    event = {.time = time,
             .rule = "sshd.accepted",
             .action = "ssh_login",
             .outcome = "success",
             .count = 1,
             .host = fmt::format("web{}", random() % 50),
             .process = "sshd",
             .pid = 1000 + random() % 60000,
             .user = fmt::format("user{}", random() % 500),
             .address = fmt::format("203.0.{}.{}", random() % 40, random() % 250),
             .port = 1024 + random() % 60000,
             .method = "publickey",
             .key_type = "ED25519",
             .key = fmt::format("SHA256:{:016x}{:016x}{:08x}abc", random() % 700, random() % 700, random() % 700),
             .certificate = "",
             .serial = "",
             .authority = "",
             .more = {}};
    sighting.source = "papertrail";
    sighting.provider_id = fmt::format("{}", 7711561783320576 + static_cast<std::int64_t>(seed * 1'000'000 + i));
    sighting.digest = fmt::format("{:016x}", random());
    sighting.time = sighting.received_at = time;
    sighting.raw = fmt::format("Accepted publickey for {} from {} port {} ssh2: ED25519 {}", event.user, event.address,
                               *event.port, event.key);
  }
  return made;
}

double cpu_seconds() {
  struct rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

template <typename Function>
Figures measure(std::size_t events, Function run) {
  const auto cpu = cpu_seconds();
  const auto begin = SteadyClock::now();
  run();
  const std::chrono::duration<double> took = SteadyClock::now() - begin;
  const auto count = static_cast<double>(events);
  return {count / took.count(), (cpu_seconds() - cpu) * 1e6 / count};
}

void must(bool good, std::string_view what) {
  if (good) return;
  fmt::print(stderr, "{}\n", what);
  std::exit(1);
}

/// Works of `batch` events, `in_flight` of them waiting for the disk at a time.
void through_port(app::Store& store, std::vector<Made>& made, std::size_t batch, std::size_t in_flight) {
  std::vector<std::promise<void>> done(made.size() / batch);
  for (std::size_t work = 0; work < done.size(); ++work) {
    if (work >= in_flight) done[work - in_flight].get_future().wait();
    store.write(
        [&made, batch, work](app::Ledger& ledger) -> Result<void> {
          for (auto i = work * batch; i < (work + 1) * batch; ++i) {
            auto& [event, sighting] = made[i];
            if (!ledger.seen(sighting.source, sighting.provider_id)->empty()) return fail(Fault::internal, "seen");
            if (!ledger.near(event.event, std::chrono::minutes(2), false)->empty()) continue;
            event.id = sighting.event = ledger.new_id();
            if (auto added = ledger.add(event); !added) return added;
            if (auto added = ledger.add(sighting); !added) return added;
          }
          return {};
        },
        [&promise = done[work]](Result<void> result) {
          must(result.has_value(), result ? "" : result.error().message);
          promise.set_value();
        });
  }
  for (auto work = done.size() - std::min(in_flight, done.size()); work < done.size(); ++work)
    done[work].get_future().wait();
}

std::string rows_of(std::size_t count, int columns) {
  std::string one = "(?";
  for (int i = 1; i < columns; ++i)
    one += ",?";
  one += ")";
  std::string all = one;
  for (std::size_t i = 1; i < count; ++i)
    all += "," + one;
  return all;
}

/// The rows themselves and nothing else.
class Raw {
 public:
  Raw(store::Connection& connection, std::size_t batch) : connection_(connection), batch_(batch) {
    event_ = connection.prepare(
        "INSERT INTO event (id, time, rule, action, outcome, count, host, process, pid, user, "
        "address, port, method, key_type, key, certificate, serial, authority, login, verdict, "
        "news, approval, state) VALUES " +
        rows_of(batch, 23));
    sighting_ = connection.prepare(
        "INSERT INTO sighting (event, id, witness, source, provider_id, digest, time, "
        "received_at) VALUES " +
        rows_of(batch, 8));
    line_ = connection.prepare("INSERT INTO raw_line (sighting, line) VALUES " + rows_of(batch, 2));
    must(event_ != nullptr && sighting_ != nullptr && line_ != nullptr, "raw statements");
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() {
    for (auto* statement : {event_, sighting_, line_})
      sqlite3_finalize(statement);
  }

  void insert(std::vector<Made>& made) {
    for (std::size_t from = 0; from + batch_ <= made.size(); from += batch_) {
      must(connection_.execute("BEGIN IMMEDIATE").has_value(), "begin");
      int e = 0, s = 0, l = 0;
      for (auto i = from; i < from + batch_; ++i) {
        auto& [stored, sighting] = made[i];
        const auto& event = stored.event;
        stored.id = sighting.event = ids_.next(clock_.now());
        const auto id = ids_.next(clock_.now());
        const auto put = [&e, this](const auto&... values) { (store::bind::one(event_, ++e, values), ...); };
        put(stored.id, event.time, event.rule, event.action, event.outcome, event.count, event.host, event.process,
            event.pid, event.user, event.address, event.port, event.method, event.key_type, event.key,
            event.certificate, event.serial, event.authority, store::login_key(key_, event), stored.verdict,
            stored.news, nullptr, std::int64_t{0});
        const auto put_sighting = [&s, this](const auto&... values) {
          (store::bind::one(sighting_, ++s, values), ...);
        };
        put_sighting(sighting.event, id, sighting.witness, sighting.source, sighting.provider_id,
                     store::Blob{sighting.digest}, sighting.time, sighting.received_at);
        store::bind::one(line_, ++l, id);
        store::bind::one(line_, ++l, store::Blob{sighting.raw});
      }
      for (auto* statement : {event_, sighting_, line_}) {
        must(sqlite3_step(statement) == SQLITE_DONE, connection_.error().message);
        sqlite3_reset(statement);
      }
      must(connection_.execute("COMMIT").has_value(), "commit");
    }
  }

 private:
  store::Connection& connection_;
  std::size_t batch_;
  sqlite3_stmt *event_, *sighting_, *line_;
  IdSource ids_;
  SystemClock clock_;
  store::HashKey key_{1, 2};
};

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

struct Series {
  std::vector<double> rate, cpu;
  void add(const Figures& figures) {
    rate.push_back(figures.events_per_second);
    cpu.push_back(figures.cpu_micros_per_event);
  }
};

void compare(const std::filesystem::path& folder, std::size_t batch, std::size_t in_flight, std::size_t events,
             std::size_t rounds) {
  const auto ours_path = (folder / fmt::format("ours{}-{}.db", batch, in_flight)).string();
  const auto raw_path = (folder / fmt::format("raw{}-{}.db", batch, in_flight)).string();
  const SystemClock clock;
  crypto::SystemRandom random;
  store::Options options;
  options.url = "sqlite:" + ours_path;
  options.clock = &clock;
  options.random = &random;
  auto opened = store::open(options);
  must(opened.has_value(), opened ? "" : opened.error().message);
  auto connection = store::Connection::open(raw_path, store::Connection::Role::writer, 128 * 1024);
  must(connection.has_value() && store::migrate(*connection, embedded::migrations(), clock.now()).has_value(), "raw");
  // As large as what one commit of ours takes in.
  Raw raw(*connection, batch * in_flight);
  Series ours, theirs;
  for (std::size_t round = 0; round < rounds; ++round) {
    auto made = make_events(events, round + 1);
    theirs.add(measure(events, [&] { raw.insert(made); }));
    ours.add(measure(events, [&] { through_port(**opened, made, batch, in_flight); }));
  }
  fmt::print(
      "{:4} events a work, {:3} works in flight: store {:7.0f}/s {:5.2f} CPU-us, raw SQLite {:7.0f}/s {:5.2f} "
      "CPU-us an event; ratio {:.2f} by time, {:.2f} by CPU\n",
      batch, in_flight, median(ours.rate), median(ours.cpu), median(theirs.rate), median(theirs.cpu),
      median(ours.rate) / median(theirs.rate), median(theirs.cpu) / median(ours.cpu));
}

}  // namespace
}  // namespace countersign

int main(int count, char** arguments) {
  const auto number = [&](int place, std::size_t otherwise) {
    return count > place ? static_cast<std::size_t>(std::atoll(arguments[place])) : otherwise;
  };
  const auto events = number(1, 50'000), rounds = number(2, 5);
  std::string name = (std::filesystem::temp_directory_path() / "countersign-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return 1;
  for (const auto& [batch, in_flight] : {std::pair{10, 1}, {100, 1}, {10, 10}})
    countersign::compare(name, static_cast<std::size_t>(batch), static_cast<std::size_t>(in_flight), events, rounds);
  std::filesystem::remove_all(name);
  return 0;
}

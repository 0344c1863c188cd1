// A small house for the use cases: a real store in a folder of its own, a clock and a scheduler the test drives, a
// chat that notes what it was handed. settle() runs until nothing is left to do at this moment.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <set>

#include "app/decide.hpp"
#include "app/escalation.hpp"
#include "app/ingest.hpp"
#include "app/outbox.hpp"
#include "app/reconcile.hpp"
#include "crypto/random.hpp"
#include "store/store.hpp"

namespace countersign::test {

class HandClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return from_micros(now_.load()); }
  void advance(Duration by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ = to_micros(*parse_rfc3339("2026-11-20T12:00:00Z"));
};

class HandScheduler final : public app::Scheduler {
 public:
  explicit HandScheduler(const Clock& clock) : clock_(clock) {}
  void post(Task task) override { after(Duration::zero(), std::move(task)); }
  void after(Duration delay, Task task) override {
    const std::lock_guard lock(mutex_);
    tasks_.emplace(clock_.now() + delay, std::move(task));
  }
  /// Runs what is due; false where nothing was.
  bool run_due() {
    bool ran = false;
    while (true) {
      Task task;
      {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty() || tasks_.begin()->first > clock_.now()) return ran;
        task = std::move(tasks_.begin()->second);
        tasks_.erase(tasks_.begin());
      }
      task();
      ran = true;
    }
  }

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::multimap<Timestamp, Task> tasks_;
};

/// Answers each delivery as told, and remembers it.
class NotingChat final : public app::Chat {
 public:
  std::vector<app::OwedMessage> delivered;
  std::map<std::string, app::Undelivered> refuses;  // by recipient
  std::set<std::string> unknown;                    // who has no address

  [[nodiscard]] std::optional<std::string> address(const core::Directory&, std::string_view to) const override {
    if (unknown.contains(std::string(to))) return std::nullopt;
    return std::string(to);
  }
  void deliver(app::OwedMessage message, Done done) override {
    const auto to = message.recipient;
    if (message.notification.state == app::NotificationState::cancelled)
      return done(std::unexpected(app::Undelivered{app::Undelivered::Kind::nowhere, "cancelled", {}}));
    delivered.push_back(std::move(message));
    if (const auto refused = refuses.find(to); refused != refuses.end()) return done(std::unexpected(refused->second));
    const auto& standing = delivered.back().notification.remote_message;  // an edit stays where it is
    done(app::Posted{"D-" + to, standing.empty() ? std::to_string(delivered.size()) : standing});
  }
  [[nodiscard]] std::size_t count(std::string_view to, std::string_view purpose) const {
    return static_cast<std::size_t>(std::ranges::count_if(delivered, [&](const auto& message) {
      return message.recipient == to && message.notification.purpose == purpose && message.notification.shown == 0;
    }));
  }
};

inline core::Engine small_engine() {
  core::Rule accepted;
  accepted.id = "sshd.accepted";
  accepted.programs = {"sshd"};
  accepted.pattern =
      R"(Accepted (?P<method>\w+) for (?P<user>\S+) from (?P<addr>\S+) port (?P<port>\d+) ssh2(?:: (?P<type>\S+) (?P<key>\S+))?)";
  accepted.action = "ssh_login";
  accepted.witness = core::Witness::sshd;
  accepted.fields = {{"ssh.method", "method"}, {"user.name", "user"},    {"source.ip", "addr"},
                     {"source.port", "port"},  {"ssh.key.type", "type"}, {"ssh.key.fingerprint", "key"}};
  core::Rule failed;
  failed.id = "sshd.failed";
  failed.programs = {"sshd"};
  failed.pattern = R"(Failed (?P<method>\w+) for (?P<user>\S+) from (?P<addr>\S+) port (?P<port>\d+) ssh2)";
  failed.action = "ssh_auth_failure";
  failed.outcome = "failure";
  failed.terms.ask = false;
  failed.fields = {{"user.name", "user"}, {"source.ip", "addr"}, {"source.port", "port"}};
  std::vector<core::Rule> rules;
  rules.push_back(std::move(accepted));
  rules.push_back(std::move(failed));
  return *core::Engine::compile(std::move(rules));
}

inline core::Directory small_directory() {
  core::Directory::Entries entries;
  entries.people = {{"Alice", "U1", "", {{"alice", "*"}}, {"SHA256:alice"}, {}},
                    {"Bob", "U2", "", {{"bob", "*"}}, {}, {}}};
  core::ServiceAccount deploy;
  deploy.user = "deploy";
  deploy.keys = {"SHA256:ci"};
  entries.services = {deploy};
  entries.hosts = {{"bastion", {"bastion.test"}, {}, {}, false, false}};
  return core::Directory(std::move(entries));
}

class House {
 public:
  House() : folder_(std::filesystem::temp_directory_path() / ("countersign-app-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    open();
  }
  ~House() {
    close();
    std::filesystem::remove_all(folder_);
  }

  HandClock clock;
  NotingChat chat;
  core::Schedule schedule;
  std::unique_ptr<app::Store> store;
  std::unique_ptr<app::PolicySource> policy;
  std::unique_ptr<HandScheduler> scheduler;
  std::unique_ptr<app::Ingest> ingest;
  std::unique_ptr<app::Decide> decide;
  std::unique_ptr<app::Outbox> outbox;
  std::unique_ptr<app::Escalation> escalation;
  std::unique_ptr<app::Reconcile> reconcile;

  /// Ends everything as a crash would, as far as memory goes, and starts anew from the store.
  void restart() {
    close();
    open();
    outbox->wake();
    escalation->wake();
    reconcile->wake();
    settle();
  }

  template <typename Look>
  auto read(Look look) {
    std::promise<std::invoke_result_t<Look, app::View&>> answered;
    REQUIRE(store->read([&](app::View& view) { answered.set_value(look(view)); }));
    auto result = answered.get_future().get();
    REQUIRE(result);
    return *std::move(result);
  }

  void apply_schedule() {
    policy->replace(std::make_shared<const app::Policy>(
        app::Policy{small_engine(), small_directory(), schedule, std::chrono::minutes(2)}));
  }

  void settle() {
    do {
      flush();
      flush();  // what followed the first one's commit is written, too
    } while (scheduler->run_due());
  }
  /// Lets time pass in steps small enough that every timer rings in its turn.
  void pass(Duration span, Duration step = std::chrono::seconds(1)) {
    for (auto gone = Duration::zero(); gone < span; gone += step) {
      clock.advance(std::min(step, span - gone));
      settle();
    }
  }

  app::Tally post(std::vector<core::Record> records, const std::string& source = "papertrail") {
    app::Decoded decoded;
    decoded.records = std::move(records);
    std::promise<Result<app::Tally>> answered;
    ingest->messages(app::Source{source, "log", {"*"}, "", true}, std::move(decoded),
                     [&](auto tally) { answered.set_value(std::move(tally)); });
    auto tally = answered.get_future().get();
    REQUIRE(tally);
    settle();
    return *tally;
  }
  app::Tally post(core::Record record, const std::string& source = "papertrail") {
    return post(std::vector{std::move(record)}, source);
  }

  /// A kernel's account of a login, as the agent of its host sends it.
  void see(core::Event event, const std::string& id) {
    event.action = "ssh_login";
    posted(event, "kernel", id);
  }
  void posted(const core::Event& event, const std::string& witness, const std::string& id) {
    const app::Source source{"agent:" + event.host, witness, {event.host}, "", true};
    std::promise<Result<app::Ingest::Accepted>> answered;
    ingest->event(source, {event, id, id}, [&](auto accepted) { answered.set_value(std::move(accepted)); });
    REQUIRE(answered.get_future().get());
    settle();
  }
  void work(app::Store::Work work) {
    std::promise<Result<void>> written;
    store->write(std::move(work), [&](Result<void> result) { written.set_value(std::move(result)); });
    REQUIRE(written.get_future().get());
    settle();
  }

  Result<core::Outcome> say(Id approval, core::Word word) {
    std::promise<Result<core::Outcome>> answered;
    decide->by_id(approval, std::move(word), [&](auto outcome) { answered.set_value(std::move(outcome)); });
    auto outcome = answered.get_future().get();
    settle();
    return outcome;
  }
  Result<core::Outcome> click(const std::string& value, core::Word word) {
    std::promise<Result<core::Outcome>> answered;
    decide->by_button(value, std::move(word), [&](auto outcome) { answered.set_value(std::move(outcome)); });
    auto outcome = answered.get_future().get();
    settle();
    return outcome;
  }

  /// Newest first.
  std::vector<app::FullApproval> approvals() {
    return read([](app::View& view) { return view.approvals({}); }).rows;
  }
  std::vector<app::ListedEvent> events() {
    return read([](app::View& view) { return view.events({}); }).rows;
  }
  std::vector<app::AuditEntry> audit() {
    return read([](app::View& view) { return view.audit({}, 1000); });
  }

 private:
  void flush() {
    std::promise<void> written;
    store->write([](app::Ledger&) { return Result<void>{}; }, [&](Result<void>) { written.set_value(); });
    written.get_future().get();
  }
  void open() {
    scheduler = std::make_unique<HandScheduler>(clock);
    auto opened = store::open({.url = "sqlite:" + (folder_ / "test.db").string(),
                               .clock = &clock,
                               .random = &random_,
                               .on_commit =
                                   [this](bool /*deliveries*/, bool timers) {
                                     if (timers && escalation) escalation->wake();
                                   },
                               .on_looks =
                                   [this] {
                                     if (reconcile) reconcile->wake();
                                   },
                               .follow_up = [this]() -> std::optional<app::Store::FollowUp> {
                                 return outbox ? outbox->follow_up() : std::nullopt;
                               }});
    REQUIRE(opened);
    store = *std::move(opened);
    policy = std::make_unique<app::PolicySource>(nullptr);
    apply_schedule();
    ingest = std::make_unique<app::Ingest>(*store, *policy, clock);
    decide = std::make_unique<app::Decide>(*store, *policy, clock);
    outbox = std::make_unique<app::Outbox>(*store, *scheduler, clock, random_, *policy, chat, app::OutboxSettings{});
    escalation = std::make_unique<app::Escalation>(*store, *scheduler, clock, *policy);
    reconcile = std::make_unique<app::Reconcile>(*store, *scheduler, clock, *policy);
  }
  void close() {
    flush();
    store.reset();
    reconcile.reset();
    escalation.reset();
    outbox.reset();
    scheduler.reset();
  }

  std::filesystem::path folder_;
  crypto::SystemRandom random_;
};

/// A line as sshd logs it, at this moment unless said otherwise.
inline core::Record login(const Clock& clock, std::string id, std::string user, int port = 50001,
                          std::string key = "SHA256:alice", std::string host = "bastion",
                          std::string address = "203.0.113.7") {
  core::Record record;
  record.time = clock.now();
  record.host = std::move(host);
  record.program = "sshd";
  record.pid = 4243;
  record.provider_id = std::move(id);
  record.message = fmt::format("Accepted {} for {} from {} port {} ssh2{}", key.empty() ? "password" : "publickey",
                               user, address, port, key.empty() ? "" : ": ED25519 " + key);
  return record;
}

inline core::Word says(core::Act act, std::string name, bool security = false, std::string reason = {}) {
  core::Word word;
  word.act = act;
  word.by = {std::move(name), security, true};
  word.via = "test";
  word.reason = std::move(reason);
  return word;
}

}  // namespace countersign::test

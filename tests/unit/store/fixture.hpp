// A store in a directory of its own, with a clock that the test moves, and rows to put in.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "store/store.hpp"

namespace countersign::store {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class HandClock final : public Clock {
 public:
  explicit HandClock(Timestamp at) : at_(to_micros(at)) {}
  [[nodiscard]] Timestamp now() const override { return from_micros(at_.load()); }
  void set(Timestamp at) { at_ = to_micros(at); }

 private:
  std::atomic<std::int64_t> at_;
};

inline constexpr Timestamp noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + hours(12);

class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "countersign-store-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string database() const { return (path_ / "store.db").string(); }

 private:
  std::filesystem::path path_;
};

class Fixture {
 public:
  Fixture() { open(); }

  void open() {
    auto opened = store::open(options());
    if (!opened) FAIL(opened.error().message);
    store = *std::move(opened);
  }
  void reopen() {
    store.reset();
    open();
  }
  Options options() {
    Options o;
    o.url = "sqlite:" + directory.database();
    o.clock = &clock;
    o.random = &random;
    o.on_commit = [this](bool deliveries, bool timers) {
      told_deliveries += deliveries;
      told_timers += timers;
    };
    return o;
  }

  /// Runs the work and waits until it is durable or undone.
  Result<void> write(app::Store::Work work) {
    // Shared with the writer: it may still be inside set_value when get returns.
    const auto done = std::make_shared<std::promise<Result<void>>>();
    store->write(std::move(work), [done](Result<void> result) { done->set_value(std::move(result)); });
    return done->get_future().get();
  }
  /// What `work` returns, which must be good.
  template <typename Function>
  auto get(Function work) {
    using Wanted = typename decltype(work(std::declval<app::Ledger&>()))::value_type;
    std::optional<Result<Wanted>> got;
    const auto written = write([&](app::Ledger& ledger) -> Result<void> {
      got = work(ledger);
      if (!*got) return std::unexpected(got->error());
      return {};
    });
    if (!written) FAIL(written.error().message);
    return std::move(**got);
  }
  void must(app::Store::Work work) {
    const auto written = write(std::move(work));
    if (!written) FAIL(written.error().message);
  }
  template <typename Function>
  auto view(Function read) {
    const auto done = std::make_shared<std::promise<decltype(read(std::declval<app::View&>()))>>();
    REQUIRE(store->read([done, read](app::View& view) { done->set_value(read(view)); }));
    return done->get_future().get();
  }

  Id new_id() {
    Id id;
    must([&](app::Ledger& ledger) -> Result<void> {
      id = ledger.new_id();
      return {};
    });
    return id;
  }

  Directory directory;
  HandClock clock{noon};
  crypto::SystemRandom random;
  std::atomic<int> told_deliveries = 0, told_timers = 0;
  std::unique_ptr<app::Store> store;
};

inline core::Event login(std::string user, Timestamp time, std::int64_t port = 51234) {
  core::Event event;
  event.time = time;
  event.rule = "sshd.accepted";
  event.action = "ssh_login";
  event.outcome = "success";
  event.host = "bastion";
  event.process = "sshd";
  event.pid = 4243;
  event.user = std::move(user);
  event.address = "203.0.113.7";
  event.port = port;
  event.method = "publickey";
  event.key_type = "ED25519";
  event.key = "SHA256:abc";
  return event;
}

/// Adds an event of that approval (or of none).
inline Result<Id> add_event(app::Ledger& ledger, core::Event event, Id approval = {}) {
  app::StoredEvent stored;
  stored.id = ledger.new_id();
  stored.event = std::move(event);
  stored.approval = approval;
  if (auto added = ledger.add(stored); !added) return std::unexpected(added.error());
  return stored.id;
}

inline core::Approval approval_for(Id id, std::string person, Timestamp created) {
  core::Approval approval;
  approval.id = id;
  approval.person = approval.subject = approval.addressed_to = std::move(person);
  approval.created_at = created;
  return approval;
}

inline Result<Id> add_approval(app::Ledger& ledger, std::string person, Timestamp created, std::string burst = "") {
  auto approval = approval_for(ledger.new_id(), std::move(person), created);
  approval.burst = std::move(burst);
  if (auto added = ledger.add(approval); !added) return std::unexpected(added.error());
  return approval.id;
}

inline Result<Id> owe(app::Ledger& ledger, Id approval, std::string to, Timestamp due, std::string purpose = "ask") {
  app::Notification notification;
  notification.id = ledger.new_id();
  notification.approval = approval;
  notification.purpose = std::move(purpose);
  notification.to = std::move(to);
  notification.due_at = notification.created_at = due;
  if (auto added = ledger.add(notification); !added) return std::unexpected(added.error());
  return notification.id;
}

}  // namespace countersign::store

#include "app/canary.hpp"

#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr auto key = "SHA256:ci";  // of the small directory's service account

/// A house with an agent on bastion and a canary there, whose ssh does as the test says.
struct Kept : House {
  explicit Kept(Duration every = hours(6)) : every_(every) {
    agent_reports();
    begin();
  }
  ~Kept() {
    canaries->stop();
    settle();
  }
  void begin() {
    canaries = std::make_unique<app::Canaries>(
        *store, *scheduler, clock, *policy,
        std::vector<app::CanarySettings>{{"bastion", "deploy", key, every_, minutes(2)}},
        [this](const std::string& host, Duration bound, std::move_only_function<void(Result<void>)> done) {
          CHECK(host == "bastion");
          CHECK(bound == minutes(2));
          ++logins;
          if (login_fails) return done(fail(Fault::unavailable, "ssh ended with 255: Host key verification failed."));
          if (hangs) return hanging.push_back(std::move(done));
          const auto id = std::to_string(++made);
          if (log_works) post(login(clock, "canary-" + id, "deploy", 40000 + made, key));
          if (kernel_works) {
            core::Event event;
            event.time = clock.now();
            event.host = "bastion";
            event.user = "deploy";
            event.address = "203.0.113.7";
            event.port = 40000 + made;
            event.pid = 4243;
            event.method = "publickey";
            event.key = key;
            see(event, "k" + id);
          }
          done({});
        });
    canaries->start();
    settle();
  }
  void agent_reports() {
    work([&](app::Ledger& ledger) -> Result<void> {
      if (auto expected = ledger.expect_agents({"bastion"}); !expected) return expected;
      return ledger.cover("bastion", "kernel", clock.now() - hours(1), clock.now() + hours(100));
    });
  }
  void crash() {
    canaries->stop();
    settle();
    canaries.reset();
    hanging.clear();
    restart();
    begin();
  }
  core::CanaryRun newest() {
    const auto runs = read([](app::View& view) { return view.canary_runs(); });
    REQUIRE(runs.size() == 1);
    return runs[0];
  }
  std::vector<app::FullApproval> findings() {
    auto all = approvals();
    std::erase_if(all, [](const app::FullApproval& full) {
      return full.approval.kind != "finding" || full.events.at(0).event.action != "finding_canary";
    });
    return all;
  }
  bool carried() { return core::all_carried(core::steps_of(newest(), clock.now())); }

  int logins = 0, made = 0;
  bool login_fails = false, hangs = false, log_works = true, kernel_works = true;
  std::vector<std::move_only_function<void(Result<void>)>> hanging;
  std::unique_ptr<app::Canaries> canaries;

 private:
  Duration every_;
};

}  // namespace

TEST_CASE("every so often, and all carry it: nobody is asked, and one quiet message a day is edited") {
  Kept house;
  house.pass(seconds(59));
  CHECK(house.logins == 0);
  house.pass(seconds(5), milliseconds(250));
  CHECK(house.logins == 1);
  CHECK(house.newest().finished_at);
  CHECK(house.carried());
  CHECK(house.newest().verdict == "matched");
  CHECK(house.canaries->reasons().empty());
  CHECK(house.findings().empty());
  house.pass(hours(6), minutes(1));
  CHECK(house.logins == 2);
  house.pass(seconds(5));
  CHECK(house.carried());
  CHECK(house.chat.count("security_channel", "canary") == 1);
  CHECK(house.chat.delivered.back().notification.purpose == "canary");
  CHECK(house.chat.delivered.back().notification.detail.starts_with("the canary on bastion: all carried in "));
  for (const auto& message : house.chat.delivered)
    CHECK(message.notification.purpose == "canary");
  house.pass(hours(12), minutes(1));
  CHECK(house.chat.count("security_channel", "canary") == 2);  // the next day's
}

TEST_CASE("what did not carry is a reason and a finding, amended when it carries again") {
  Kept house;
  house.log_works = false;
  house.pass(minutes(4));
  CHECK(house.newest().finished_at);
  REQUIRE(house.canaries->reasons().size() == 1);
  CHECK(house.canaries->reasons()[0].starts_with("the canary on bastion: logged in, no log line in 2m"));
  REQUIRE(house.findings().size() == 1);
  CHECK(house.findings()[0].approval.reason == house.canaries->reasons()[0]);
  CHECK(house.findings()[0].events[0].event.host == "bastion");

  house.kernel_works = false;  // and more
  house.pass(hours(6), minutes(1));
  REQUIRE(house.findings().size() == 1);
  CHECK(house.findings()[0].approval.reason.find("no account of the kernel's") != std::string::npos);

  house.log_works = house.kernel_works = true;
  house.crash();
  CHECK(house.canaries->reasons().size() == 1);  // known from the store
  house.pass(hours(6), minutes(1));
  CHECK(house.canaries->reasons().empty());
  REQUIRE(house.findings().size() == 1);
  CHECK(house.findings()[0].approval.reason.find("; carried again at 2026-11-2") != std::string::npos);
  CHECK(house.findings()[0].approval.state == core::ApprovalState::pending);  // somebody signs it off
}

TEST_CASE("a login that fails is named with what ssh said") {
  Kept house;
  house.login_fails = true;
  house.pass(minutes(2));
  REQUIRE(house.findings().size() == 1);
  CHECK(house.findings()[0].approval.reason ==
        "the canary on bastion: no login: ssh ended with 255: Host key verification failed.");
}

TEST_CASE("the chat takes nothing: the message path is what failed") {
  Kept house;
  house.chat.refuses["security_channel"] = {app::Undelivered::Kind::retry, "connection refused", {}};
  house.pass(minutes(4));
  CHECK(house.canaries->reasons() ==
        std::vector<std::string>{"the canary on bastion: logged in, no message was delivered in 2m"});
}

TEST_CASE("killed while ssh runs: the run is finished by its deadline after the start, and is not made twice") {
  Kept house;
  house.hangs = true;
  house.pass(seconds(62));
  CHECK(house.logins == 1);
  house.crash();
  house.pass(seconds(30));
  CHECK_FALSE(house.newest().finished_at);
  house.pass(minutes(2));
  CHECK(house.newest().finished_at);
  CHECK(house.logins == 1);
  CHECK(house.canaries->reasons() == std::vector<std::string>{"the canary on bastion: no login in 2m"});
}

TEST_CASE("asked for: one at a time, on hosts that have one") {
  Kept house(Duration::zero());
  house.pass(hours(12), minutes(5));
  CHECK(house.logins == 0);
  std::vector<Result<Id>> begun;
  const auto ask = [&](const char* host) {
    house.canaries->run(host, [&](Result<Id> id) { begun.push_back(std::move(id)); });
    house.settle();
    return begun.back();
  };
  CHECK(ask("web1").error().fault == Fault::not_found);
  house.hangs = true;
  const auto first = ask("bastion");
  REQUIRE(first);
  CHECK(ask("bastion").error().fault == Fault::conflict);
  house.pass(minutes(3));
  CHECK(house.newest().id == *first);
  house.hangs = false;
  REQUIRE(ask("bastion"));
  house.pass(seconds(5));
  CHECK(house.carried());
}

#include "main/serve/heartbeat.hpp"

#include <doctest/doctest.h>

#include <map>

#include "unit/chat/fake_client.hpp"

using namespace countersign;
using namespace countersign::test;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Time that passes when told to, and what is due then.
class HandTime final : public Clock, public app::Scheduler {
 public:
  [[nodiscard]] Timestamp now() const override { return now_; }
  void post(Task task) override { after(Duration::zero(), std::move(task)); }
  void after(Duration delay, Task task) override { tasks_.emplace(now_ + delay, std::move(task)); }
  void pass(Duration span) {
    const auto end = now_ + span;
    while (!tasks_.empty() && tasks_.begin()->first <= end) {
      now_ = tasks_.begin()->first;
      const auto task = tasks_.extract(tasks_.begin());
      task.mapped()();
    }
    now_ = end;
  }

 private:
  Timestamp now_ = *parse_rfc3339("2026-11-20T12:00:00Z");
  std::multimap<Timestamp, Task> tasks_;
};

}  // namespace

TEST_CASE("the dead-man's address is pinged at the start and every minute while all is well") {
  FakeClient client;
  HandTime time;
  bool well = true;
  std::vector<std::string> told;
  cli::Heartbeat heartbeat(
      client, time, time, "https://hc.example.com/s3cret", [&] { return well; },
      [&](std::string_view what) { told.emplace_back(what); });
  heartbeat.start();
  REQUIRE(client.calls.size() == 1);
  CHECK(client.calls[0].method == "GET");
  CHECK(client.calls[0].url == "https://hc.example.com/s3cret");
  time.pass(minutes(5));
  CHECK(client.calls.size() == 6);
  CHECK(told.empty());

  SUBCASE("not while the store can't commit") {
    well = false;
    time.pass(minutes(5));
    CHECK(client.calls.size() == 6);
    well = true;
    time.pass(minutes(1));
    CHECK(client.calls.size() == 7);
  }
  SUBCASE("an address that fails is told once, and once when it answers again; never the address") {
    client.answers.emplace_back(std::unexpected(net::ClientFailure{net::Sent::no, "connect to s3cret: refused"}));
    client.answers.emplace_back(net::Response{404, {}, ""});
    time.pass(minutes(4));
    REQUIRE(told.size() == 2);
    CHECK(told[0].find("can't be pinged") != std::string::npos);
    CHECK(told[1].find("pinged again") != std::string::npos);
    for (const auto& line : told)
      CHECK(line.find("s3cret") == std::string::npos);
  }
  SUBCASE("no more once stopped") {
    heartbeat.stop();
    time.pass(minutes(5));
    CHECK(client.calls.size() == 6);
  }
}

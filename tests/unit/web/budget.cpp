// What requests may hold, all together.
#include "web/budget.hpp"

#include "tests/unit/web/site_fixture.hpp"

namespace countersign::web_test {
namespace {

constexpr std::size_t mib = 1 << 20;

TEST_CASE("large requests leave the last eighth to the small, and the largest gets in alone") {
  struct Row {
    std::vector<std::size_t> held;
    std::size_t wanted;
    bool taken;
    std::size_t used;
  };
  for (const auto& row : {
           Row{{}, 1, true, 1},
           Row{{}, 14 * mib, true, 14 * mib},
           Row{{}, 1024 * mib, true, 14 * mib},  // more than there is: all a large one may have
           Row{{7 * mib}, 7 * mib, true, 14 * mib},
           Row{{7 * mib}, 7 * mib + 1, false, 7 * mib},
           Row{{14 * mib}, web::Budget::small + 1, false, 14 * mib},
           Row{{14 * mib}, web::Budget::small, true, 14 * mib + web::Budget::small},
           Row{{web::Budget::small, web::Budget::small}, 1024 * mib, true, 14 * mib + 2 * web::Budget::small},
           Row{std::vector<std::size_t>(33, web::Budget::small), 1024 * mib, false, 33 * web::Budget::small},
           Row{{14 * mib, web::Budget::small}, 1024 * mib, false, 14 * mib + web::Budget::small},
       }) {
    CAPTURE(row.wanted);
    web::Budget budget(16 * mib);
    {
      std::vector<web::Budget::Share> held;
      for (const auto bytes : row.held)
        held.push_back(*budget.take(bytes));
      const auto share = budget.take(row.wanted);
      CHECK(share.has_value() == row.taken);
      CHECK(budget.used() == row.used);
    }
    CHECK(budget.used() == 0);
  }
}

TEST_CASE("a share shrinks always and grows where there is room") {
  web::Budget budget(16 * mib);
  auto first = *budget.take(10 * mib);
  auto second = *budget.take(4 * mib);
  CHECK_FALSE(second.resize(5 * mib));
  CHECK(budget.used() == 14 * mib);
  CHECK(first.resize(mib));
  CHECK(second.resize(13 * mib));
  CHECK_FALSE(first.resize(2 * mib));
  CHECK(budget.used() == 14 * mib);
}

TEST_CASE("what waits for the disk is bounded: 503 with Retry-After, and small deliveries get in") {
  Fixture fixture("http://countersign.test", {}, nullptr, mib);
  std::promise<void> begun, go_on;
  fixture.work([&](app::Ledger&) -> Result<void> {
    begun.set_value();
    go_on.get_future().wait();
    return {};
  });
  begun.get_future().wait();
  const auto post = [&](int number, std::size_t size) {
    auto answered = std::make_shared<std::promise<net::Response>>();
    const Json line{{"message", std::to_string(number) + std::string(size, 'x')}, {"host", "h"}, {"program", "sshd"}};
    fixture.site->handle({.method = "POST",
                          .path = "/webhooks/json",
                          .query = "",
                          .headers = {{"Authorization", "Bearer hook-secret"}},
                          .body = line.dump(),
                          .peer = "192.0.2.1"},
                         [answered](net::Response response) { answered->set_value(std::move(response)); });
    return answered->get_future();
  };
  std::vector<std::future<net::Response>> taken;
  for (int number = 0; number < 3; ++number)
    taken.push_back(post(number, 100'000));  // 300 kB each, as long as they wait
  const auto refused = post(2, 200'000).get();
  CHECK(refused.status == 503);
  CHECK(net::header(refused.headers, "Retry-After") != "");
  taken.push_back(post(4, 10));
  go_on.set_value();
  for (auto& answer : taken)
    CHECK(answer.get().status == 200);
  CHECK(post(5, 200'000).get().status == 200);
}

}  // namespace
}  // namespace countersign::web_test

// Log lines that, by the journal's word, another program wrote.
#include "tests/unit/app/house.hpp"

using namespace countersign;
using namespace countersign::test;

namespace {

core::Record forged(const Clock& clock, const std::string& id, int port, const std::string& host = "bastion") {
  auto record = login(clock, id, "alice", port, "SHA256:alice", host);
  record.writer = core::Writer{"logger", "/usr/bin/logger", 1000};
  return record;
}

}  // namespace

TEST_CASE("a forged login is stored and a finding; its person is not asked") {
  House house;
  CHECK(house.post(forged(house.clock, "1", 50001)).events == 1);
  const auto approvals = house.approvals();
  REQUIRE(approvals.size() == 1);
  CHECK(approvals[0].approval.kind == "finding");
  CHECK(approvals[0].approval.addressed_to == core::security_channel);
  CHECK(approvals[0].approval.subject == "Alice");
  CHECK(approvals[0].approval.reason.find("logger (/usr/bin/logger, uid 1000) wrote it") != std::string::npos);
  CHECK(house.chat.count("Alice", "ask") == 0);
  CHECK(house.chat.count("security_channel", "ask") == 1);
  CHECK(std::ranges::count(house.audit(), "finding", &app::AuditEntry::kind) == 1);

  SUBCASE("a thousand more join it, in one message") {
    std::vector<core::Record> more;
    for (int i = 0; i < 1000; ++i)
      more.push_back(forged(house.clock, std::to_string(10 + i), 51000 + i));
    CHECK(house.post(more).events == 1000);
    CHECK(house.approvals().size() == 1);
    CHECK(house.chat.count("security_channel", "ask") == 1);
    CHECK(house.chat.count("Alice", "ask") == 0);
  }
  SUBCASE("another host is another finding") {
    house.post(forged(house.clock, "2", 50002, "web1"));
    CHECK(house.approvals().size() == 2);
  }
  SUBCASE("the true login that follows is asked about, and not taken for the forged one's") {
    auto true_one = login(house.clock, "3", "alice", 50002);
    true_one.writer = core::Writer{"sshd", "/usr/sbin/sshd", 0};
    house.post(true_one);
    CHECK(house.chat.count("Alice", "ask") == 1);
  }
}

TEST_CASE("a forged line adds no sighting to a true login") {
  House house;
  house.post(login(house.clock, "1", "alice"));
  CHECK(house.post(forged(house.clock, "2", 50001), "journal").events == 1);
  const auto events = house.events();
  REQUIRE(events.size() >= 2);
  for (const auto& listed : events)
    CHECK(listed.stored.sightings.size() <= 1);
}

TEST_CASE("what is no event is a finding too, once") {
  House house;
  for (int i = 0; i < 3; ++i) {
    auto odd = forged(house.clock, std::to_string(i), 50001);
    odd.message = "no rule knows this";
    house.post(odd);
  }
  REQUIRE(house.approvals().size() == 1);
  CHECK(house.approvals()[0].approval.kind == "finding");
}

TEST_CASE("of other programs nothing is said") {
  House house;
  auto record = forged(house.clock, "1", 50001);
  record.program = "sudo";
  record.message = "alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/ls";
  record.writer = core::Writer{"ls", "/usr/bin/ls", 0};
  house.post(record);
  for (const auto& approval : house.approvals())
    CHECK(approval.approval.kind != "finding");
}

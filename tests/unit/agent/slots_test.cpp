#include "agent/spool/slots.hpp"

#include <doctest/doctest.h>

#include "agent/spool/spans.hpp"
#include "unit/agent/folder.hpp"

using namespace countersign;
using namespace countersign::agent;

namespace {

Slots open_slots(const Folder& folder) {
  auto slots = Slots::open(folder.at("slot"), 512);
  REQUIRE(slots);
  return std::move(*slots);
}

Timestamp at(int second) {
  return Timestamp(std::chrono::seconds(1'763'600'000 + second));
}

}  // namespace

TEST_CASE("the newest whole text counts; a torn write leaves the one before") {
  const Folder folder;
  {
    auto slots = open_slots(folder);
    CHECK(slots.text().empty());
    REQUIRE(slots.store("first", true));
    REQUIRE(slots.store("second, and longer", true));
    CHECK(slots.store(std::string(600, 'x'), true).error().fault == Fault::too_large);
    CHECK(slots.text() == "second, and longer");
  }
  CHECK(open_slots(folder).text() == "second, and longer");
  const auto path = folder.at("slot.0");  // generation 2
  const auto whole = slurp(path);
  CHECK(whole.size() == 512);
  const auto used = whole.find_last_not_of('\0') + 1;
  for (std::size_t keep = 0; keep < used; ++keep) {
    CAPTURE(keep);
    spill(path, whole.substr(0, keep) + std::string(512 - keep, '\0'));
    CHECK(open_slots(folder).text() == "first");
  }
  auto slots = open_slots(folder);
  REQUIRE(slots.store("third", true));
  CHECK(open_slots(folder).text() == "third");
}

TEST_CASE("spans: what was open ends where the last look reached") {
  const Folder folder;
  {
    auto spans = Spans::open(folder.at("watched"));
    REQUIRE(spans);
    CHECK(spans->empty());
    spans->begin({at(10), {}, "boot-1", "first start"});
    spans->reach(at(20));
    spans->reach(at(15));
    REQUIRE(spans->save(false));
    spans->reach(at(30));  // not kept: the agent dies here
  }
  auto spans = Spans::open(folder.at("watched"));
  REQUIRE(spans);
  CHECK_FALSE(spans->is_open());
  spans->begin({at(40), {}, "boot-2", ""});
  CHECK(spans->oldest().from == at(10));
  CHECK(spans->oldest().until == at(20));
  CHECK(spans->oldest().why == "first start");
  CHECK_FALSE(spans->oldest_is_open());
  spans->forget_oldest();
  CHECK(spans->oldest().boot_id == "boot-2");
  spans->forget_oldest();  // the one that grows stays
  CHECK(spans->oldest_is_open());
}

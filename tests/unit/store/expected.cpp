// Which expected changes are read: all in force, however many have expired, and for the audit all there ever were.
#include "app/expected_records.hpp"
#include "tests/unit/store/fixture.hpp"

namespace countersign::store {

TEST_CASE("expected changes that expired crowd out none in force, and all there were are listed") {
  constexpr auto expired = static_cast<int>(app::most_expected) + 20;
  Fixture fixture;
  fixture.must([&](app::Ledger& ledger) -> Result<void> {
    for (int i = 0; i <= expired; ++i) {
      core::ExpectedChange change;
      change.id = ledger.new_id();
      change.account = i < expired ? "old" : "in force";
      change.reason = "r";
      change.author = "a";
      change.from = noon - std::chrono::hours(3);
      change.until = i < expired ? noon - std::chrono::hours(1) : noon + std::chrono::hours(1);
      if (auto added = ledger.add(change); !added) return added;
    }
    return {};
  });
  const auto read = [&](Timestamp after, bool all) {
    return fixture.get([&](app::Ledger& ledger) { return ledger.expected_changes(after, all); });
  };
  const auto late = read(noon - std::chrono::hours(24), false);
  REQUIRE(late.size() == app::most_expected);
  CHECK(late.back().account == "in force");  // soonest end first
  CHECK(late.front().account == "old");
  CHECK(read(noon, false).size() == 1);
  CHECK(read({}, true).size() == expired + 1);
}

}  // namespace countersign::store

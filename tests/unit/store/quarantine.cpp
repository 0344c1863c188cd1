// Quarantine in the store: folded by shape, each message once, taken out by id, and the sums right after all of it.
#include <algorithm>

#include "fixture.hpp"

using namespace countersign;
using namespace countersign::store;

namespace {

app::Quarantined unread_line(Id id, std::string program, std::string message) {
  app::Quarantined unread;
  unread.id = id;
  unread.source = "p";
  unread.program = std::move(program);
  unread.message = std::move(message);
  unread.why = "no rule understood it";
  unread.time = unread.received_at = noon;
  unread.digest = crypto::sha256(unread.message).substr(0, 16);
  unread.provider_id = "id of " + unread.message;
  unread.pid = 42;
  unread.replay = app::Quarantined::Replay::any_host;
  return unread;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "quarantine: folded by program and shape, each message once, out again by id") {
  const auto keep = [&](const std::string& program, const std::string& message) {
    bool kept = false;
    must([&](app::Ledger& ledger) -> Result<void> {
      const auto added = ledger.quarantine(unread_line(ledger.new_id(), program, message));
      if (!added) return std::unexpected(added.error());
      kept = *added;
      return {};
    });
    return kept;
  };
  for (int i = 0; i < 5; ++i)
    CHECK(keep("sshd", "odd thing " + std::to_string(i) + " from 203.0.113." + std::to_string(i)));
  CHECK(keep("sudo", "odd thing 9 from 203.0.113.1"));
  CHECK_FALSE(keep("sshd", "odd thing 3 from 203.0.113.3"));

  const auto shapes = view([](app::View& view) { return view.shapes("", 10); });
  REQUIRE(shapes);
  REQUIRE(shapes->size() == 2);
  CHECK(shapes->front().program == "sshd");
  CHECK(shapes->front().shape == "odd thing # from ADDR");
  CHECK(shapes->front().kept == 5);
  CHECK(shapes->front().sample == "odd thing 4 from 203.0.113.4");
  CHECK(view([](app::View& view) { return view.shapes("sudo", 10); })->size() == 1);
  const app::QuarantineFilter first{"", shapes->front().id};
  const auto messages = view([&](app::View& view) { return view.quarantine(first, 3); });
  REQUIRE(messages);
  REQUIRE(messages->size() == 3);
  CHECK(messages->front().pid == 42);
  CHECK(view([&](app::View& view) { return view.quarantined(messages->front().id); })->message ==
        messages->front().message);

  must([&](app::Ledger& ledger) -> Result<void> {
    const auto waiting = ledger.to_replay({"sshd", std::nullopt}, {}, ledger.new_id(), 4);
    if (!waiting) return std::unexpected(waiting.error());
    CHECK(waiting->size() == 4);
    CHECK(waiting->front().digest.size() == 16);
    for (const auto& message : *waiting)
      if (auto gone = ledger.leave_quarantine(message.id); !gone) return gone;
    return {};
  });
  reopen();
  CHECK(view([](app::View& view) { return view.shapes("sshd", 10); })->front().kept == 1);
  CHECK(view([](app::View& view) { return view.standing(noon); })->quarantined == 2);
  CHECK_FALSE(view([&](app::View& view) { return view.quarantined(messages->back().id); }).has_value());
}

TEST_CASE_FIXTURE(Fixture, "quarantine: past its bound the most numerous shape loses its oldest, and that is counted") {
  // 65,000 bytes each: the bound on bytes is met at some 4,130 messages.
  constexpr int flood = 4'200;
  const std::string filler(65'000, 'x');
  must([&](app::Ledger& ledger) -> Result<void> {
    if (auto rare = ledger.quarantine(unread_line(ledger.new_id(), "sshd", "one rare line")); !rare)
      return std::unexpected(rare.error());
    for (int i = 0; i < flood; ++i)
      if (auto kept = ledger.quarantine(unread_line(ledger.new_id(), "sshd", std::to_string(i) + " flood " + filler));
          !kept)
        return std::unexpected(kept.error());
    return {};
  });
  const auto standing = view([](app::View& view) { return view.standing(noon); });
  REQUIRE(standing);
  const auto shapes = view([](app::View& view) { return view.shapes("", 10); });
  REQUIRE(shapes);
  REQUIRE(shapes->size() == 2);
  CHECK(shapes->back().sample == "one rare line");
  CHECK(shapes->front().count == flood);
  CHECK(standing->quarantined <= flood);
  CHECK(shapes->front().kept + shapes->front().dropped == flood);
  CHECK(shapes->front().kept * 65'000 <= std::int64_t{256} << 20);
  const auto dropped =
      std::ranges::find(standing->counters, "quarantine.dropped", &std::pair<std::string, std::int64_t>::first);
  CHECK(shapes->front().dropped > 0);
  REQUIRE(dropped != standing->counters.end());
  CHECK(dropped->second == shapes->front().dropped);
}

#include "agent/stream.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "unit/agent/folder.hpp"

using namespace countersign;
using namespace countersign::agent;

namespace {

Timestamp at(int second) {
  return Timestamp(std::chrono::seconds(1'763'600'000 + second));
}

struct Options {
  std::string agent_id = "a1", boot_id = "boot-1";
  std::size_t spool_bytes = 1 << 20, segment_bytes = 4096;
};

Stream open_stream(const Folder& folder, const Options& options = {}) {
  auto stream = Stream::open({.folder = folder.at("kernel"),
                              .witness_class = "kernel",
                              .host = "bastion",
                              .agent_id = options.agent_id,
                              .machine_id = "m",
                              .boot_id = options.boot_id,
                              .spool_bytes = options.spool_bytes,
                              .segment_bytes = options.segment_bytes});
  REQUIRE(stream);
  return std::move(*stream);
}

std::vector<Spooled> logins(int first, int last, bool detail = false) {
  std::vector<Spooled> some;
  for (int i = first; i <= last; ++i)
    some.push_back({fmt::format("{{\"id\":\"{}{}\"}}", detail ? "d" : "l", i), detail, ""});
  return some;
}

/// Seals, and shows what would be sent: "3 boot-1 [10,20] lost 1/2 why: l1 l2".
std::string next(Stream& stream, int now = 1000) {
  if (stream.pending().empty()) REQUIRE(stream.seal(at(now)));
  const auto batch = read_batch(stream.pending());
  REQUIRE(batch);
  const auto second = [](Timestamp time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time - at(0)).count();
  };
  auto text = fmt::format("{} {} [{},{}]", batch->sequence, batch->boot_id, second(batch->from), second(batch->to));
  if (batch->lost.any() || !batch->lost.why.empty())
    text += fmt::format(" lost {}/{} {}", batch->lost.logins, batch->lost.detail, batch->lost.why);
  text += ":";
  for (const auto& sighting : batch->sightings)
    text += " " + sighting.substr(7, sighting.size() - 9);
  return text;
}

std::string deliver(Stream& stream, int now = 1000) {
  auto text = next(stream, now);
  stream.acknowledged();
  return text;
}

}  // namespace

TEST_CASE("batches follow each other without a gap in numbers, hashes or coverage") {
  const Folder folder;
  auto stream = open_stream(folder);
  stream.watch(at(10), "first start");
  stream.look(at(20), logins(1, 2), {});
  CHECK(next(stream) == "1 boot-1 [10,20] lost 0/0 first start: l1 l2");
  const auto first = stream.pending();
  stream.acknowledged();
  stream.look(at(30), logins(3, 3), {});
  CHECK(next(stream) == "2 boot-1 [20,30]: l3");
  CHECK(read_batch(stream.pending())->previous == to_hex(crypto::sha256(first)));
  stream.acknowledged();
  stream.look(at(40), {}, {});
  CHECK(deliver(stream) == "3 boot-1 [30,40]:");
  stream.look(at(50), {}, {2, 3, "the kernel's buffers were full"});
  CHECK(deliver(stream) == "4 boot-1 [40,50] lost 2/3 the kernel's buffers were full:");
}

TEST_CASE("killed: the batch under way is sent again as it was, and blind is the time after the last look kept") {
  const Folder folder;
  std::string body;
  {
    auto stream = open_stream(folder);
    stream.watch(at(10), "");
    stream.look(at(20), logins(1, 1), {});
    next(stream);
    body = stream.pending();
    stream.look(at(30), logins(2, 2), {});
    stream.keep(false);
    stream.look(at(40), {}, {});  // not kept
  }
  auto stream = open_stream(folder, {.boot_id = "boot-2"});
  CHECK(stream.why_new_span() == "the host was started anew");
  stream.watch(at(100), stream.why_new_span());
  stream.look(at(110), logins(3, 3), {});
  CHECK(stream.pending() == body);
  stream.acknowledged();
  CHECK(deliver(stream) == "2 boot-1 [20,30]: l2");
  CHECK(deliver(stream) == "3 boot-2 [100,110] lost 0/0 the host was started anew: l3");
}

TEST_CASE("several runs while the server is away: each span with its own boot, in order") {
  const Folder folder;
  for (int run = 1; run <= 3; ++run) {
    auto stream = open_stream(folder, {.boot_id = fmt::format("boot-{}", run)});
    stream.watch(at(run * 100), "the agent did not run");
    stream.look(at(run * 100 + 10), logins(run, run), {});
    stream.keep(true);
  }
  auto stream = open_stream(folder, {.boot_id = "boot-4"});
  CHECK(deliver(stream) == "1 boot-1 [100,110] lost 0/0 the agent did not run: l1");
  CHECK(deliver(stream) == "2 boot-2 [200,210] lost 0/0 the agent did not run: l2");
  CHECK(deliver(stream) == "3 boot-3 [300,310] lost 0/0 the agent did not run: l3");
}

TEST_CASE("a blind witness covers nothing, and says why") {
  const Folder folder;
  auto stream = open_stream(folder);
  stream.blind("degraded: no BTF");
  CHECK(deliver(stream, 5) == "1 boot-1 [5,5] lost 0/0 degraded: no BTF:");
  CHECK(deliver(stream, 9) == "2 boot-1 [5,5] lost 0/0 degraded: no BTF:");
  stream.watch(at(50), "no BTF");
  stream.look(at(60), {}, {});
  CHECK(deliver(stream, 60) == "3 boot-1 [50,60] lost 0/0 no BTF:");
}

TEST_CASE("a backlog: at most a thousand a batch, logins before detail, coverage no further than what is sent") {
  const Folder folder;
  auto stream = open_stream(folder);
  stream.watch(at(0), "");
  for (int i = 0; i < 25; ++i) {
    stream.look(at(10 + i), logins(i * 100, i * 100 + 98), {});
    stream.look(at(10 + i), logins(i, i, true), {});
  }
  const auto first = deliver(stream);
  CHECK(first.starts_with("1 boot-1 [0,19]: l0 "));  // the look at 20 is in it in part
  CHECK(first.find(" d") == std::string::npos);
  CHECK(deliver(stream).starts_with("2 boot-1 [19,29]:"));
  const auto last = deliver(stream);
  CHECK(last.starts_with("3 boot-1 [29,34]:"));
  CHECK(last.ends_with("d22 d23 d24"));
  CHECK_FALSE(stream.has_logins());
}

TEST_CASE("the spool is bounded: detail goes first, then the oldest logins, and both are counted") {
  const Folder folder;
  auto stream = open_stream(folder, {.spool_bytes = 20'000, .segment_bytes = 2048});
  stream.watch(at(0), "");
  for (int i = 1; i <= 300; ++i)
    stream.look(at(i), logins(i, i, true), {});
  for (int i = 1; i <= 200; ++i)
    stream.look(at(300 + i), logins(i, i), {});
  CHECK(stream.spooled_bytes() <= 20'000 + 2 * 2048);
  auto text = deliver(stream);
  CHECK(text.find("lost 0/") != std::string::npos);  // detail alone: no login had to go
  CHECK(text.find(" l1 l2 ") != std::string::npos);
  while (stream.has_logins() || stream.has_detail())
    deliver(stream);
  for (int i = 201; i <= 900; ++i)
    stream.look(at(300 + i), logins(i, i), {});
  std::int64_t lost = 0, kept = 0;
  while (stream.has_logins() || stream.has_detail()) {
    REQUIRE(stream.seal(at(2000)));
    const auto batch = read_batch(stream.pending());
    lost += batch->lost.logins;
    for (const auto& sighting : batch->sightings)
      kept += sighting.find("\"l") != std::string::npos ? 1 : 0;
    stream.acknowledged();
  }
  CHECK(lost > 0);
  CHECK(lost + kept == 700);
}

TEST_CASE("what the server won't take is halved down to the one sighting, which is counted") {
  const Folder folder;
  auto stream = open_stream(folder);
  stream.watch(at(0), "");
  stream.look(at(10), logins(1, 4), {});
  next(stream);
  REQUIRE(stream.halve("400"));
  CHECK(next(stream) == "1 boot-1 [0,0]: l1 l2");
  REQUIRE(stream.halve("400"));
  CHECK(next(stream) == "1 boot-1 [0,0]: l1");
  REQUIRE(stream.halve("400"));
  CHECK(next(stream) == "1 boot-1 [0,0] lost 1/0 400:");
  CHECK_FALSE(stream.halve("400"));
  stream.acknowledged();
  CHECK(deliver(stream) == "2 boot-1 [0,10]: l2 l3 l4");
}

TEST_CASE("a halved batch survives a kill between the halves") {
  const Folder folder;
  {
    auto stream = open_stream(folder);
    stream.watch(at(0), "");
    stream.look(at(10), logins(1, 4), {});
    stream.keep(true);
    next(stream);
    REQUIRE(stream.halve("413"));
  }
  auto stream = open_stream(folder);
  CHECK(deliver(stream) == "1 boot-1 [0,0]: l1 l2");
  CHECK(deliver(stream) == "2 boot-1 [0,10]: l3 l4");
}

TEST_CASE("another agent id begins its own numbers with what was pending") {
  const Folder folder;
  {
    auto stream = open_stream(folder);
    stream.watch(at(0), "");
    stream.look(at(10), {}, {});
    deliver(stream);
    stream.look(at(20), logins(1, 1), {});
    stream.keep(true);
    CHECK(next(stream) == "2 boot-1 [10,20]: l1");
  }
  auto stream = open_stream(folder, {.agent_id = "a2"});
  CHECK(next(stream) == "1 boot-1 [10,20]: l1");
  CHECK(read_batch(stream.pending())->agent_id == "a2");
  CHECK(read_batch(stream.pending())->previous.empty());
  stream.acknowledged();
  REQUIRE(stream.take_id("a3"));
  CHECK(next(stream).starts_with("1 "));
}

TEST_CASE("sightings with places: their source goes on where the spool ends") {
  const Folder folder;
  {
    auto stream = open_stream(folder);
    CHECK_FALSE(stream.place());
    stream.watch(at(0), "");
    CHECK(stream.look_durably(at(5), {{"", false, "start"}}));
    CHECK(stream.place() == "start");
    CHECK(stream.look_durably(at(10), {{"{\"id\":\"l1\"}", false, "one"}, {"{\"id\":\"l2\"}", false, "two"}}));
    CHECK(deliver(stream).ends_with("l1 l2"));
  }
  auto stream = open_stream(folder);
  REQUIRE(stream.cut_to_place());
  CHECK(stream.place() == "two");
}

TEST_CASE(
    "a full disk: what fits in memory is sent all the same, what doesn't is counted, and no look is claimed for it") {
  const Folder folder;
  auto stream = open_stream(folder);
  stream.watch(at(0), "");
  stream.look(at(10), logins(1, 1), {});
  stream.keep(true);

  // Files can't grow any more; the slots need not.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{1, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  stream.look(at(20), logins(2, 3), {});
  stream.keep(true);
  const auto trouble = stream.trouble();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, ignored);

  CHECK(trouble.find("File too large") != std::string::npos);
  {
    auto killed_now = open_stream(folder);  // as the next run would find it
    CHECK(deliver(killed_now) == "1 boot-1 [0,10]: l1");
    CHECK_FALSE(killed_now.has_logins());
  }
}

TEST_CASE("ways in go with the next batch, once in a run and again when they change") {
  const Folder folder;
  const auto ways_of = [](Stream& stream) {
    if (stream.pending().empty()) REQUIRE(stream.seal(at(1000)));
    const auto batch = read_batch(stream.pending());
    REQUIRE(batch);
    return batch->ways;
  };
  {
    auto stream = open_stream(folder);
    CHECK(ways_of(stream).empty());
    stream.acknowledged();
    stream.tell_ways("[]");
    CHECK(stream.has_ways());
    CHECK(ways_of(stream) == "[]");  // none is a word too
    CHECK_FALSE(stream.has_ways());
    stream.acknowledged();
    CHECK(ways_of(stream).empty());
    stream.acknowledged();
    stream.tell_ways(R"([{"name":"dropbear","kind":"daemon"}])");
    CHECK(ways_of(stream) == R"([{"name":"dropbear","kind":"daemon"}])");
  }
  auto again = open_stream(folder);
  again.tell_ways("[]");
  CHECK(ways_of(again) == R"([{"name":"dropbear","kind":"daemon"}])");  // the batch that waited, as it was
  again.acknowledged();
  CHECK(ways_of(again) == "[]");
}

TEST_CASE("a batch that is halved keeps its ways") {
  const Folder folder;
  auto stream = open_stream(folder);
  stream.watch(at(10), "");
  stream.look(at(20), logins(1, 4), {});
  stream.tell_ways("[]");
  REQUIRE(stream.seal(at(1000)));
  REQUIRE(stream.halve("too large"));
  CHECK(read_batch(stream.pending())->ways == "[]");
  stream.acknowledged();
  REQUIRE(stream.seal(at(1001)));
  CHECK(read_batch(stream.pending())->ways.empty());
}

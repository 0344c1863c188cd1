// Searches: the SQL must find what core::matches finds, whatever the query and the events.
#include <algorithm>
#include <random>

#include "core/query.hpp"
#include "store/rows.hpp"
#include "unit/store/fixture.hpp"

namespace countersign::store {
namespace {

using core::Query;

Query term(std::string field, std::string value) {
  return {Query::Kind::term, std::move(field), std::move(value), {}};
}

/// Every page of the list, in order.
std::vector<app::ListedEvent> all_pages(Fixture& fixture, app::EventFilter filter) {
  std::vector<app::ListedEvent> found;
  for (;;) {
    const auto page = fixture.view([&](app::View& view) { return view.events(filter); });
    if (!page) FAIL(page.error().message);
    CHECK(page->rows.size() <= filter.limit);
    found.insert(found.end(), page->rows.begin(), page->rows.end());
    filter.cursor = page->next_cursor;
    if (filter.cursor.empty()) return found;
  }
}

std::vector<Id> ids_of(const std::vector<app::ListedEvent>& events) {
  std::vector<Id> ids;
  for (const auto& event : events)
    ids.push_back(event.stored.id);
  return ids;
}

/// Events and queries from a small stock of awkward values, so that they meet often.
class Stock {
 public:
  explicit Stock(unsigned seed) : random_(seed) {}

  core::Event event() {
    core::Event event;
    event.time = noon + seconds(below(4));
    for (const auto* name : names_)
      if (below(3) != 0) core::set_field(event, name, value());
    for (const auto* name : {"process.pid", "source.port", "event.count"})
      if (below(2) == 0) core::set_field(event, name, std::to_string(20 + below(4)));
    return event;
  }

  Query query(int depth = 3) {
    switch (depth == 0 ? 0 : below(5)) {
      case 1:
      case 2:
        return {below(2) == 0 ? Query::Kind::both : Query::Kind::either, "", "", {query(depth - 1), query(depth - 1)}};
      case 3:
        return {Query::Kind::negation, "", "", {query(depth - 1)}};
      default:
        return a_term();
    }
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  std::string value() {
    static const std::vector<std::string> values{"203.0.113.7",
                                                 "203.0.113.70",
                                                 "web1",
                                                 "web2",
                                                 "Web1",
                                                 "w[e]b?",
                                                 "22",
                                                 "022",
                                                 "",
                                                 "a'b\"c",
                                                 "x\0y" + std::string(1, '\0'),
                                                 "\xff\xfe",
                                                 "ümläut",
                                                 "%_"};
    return values[below(static_cast<unsigned>(values.size()))];
  }

  Query a_term() {
    static const std::vector<std::string> patterns{"203.0.113.0/24",
                                                   "203.0.113.8/29",
                                                   "*",
                                                   "w*",
                                                   "*1",
                                                   "*e*b*",
                                                   "w[*",
                                                   "2*",
                                                   "*2*2",
                                                   "",
                                                   "2026-11-20T12:00:0*",
                                                   "**"};
    static const std::vector<std::string> fields{"process.pid", "source.port", "event.count", "@timestamp"};
    const auto field = below(4) == 0 ? fields[below(4)] : std::string(names_[below(std::size(names_))]);
    if (field == "@timestamp" && below(2) == 0) return term(field, to_rfc3339(noon + seconds(below(5))));
    const auto number = std::to_string(20 + below(4));
    if (below(4) == 0) return term(field, number);
    return term(field, below(2) == 0 ? value() : patterns[below(static_cast<unsigned>(patterns.size()))]);
  }

  static constexpr const char* names_[] = {"host.name",           "user.name",   "event.action", "source.ip",
                                           "ssh.key.fingerprint", "variables.a", "variables.b"};
  std::mt19937 random_;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "SQL finds what core::matches finds, in the order of the list") {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    Stock stock(seed);
    must([&](app::Ledger& ledger) -> Result<void> {
      for (int i = 0; i < 10; ++i)
        if (auto added = add_event(ledger, stock.event()); !added) return std::unexpected(added.error());
      return {};
    });
    const auto everything = all_pages(*this, {});
    REQUIRE(everything.size() == seed * 10);
    REQUIRE(std::ranges::is_sorted(everything, std::greater{},
                                   [](const auto& one) { return std::pair(one.stored.event.time, one.stored.id); }));
    std::size_t some = 0;
    for (int i = 0; i < 200; ++i) {
      app::EventFilter filter;
      filter.query = stock.query();
      filter.limit = 1 + static_cast<std::size_t>(i) % 30;
      std::vector<Id> expected;
      for (const auto& event : everything)
        if (core::matches(filter.query, event.stored.event)) expected.push_back(event.stored.id);
      const auto found = ids_of(all_pages(*this, filter));
      INFO("seed ", seed, ", query ", i);
      REQUIRE(found == expected);
      some += !found.empty() && found.size() < everything.size() ? 1 : 0;
    }
    CHECK(some > 50);  // not all of them trivial
  }
}

TEST_CASE_FIXTURE(Fixture, "id, verdict and approval can be asked for, sources and times filter") {
  const auto approval = get([](app::Ledger& ledger) { return add_approval(ledger, "o", noon); });
  const auto asked = get([&](app::Ledger& ledger) { return add_event(ledger, login("oswaldo", noon), approval); });
  const auto free = get([&](app::Ledger& ledger) -> Result<Id> {
    auto id = add_event(ledger, login("alice", noon + seconds(1), 2));
    (void)ledger.add(app::Sighting{*id, "log", "papertrail", "1", "d", noon, noon, "l"});
    return id;
  });
  const auto both = std::vector{free, asked};
  const struct {
    std::string query;
    std::vector<Id> found;
  } table[] = {
      {"event.action=ssh_login", both},
      {"event.action=ssh_login AND user.name=oswaldo AND NOT host.name=web*", {asked}},
      {"user.name!=oswaldo", {free}},
      {"user.name=a* OR user.name=o*", both},
      {"verdict=unenrolled", both},
      {"verdict=matched", {}},
      {"approval.state=pending", {asked}},
      {"approval.state=*", both},
      {"approval.state=p*", {asked}},
      {"approval.state!=pending", {free}},
      {"approval.state=\"\"", {free}},
      {"approval.id=" + to_text(approval), {asked}},
      {"approval.id=\"\"", {free}},
      {"NOT approval.id=*0*", {free}},
      {"id=" + to_text(free), {free}},
      {"id=nonsense", {}},
      {"source.port=51234", {asked}},
      {"source.port=051234", {}},
      {"@timestamp=2026-11-20T12:00:01Z", {free}},
      {"user.name=\"' OR 1=1 --\"", {}},
      {"\"'; DROP TABLE event; --\"=x", {}},
  };
  for (const auto& row : table) {
    INFO(row.query);
    const auto query = core::parse_query(row.query);
    if (!query) continue;  // such a name is the language's to refuse
    app::EventFilter filter;
    filter.query = *query;
    CHECK(ids_of(all_pages(*this, filter)) == row.found);
  }
  const auto with = [&](auto set) {
    app::EventFilter filter;
    set(filter);
    return ids_of(all_pages(*this, filter));
  };
  CHECK(with([](auto& f) { f.source = "papertrail"; }) == std::vector{free});
  CHECK(with([](auto& f) { f.source = "other"; }).empty());
  CHECK(with([](auto& f) { f.from = noon, f.to = noon + seconds(1); }) == std::vector{asked});
  CHECK(with([](auto& f) { f.from = noon + Duration(1); }) == std::vector{free});

  const auto listed = all_pages(*this, {});
  CHECK_FALSE(listed[0].approval_state);
  CHECK(listed[1].approval_state == core::ApprovalState::pending);
  CHECK(listed[1].stored.approval == approval);
}

TEST_CASE_FIXTURE(Fixture, "a page is a thousand rows at most, and a cursor is this list's own") {
  must([](app::Ledger& ledger) -> Result<void> {
    for (int i = 0; i < 1001; ++i)
      if (auto added = add_event(ledger, login("o", noon)); !added) return std::unexpected(added.error());
    return {};
  });
  app::EventFilter filter;
  filter.limit = 1'000'000;
  const auto page = view([&](app::View& view) { return view.events(filter); });
  REQUIRE(page);
  CHECK(page->rows.size() == 1000);
  filter.cursor = page->next_cursor;
  CHECK(view([&](app::View& view) { return view.events(filter); })->rows.size() == 1);
  app::ApprovalFilter other;
  other.cursor = page->next_cursor;
  CHECK(view([&](app::View& view) { return view.approvals(other); }).error().fault == Fault::invalid);
  for (const auto* cursor : {"x", "AAAA", "%%%"}) {
    filter.cursor = cursor;
    CHECK(view([&](app::View& view) { return view.events(filter); }).error().fault == Fault::invalid);
  }
}

TEST_CASE_FIXTURE(Fixture, "what is asked often is read by an index") {
  auto reader = Connection::open(directory.database(), Connection::Role::reader, 1024);
  REQUIRE(reader);
  const struct {
    const char *sql, *index;
  } table[] = {
      {"SELECT * FROM event e WHERE e.time >= 1 ORDER BY e.time DESC, e.id DESC", "event_time"},
      {"SELECT * FROM event e WHERE (e.time, e.id) < (1, 2) ORDER BY e.time DESC, e.id DESC", "event_time"},
      {"SELECT * FROM event e WHERE e.user = 'o' AND e.time < 5 ORDER BY e.time DESC, e.id DESC", "event_user"},
      {"SELECT * FROM approval e WHERE e.state = 0 ORDER BY e.created_at DESC, e.id DESC", "approval_pending"},
      {"SELECT * FROM approval e WHERE e.person <> '' AND e.person = 'o' ORDER BY e.created_at DESC, e.id DESC",
       "approval_person"},
      {"SELECT token_digest FROM button WHERE approval <= 5 ORDER BY approval", "button_approval"},
      {"SELECT * FROM notification WHERE target = 'o' AND owed = 1 ORDER BY id", "notification_lane"},
      {"SELECT min(owed_since) FROM notification WHERE owed IS NOT NULL", "notification_since"},
      {"SELECT max(lease_until) FROM notification WHERE target = 'o' AND lease_until > 1", "notification_leased"},
      {"UPDATE unsettled INDEXED BY unsettled_deadline SET due = 5 WHERE host = 'h' AND since <= 2 AND deadline >= 1 "
       "AND (due IS NULL OR due > 5)",
       "unsettled_deadline (host=? AND deadline>?)"},
      {"DELETE FROM unsettled WHERE event IN (SELECT event FROM unsettled WHERE due IS NULL AND deadline < 5 ORDER BY "
       "deadline LIMIT 9)",
       "unsettled_old (deadline<?)"},
  };
  for (const auto& row : table) {
    Rows rows(*reader, std::string("EXPLAIN QUERY PLAN ") + row.sql, {});
    std::string plan;
    while (rows.next())
      plan += rows.text(3) + "; ";
    INFO(row.sql, ": ", plan);
    CHECK(plan.contains(row.index));
    CHECK_FALSE(plan.contains("TEMP B-TREE"));
  }
}

}  // namespace countersign::store

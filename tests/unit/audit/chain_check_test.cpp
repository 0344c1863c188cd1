#include <doctest/doctest.h>

#include <algorithm>

#include "audit/chain_check.hpp"
#include "base/encoding.hpp"
#include "core/audit_chain.hpp"

namespace countersign::audit {
namespace {

std::vector<app::AuditEntry> chain_of(std::size_t n) {
  std::vector<app::AuditEntry> entries;
  std::string previous;
  for (std::size_t i = 1; i <= n; ++i) {
    app::AuditEntry entry{Id{static_cast<std::int64_t>(i) * 10},
                          from_micros(static_cast<std::int64_t>(i) * 1'000'001),
                          "decision",
                          "oswaldo",
                          "{}",
                          ""};
    entry.hash = previous =
        core::link_hash(previous, "chain", {entry.id, entry.at, entry.kind, entry.actor, entry.detail});
    entries.push_back(entry);
  }
  return entries;
}

/// Which fault is found, "" for none.
std::string found(const std::vector<app::AuditEntry>& entries, const std::string& head,
                  const std::string& chain = "chain") {
  ChainCheck check(chain, head);
  for (const auto& entry : entries)
    if (const auto added = check.add(entry); !added) return added.error().message;
  const auto finished = check.finish();
  return finished ? "" : finished.error().message;
}

TEST_CASE("a chain that nobody touched holds, with and without a head, and may have grown since") {
  const auto entries = chain_of(6);
  CHECK(found(entries, "").empty());
  CHECK(found(entries, entries.back().hash).empty());
  CHECK(found(entries, entries[3].hash).empty());
  CHECK(found({}, "").empty());
}

TEST_CASE("what was done to a chain shows, at the first link it broke") {
  const auto whole = chain_of(6);
  const auto head = whole.back().hash;
  const struct {
    const char* name;
    void (*tamper)(std::vector<app::AuditEntry>&);
    const char* says;
  } cases[] = {
      {"another detail", [](auto& rows) { rows[2].detail = R"({"x":1})"; }, "entry 3 "},
      {"another actor", [](auto& rows) { rows[2].actor = "alice"; }, "entry 3 "},
      {"another kind", [](auto& rows) { rows[2].kind = "finding"; }, "entry 3 "},
      {"another time", [](auto& rows) { rows[2].at += Duration(1); }, "entry 3 "},
      {"another id", [](auto& rows) { rows[2].id.value += 1; }, "entry 3 "},
      {"another hash", [](auto& rows) { rows[2].hash[0] ^= 1; }, "entry 3 "},
      {"a row gone", [](auto& rows) { rows.erase(rows.begin() + 2); }, "entry 3 "},
      {"the first row gone", [](auto& rows) { rows.erase(rows.begin()); }, "entry 1 "},
      {"a pair reordered", [](auto& rows) { std::swap(rows[2], rows[3]); }, "entry 3 "},
      {"a pair reordered, ids in order",
       [](auto& rows) {
         std::swap(rows[2], rows[3]);
         std::swap(rows[2].id, rows[3].id);
       },
       "entry 3 "},
      {"a row twice", [](auto& rows) { rows.insert(rows.begin() + 3, rows[2]); }, "entry 4 "},
      {"the tail cut", [](auto& rows) { rows.pop_back(); }, "the tail was cut"},
      {"all gone", [](auto& rows) { rows.clear(); }, "the tail was cut"},
      {"all rewritten from the third on, hashes too",
       [](auto& rows) {
         auto previous = rows[1].hash;
         for (std::size_t i = 2; i < rows.size(); ++i) {
           rows[i].actor = "mallory";
           rows[i].hash = previous = core::link_hash(
               previous, "chain", {rows[i].id, rows[i].at, rows[i].kind, rows[i].actor, rows[i].detail});
         }
       },
       "the tail was cut"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    auto rows = whole;
    one.tamper(rows);
    const auto message = found(rows, head);
    CHECK_MESSAGE(message.find(one.says) != std::string::npos, message);
  }
}

TEST_CASE("another chain's entries are not this one's") {
  CHECK(found(chain_of(3), "", "other").find("entry 1 ") == 0);
}

TEST_CASE("the message names place, id, kind and time") {
  auto rows = chain_of(3);
  rows[1].actor = "x";
  CHECK(found(rows, "").find("entry 2 (" + to_text(rows[1].id) + ", decision of 1970-01-01T00:00:02.000002Z)") == 0);
}

}  // namespace
}  // namespace countersign::audit

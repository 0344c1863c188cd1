#include "app/arrivals.hpp"

#include <charconv>

namespace countersign::app {
namespace {

constexpr std::string_view awake_mark = "silence.awake";
constexpr Duration told_apart_by = std::chrono::seconds(1);  // what comes closer together is one

Result<void> note(Ledger& ledger, const std::string& source, const std::string& host, Timestamp now) {
  auto known = ledger.heard_of(source, host);
  if (!known) return std::unexpected(known.error());
  if (!*known) return ledger.put(HeardOf{source, host, now, now, {}, {}});
  auto& heard = **known;
  if (now < heard.heard + told_apart_by) return {};
  const auto listened = now - heard.heard > Awake::absence ? awake(ledger, now) : Awake{heard.heard, heard.heard};
  if (!listened) return std::unexpected(listened.error());
  if (listened->since <= heard.heard) heard.rhythm.add(heard.heard, now - heard.heard);
  heard.heard = now;
  return ledger.put(heard);
}

}  // namespace

Result<Awake> awake(Ledger& ledger, Timestamp now) {
  const auto mark = ledger.mark(awake_mark);
  if (!mark) return std::unexpected(mark.error());
  if (!*mark) return Awake{now, now};
  std::int64_t since = 0, last = 0;
  const auto* end = (*mark)->data() + (*mark)->size();
  const auto [blank, error] = std::from_chars((*mark)->data(), end, since);
  if (error != std::errc{} || blank == end || std::from_chars(blank + 1, end, last).ec != std::errc{})
    return Awake{now, now};
  if (now > from_micros(last) + Awake::absence) return Awake{now, now};
  return Awake{from_micros(since), from_micros(last)};
}

Result<void> stay_awake(Ledger& ledger, Timestamp now) {
  const auto before = awake(ledger, now);
  if (!before) return std::unexpected(before.error());
  return ledger.set_mark(awake_mark, fmt::format("{} {}", to_micros(before->since), to_micros(now)));
}

Result<void> note_arrivals(Ledger& ledger, const Policy& policy, const std::string& source,
                           const std::set<std::string>& hosts, Timestamp now) {
  if (auto noted = note(ledger, source, "", now); !noted) return noted;
  for (const auto& name : hosts) {
    const auto* host = policy.directory.host(name);
    if (auto noted = note(ledger, source, host ? host->name : name, now); !noted) return noted;
  }
  return {};
}

}  // namespace countersign::app

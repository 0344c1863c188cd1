#include "app/arrivals.hpp"

#include <charconv>

namespace countersign::app {
namespace {

constexpr std::string_view awake_mark = "silence.awake";
constexpr Duration told_apart_by = std::chrono::seconds(1);  // what comes closer together is one

/// A host never heard of. Hosts are named by whoever writes, so there is an end to those that are watched: false past
/// it.
Result<bool> begin(Ledger& ledger, const std::string& source, const std::string& host, Timestamp now) {
  if (auto kept = ledger.put(HeardOf{source, host, now, now, {}, {}}); !kept) return std::unexpected(kept.error());
  const auto known = ledger.heard_of(source, host);
  if (!known) return std::unexpected(known.error());
  return known->has_value();
}

/// `full`: no new host of this source is kept any more; `left_out` counts them.
Result<void> note(Ledger& ledger, const std::string& source, const std::string& host, Timestamp now, bool& full,
                  std::int64_t& left_out) {
  auto known = ledger.heard_of(source, host);
  if (!known) return std::unexpected(known.error());
  if (!*known && !full) {
    const auto begun = begin(ledger, source, host, now);
    if (!begun) return std::unexpected(begun.error());
    full = !*begun;
    if (!full) return {};
  }
  if (!*known) {
    ++left_out;
    return {};
  }
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
  bool full = false;
  std::int64_t left_out = 0;
  if (auto noted = note(ledger, source, "", now, full, left_out); !noted) return noted;
  for (const auto& name : hosts)
    if (auto noted = note(ledger, source, policy.directory.host_name(name), now, full, left_out); !noted) return noted;
  return left_out == 0 ? Result<void>() : ledger.count("hosts.not_watched." + source, left_out, now);
}

}  // namespace countersign::app

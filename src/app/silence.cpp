#include "app/silence.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <span>

#include "app/arrivals.hpp"
#include "app/finding.hpp"
#include "base/text.hpp"

namespace countersign::app {
namespace {

constexpr Duration look_every = std::chrono::seconds(10);
constexpr Duration while_silent = std::chrono::seconds(5);  // so that who is back is said to be
constexpr Duration no_sooner = std::chrono::seconds(1);
constexpr Duration forget_after = std::chrono::days(30);  // a host or source that is no more
constexpr std::size_t silent_named = 10;

struct Watched {
  HeardOf heard;
  std::optional<Duration> allowed;  // none: nothing is concluded from its silence
  bool silent = false;
};

/// A host's own time, else what was learnt, else what every host is owed whose log is.
std::optional<Duration> allowed(const HeardOf& heard, const Policy& policy, Timestamp since, Timestamp now) {
  const auto& terms = policy.silence;
  if (!terms.watch) return std::nullopt;
  const auto* host = heard.host.empty() ? nullptr : policy.directory.host(heard.host);
  if (host && host->silent_after) return host->silent_after;
  if (const auto learnt = heard.rhythm.allowed(since, now, heard.first, terms)) return learnt;
  return host && host->log ? std::optional(std::max(terms.owed, terms.least)) : std::nullopt;
}

/// To the minute: "42m", "3h".
std::string span_text(Duration span) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(span);
  return countersign::to_text(minutes.count() > 0 ? Duration(minutes)
                                                  : Duration(std::chrono::floor<std::chrono::seconds>(span)));
}

std::string second_of(Timestamp at) {
  return to_rfc3339(std::chrono::floor<std::chrono::seconds>(at));
}

std::string name_of(const HeardOf& heard) {
  return heard.host.empty() ? "any host" : one_line(heard.host, 80);
}

std::vector<const Watched*> silent_of(std::span<const Watched> source) {
  std::vector<const Watched*> silent;
  for (const auto& each : source)
    if (each.silent) silent.push_back(&each);
  return silent;
}

/// "no log from bastion by papertrail for 42m, since …; 10m is the most it was silent at this hour, times 3".
std::string words_of_silence(std::span<const Watched> source, Timestamp now) {
  const auto silent = silent_of(source);
  const auto& name = source.front().heard.source;
  if (silent.empty()) return fmt::format("log by {} is back since {}", one_line(name, 80), second_of(now));
  const auto about = [&](const Watched& each) {
    return fmt::format(
        "{} for {}, since {}{}", name_of(each.heard), span_text(now - each.heard.heard), second_of(each.heard.heard),
        each.allowed ? fmt::format(" ({} is the most that is ordinary at this hour)", span_text(*each.allowed)) : "");
  };
  if (silent.front()->heard.host.empty())
    return fmt::format("{} fell silent: no log from {}; what is logged meanwhile is not seen", one_line(name, 80),
                       about(*silent.front()));
  std::vector<std::string> names;
  for (const auto* each : silent)
    if (names.size() < silent_named) names.push_back(about(*each));
  const auto more = silent.size() > silent_named ? fmt::format(" and {} more", silent.size() - silent_named) : "";
  return fmt::format("no log by {} from {}{}; what is logged there meanwhile is not seen", one_line(name, 80),
                     fmt::join(names, "; "), more);
}

/// One source's: the finding raised, grown in words, or amended because they are back.
Result<void> say(Ledger& ledger, const Policy& policy, std::span<Watched> source, Timestamp now) {
  Id standing;
  bool news = false;
  for (const auto& each : source) {
    if (each.heard.silence) standing = each.heard.silence;
    news = news || (each.silent != static_cast<bool>(each.heard.silence));
  }
  if (!news) return {};
  const auto silent = silent_of(source);
  const bool unsaid = std::ranges::any_of(silent, [](const Watched* each) { return !each->heard.silence; });
  // Where the whole source is silent its hosts are too, sooner or later: that is no more news.
  const bool whole = !silent.empty() && silent.front()->heard.host.empty() && silent.front()->heard.silence;
  if (unsaid && !whole) {
    Finding finding;
    finding.kind = "log_silent";
    finding.key = source.front().heard.source;
    finding.event.time = now;
    if (silent.size() == 1) finding.event.host = silent.front()->heard.host;
    finding.reason = words_of_silence(source, now);
    const auto raised = raise_finding(ledger, policy, std::move(finding), now);
    if (!raised) return std::unexpected(raised.error());
    standing = raised->approval;
  }
  for (auto& each : source) {
    const auto now_is = each.silent ? standing : Id{};
    if (each.heard.silence == now_is) continue;
    each.heard.silence = now_is;
    each.heard.said = now;
    if (auto kept = ledger.put(each.heard); !kept) return kept;
  }
  return standing ? amend_finding(ledger, standing, words_of_silence(source, now), now) : Result<void>();
}

void add_reasons(std::vector<std::string>& reasons, std::span<const Watched> source) {
  const auto silent = silent_of(source);
  const auto name = one_line(source.front().heard.source, 80);
  if (silent.empty()) return;
  if (silent.front()->heard.host.empty())
    return reasons.push_back(fmt::format("nothing came by {} since {}", name, second_of(silent.front()->heard.heard)));
  for (std::size_t i = 0; i < std::min(silent.size(), silent_named); ++i)
    reasons.push_back(
        fmt::format("no log of {} by {} since {}", name_of(silent[i]->heard), name, second_of(silent[i]->heard.heard)));
  if (silent.size() > silent_named)
    reasons.push_back(fmt::format("and {} more hosts of {} are silent", silent.size() - silent_named, name));
}

}  // namespace

Result<Timestamp> Silence::look(Ledger& ledger, const Policy& policy, Timestamp now) {
  const auto listened = awake(ledger, now);
  if (!listened) return std::unexpected(listened.error());
  if (auto stayed = stay_awake(ledger, now); !stayed) return std::unexpected(stayed.error());
  auto all = ledger.all_heard();
  if (!all) return std::unexpected(all.error());
  std::map<std::string, std::vector<Watched>> by_source;
  auto next = now + look_every;
  for (auto& heard : *all) {
    Watched watched{std::move(heard), std::nullopt, false};
    if (now > watched.heard.heard + forget_after) {
      if (auto forgotten = ledger.forget(watched.heard); !forgotten) return std::unexpected(forgotten.error());
      continue;
    }
    // One that was said stays silent through our own absences and through quiet hours, until it speaks.
    const bool said = watched.heard.silence && watched.heard.heard <= watched.heard.said;
    const auto since = std::max(watched.heard.heard, listened->since);
    watched.allowed = allowed(watched.heard, policy, since, now);
    if (said || watched.allowed) {
      const auto due = since + watched.allowed.value_or(Duration::zero());
      watched.silent = said || due <= now;
      next = std::min(next, watched.silent ? now + while_silent : due);
    }
    by_source[watched.heard.source].push_back(std::move(watched));
  }
  std::vector<std::string> reasons;
  for (auto& [source, rows] : by_source) {
    if (auto said = say(ledger, policy, rows, now); !said) return std::unexpected(said.error());
    add_reasons(reasons, rows);
    if (rows.size() > std::size_t{ArrivalRecords::most_of_source})  // one is the source's own
      reasons.push_back(
          fmt::format("{} names {} hosts or more, of which no more are watched: that another falls silent is not "
                      "noticed; bound its hosts = [\"…\"]",
                      one_line(source, 80), ArrivalRecords::most_of_source));
  }
  for (const auto& host : policy.directory.entries().hosts)
    if (host.log && policy.silence.watch && now > listened->since + policy.silence.least &&
        std::ranges::none_of(by_source, [&](const auto& source) {
          return std::ranges::any_of(source.second, [&](const Watched& each) { return each.heard.host == host.name; });
        }))
      reasons.push_back(fmt::format("no log of {} ever came", one_line(host.name, 80)));
  const std::lock_guard lock(mutex_);
  reasons_ = std::move(reasons);
  return std::max(next, now + no_sooner);
}

std::vector<std::string> Silence::reasons() const {
  const std::lock_guard lock(mutex_);
  return reasons_;
}

}  // namespace countersign::app

#include "core/reconcile/verdict.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>
#include <set>

#include "base/text.hpp"
#include "core/gap_words.hpp"
#include "core/reconcile/comparison.hpp"
#include "core/reconcile/matching.hpp"

namespace countersign::core {
namespace {

constexpr Duration before_its_time = std::chrono::seconds(2);
// A source that is ever slower must not put every verdict off for ever.
constexpr int most_lengthening = 12;
constexpr std::size_t most_differences = 20;  // told in words

std::string moment(Timestamp at) {
  return to_rfc3339(std::chrono::floor<std::chrono::seconds>(at));
}

std::string rough(Duration span) {
  using namespace std::chrono;
  if (span < minutes(1)) return fmt::format("{} s", std::max<std::int64_t>(1, duration_cast<seconds>(span).count()));
  if (span < hours(2)) return fmt::format("{} min", duration_cast<minutes>(span).count());
  return fmt::format("{} h", duration_cast<hours>(span).count());
}

/// "papertrail (log) and loki (log)"
std::string names(const std::vector<const Testimony*>& accounts) {
  std::set<std::string> each;
  for (const auto* account : accounts)
    each.insert(fmt::format("{} ({})", one_line(account->source, 120), account->witness));
  return fmt::format("{}", fmt::join(each, " and "));
}

struct Sides {
  std::vector<const Testimony*> kernel, log, others;  // others: PAM hooks and programs that posted it
};

Sides sides(const std::vector<Testimony>& accounts) {
  Sides found;
  for (const auto& account : accounts)
    (is_kernel(account) ? found.kernel : account.witness == "log" ? found.log : found.others).push_back(&account);
  return found;
}

Sides as_claims(Sides both) {
  both.others.insert(both.others.end(), both.kernel.begin(), both.kernel.end());
  both.kernel.clear();
  return both;
}

std::vector<const Testimony*> claims(const Sides& both) {
  auto all = both.log;
  all.insert(all.end(), both.others.begin(), both.others.end());
  return all;
}

Timestamp first_arrival(const std::vector<const Testimony*>& accounts) {
  return (*std::ranges::min_element(accounts, {}, &Testimony::received_at))->received_at;
}

Judgement final_verdict(std::string_view verdict, std::string reasons) {
  Judgement judgement{verdict, false, std::move(reasons), {}, {}, std::nullopt};
  if (is_finding(verdict)) judgement.disputes.emplace(verdict);
  return judgement;
}

Judgement wait_until(Timestamp at, std::string reasons) {
  return {verdict::waiting, false, std::move(reasons), {}, {}, at};
}

/// Who can write many lines must not write a book.
Judgement mismatch_of(const Contradictions& found) {
  const auto& differ = found.words;
  auto first = differ | std::views::take(most_differences);
  auto words = fmt::format("{}", fmt::join(first.begin(), first.end(), "; "));
  if (differ.size() > most_differences) words += fmt::format("; and {} more", differ.size() - most_differences);
  auto judgement = final_verdict(verdict::mismatch, std::move(words));
  judgement.disputes = found.said;
  judgement.differing = found.accounts;
  return judgement;
}

/// Both spoke: they agree or they don't.
Judgement compare(const Evidence& evidence, const Sides& both, const Watch& between) {
  const auto claimed = claims(both);
  if (const auto found = contradictions(evidence.accounts, false); !found.words.empty()) return mismatch_of(found);
  Judgement judgement = final_verdict(verdict::matched, names(claimed) + " and " + names(both.kernel) + " agree");
  for (const auto* kernel : both.kernel)
    for (const auto* claim : claimed)
      judgement.independent |= credential(*kernel) != credential(*claim);
  if (!judgement.independent)
    judgement.reasons +=
        fmt::format("; both came through {}, so they are one witness", one_line(credential(*both.kernel.front()), 120));
  const auto log = first_arrival(claimed);
  const auto kernel = first_arrival(both.kernel);
  if (const auto late = std::max(log, kernel) - between.deadline; late > Duration::zero())
    judgement.reasons +=
        fmt::format("; {} late by {}", log > kernel ? "the log line came" : "the kernel's account came", rough(late));
  return judgement;
}

/// The streams that carried this host's log before the login happened.
std::vector<const Stream*> owed_streams(const Evidence& evidence, Timestamp time) {
  std::vector<const Stream*> found;
  for (const auto& stream : evidence.streams.all)
    if (stream.witness == "log" && stream.first < time) found.push_back(&stream);
  return found;
}

/// Said, and not believed: whoever may write lines may choose the name they bear.
std::string told_elsewhere_words(const Evidence& evidence, std::string_view host) {
  if (evidence.told_as.empty()) return "";
  return fmt::format(
      "; {} tells of the same login as of {}: an undeclared alias explains this, if that is another "
      "name of {}",
      one_line(evidence.told_by, 120), one_line(evidence.told_as, 120), one_line(host, 120));
}

/// The kernel saw it and no log line came.
Judgement without_log(const Evidence& evidence, const Sides& both, const Watch& between, Timestamp now) {
  const auto& seen = *both.kernel.front();
  const auto streams = owed_streams(evidence, seen.event.time);
  const bool owed = evidence.log_owed || !streams.empty();
  if (!owed && !both.others.empty()) return compare(evidence, both, between);
  if (now < between.deadline)
    return wait_until(between.deadline, fmt::format("{} saw it; a log line may come until {}", names(both.kernel),
                                                    moment(between.deadline)));
  if (!owed)
    return final_verdict(verdict::indeterminate,
                         fmt::format("{} saw it; no log line ever came from {} and none is owed for it "
                                     "(log = true on its [[host]] says that one is){}",
                                     names(both.kernel), one_line(seen.event.host, 120),
                                     told_elsewhere_words(evidence, seen.event.host)));
  auto reasons = fmt::format("{} saw it; no log line came by {}", names(both.kernel), moment(between.deadline));
  if (!both.others.empty()) reasons += fmt::format(", though {} tells of it too", names(both.others));
  const Stream* newest = nullptr;
  for (const auto* stream : streams)
    if (stream->heard && (!newest || *stream->heard > *newest->heard)) newest = stream;
  if (newest)
    reasons +=
        fmt::format("; {} last spoke for this host at {}", one_line(newest->source, 120), moment(*newest->heard));
  reasons += told_elsewhere_words(evidence, seen.event.host);
  return final_verdict(verdict::missing_log, std::move(reasons));
}

/// A line says so and the kernel's witness does not.
Judgement without_kernel(const Evidence& evidence, const Sides& both, const Watch& between,
                         const ReconcileSettings& settings, Timestamp now) {
  const auto told = names(claims(both)) + (both.log.empty() ? " tells of it" : " has the line");
  if (now < between.deadline)
    return wait_until(between.deadline,
                      fmt::format("{}; the kernel's account may come until {}", told, moment(between.deadline)));
  std::vector<std::string> blind;
  for (const auto& gap : evidence.coverage.gaps)
    if (gap.from < between.deadline && gap.until > between.since)
      blind.push_back(fmt::format("{} ({} to {})", words_of(gap), moment(std::max(gap.from, between.since)),
                                  moment(std::min(gap.until, between.deadline))));
  const bool closed = evidence.coverage.covered_until >= between.deadline;
  const auto closing = between.deadline + settings.heartbeat;
  if (!closed && now < closing)
    return wait_until(
        closing, fmt::format("{}; the agent's word on the time until {} is awaited", told, moment(between.deadline)));
  if (!closed && blind.empty())
    blind.push_back(evidence.coverage.covered_until <= between.since
                        ? fmt::format("agent silent ({} to {})", moment(between.since), moment(between.deadline))
                        : fmt::format("agent silent ({} to {})", moment(evidence.coverage.covered_until),
                                      moment(between.deadline)));
  if (!blind.empty())
    return final_verdict(verdict::indeterminate,
                         fmt::format("{}; the kernel's witness was blind: {}", told, fmt::join(blind, ", ")));
  if (evidence.connection_started)
    return final_verdict(
        verdict::indeterminate,
        fmt::format("{}; the kernel saw the connection and no login on it: a client may leave between the two", told));
  return final_verdict(verdict::missing_kernel,
                       fmt::format("{}; the kernel saw neither login nor connection, and its agent missed nothing from "
                                   "{} to {}",
                                   told, moment(between.since), moment(between.deadline)));
}

/// By which of the witnesses spoke, and what the others could have said.
Judgement verdict_of(const Evidence& evidence, const ReconcileSettings& settings, Timestamp now) {
  const auto both = sides(evidence.accounts);
  const auto between = watch_of(evidence.accounts, evidence.streams, settings);
  const bool by_agent = std::ranges::any_of(evidence.accounts, is_agents_kernel);
  // Another system speaks for the kernel where an agent watches: its word is a claim that the agent must bear out, and
  // stands where the agent was blind.
  if (!both.kernel.empty() && !by_agent && evidence.coverage.enrolled)
    if (auto claimed = without_kernel(evidence, as_claims(both), between, settings, now);
        claimed.look_again || claimed.verdict == verdict::missing_kernel)
      return claimed;
  if (!both.kernel.empty() && !both.log.empty()) return compare(evidence, both, between);
  if (!both.kernel.empty()) return without_log(evidence, both, between, now);
  if (evidence.beyond_kernel) return final_verdict(verdict::not_applicable, "");
  if (!evidence.coverage.enrolled)
    return final_verdict(verdict::unenrolled, "no agent is on this host: one witness only");
  return without_kernel(evidence, both, between, settings, now);
}

/// A final verdict that did not compare the accounts: what they say against each other is told beside it. While the
/// verdict is open the kernel may still say which is right.
Judgement tell_contradictions(Judgement judgement, const Evidence& evidence) {
  if (judgement.look_again || judgement.verdict == verdict::matched || judgement.verdict == verdict::mismatch)
    return judgement;
  const auto found = contradictions(evidence.accounts, true);
  if (found.words.empty()) return judgement;
  judgement.reasons = fmt::format("its accounts differ: {}{}{}", side_by_side(evidence.accounts, found.accounts),
                                  judgement.reasons.empty() ? "" : "; ", judgement.reasons);
  judgement.disputes.insert(found.said.begin(), found.said.end());
  judgement.differing = found.accounts;
  return judgement;
}

}  // namespace

Watch watch_of(const std::vector<Testimony>& accounts, const Streams& streams, const ReconcileSettings& settings) {
  const auto& first = *std::ranges::min_element(accounts, {}, &Testimony::received_at);
  // The slower one is the side that has not spoken first: grace begins when it usually has.
  Duration usual{};
  for (const auto& stream : streams.all)
    if ((stream.witness == "kernel") != is_kernel(first))
      usual = std::max(
          usual, std::min(stream.lag.percentile(95).value_or(Duration::zero()), settings.grace * most_lengthening));
  auto since = Timestamp::max();
  for (const auto& account : accounts)
    since = std::min(since, moment_of(account, streams, settings.match_window).earliest - before_its_time);
  return {since, first.received_at + usual + settings.grace};
}

Judgement judge(const Evidence& evidence, const ReconcileSettings& settings, Timestamp now) {
  return tell_contradictions(verdict_of(evidence, settings, now), evidence);
}

bool is_finding(std::string_view verdict) {
  return verdict == verdict::missing_log || verdict == verdict::missing_kernel || verdict == verdict::mismatch;
}

}  // namespace countersign::core

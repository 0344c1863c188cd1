#include "app/daily_digest.hpp"

#include <algorithm>
#include <charconv>

#include "app/compose_report.hpp"
#include "app/daily_root.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace countersign::app {
namespace {

using std::chrono::days;

constexpr std::string_view day_mark = "digest.day";
constexpr std::size_t hosts_named = 3;
constexpr std::size_t refusals_named = 3;
constexpr std::size_t name_limit = 40;
constexpr std::size_t findings_counted = 1000;
constexpr auto while_off = std::chrono::hours(1);  // where it is off: a reload may have switched it on

std::string plural(std::int64_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

/// "23 h", "5 min": what a reader needs of a span.
std::string roughly(Duration span) {
  using namespace std::chrono;
  if (span >= days(2)) return fmt::format("{} days", duration_cast<days>(span).count());
  if (span >= hours(1)) return fmt::format("{} h", duration_cast<hours>(span).count());
  return fmt::format("{} min", std::max<std::int64_t>(1, duration_cast<minutes>(span).count()));
}

std::string logins_line(const DayFigures& figures) {
  const auto& sum = figures.report.summary;
  auto line = fmt::format("{} ({}): {}.", figures.date, figures.zone, plural(sum.logins, "login", "logins"));
  std::string counts;
  for (const auto& [name, count] : verdict_counts)
    if (name != "logins" && sum.*count > 0) {
      std::string words(name);
      std::ranges::replace(words, '_', ' ');
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", sum.*count, words);
    }
  return counts.empty() ? line : line + fmt::format(" Verdicts: {}.", counts);
}

std::string findings_line(const DayFigures& figures) {
  return fmt::format("Findings: {}{} open, {} raised that day.", figures.findings_open,
                     figures.more_findings ? "+" : "", figures.report.finding_counts().raised);
}

std::string questions_line(const DayFigures& figures) {
  const auto& that_day = figures.report.approvals;
  auto line = fmt::format(
      "Questions: {} asked that day, {} denied; {} now", that_day.total, that_day.denied,
      figures.questions_open == 0 ? std::string("none waits") : plural(figures.questions_open, "waits", "wait"));
  if (figures.oldest_question)
    line += fmt::format(", the oldest for {}", roughly(figures.now - *figures.oldest_question));
  return line + ".";
}

std::string coverage_line(const Report& report) {
  std::string blind;
  std::size_t hosts = 0;
  std::size_t alone = 0;
  for (const auto& host : report.hosts) {
    if (!host.coverage.enrolled) {
      ++alone;
      continue;
    }
    if (host.coverage.gaps.empty()) continue;
    if (++hosts > hosts_named) continue;
    Duration longest{};
    for (const auto& gap : host.coverage.gaps)
      longest = std::max(longest, gap.until - gap.from);
    blind += fmt::format("{}{} ({} for {} at most)", blind.empty() ? "" : ", ", one_line(host.name, name_limit),
                         plural(static_cast<std::int64_t>(host.coverage.gaps.size()), "gap", "gaps"), roughly(longest));
  }
  if (hosts > hosts_named) blind += fmt::format(" and {} more", hosts - hosts_named);
  auto line = blind.empty() ? std::string("Coverage: no agent was blind") : "Coverage: blind were " + blind;
  if (alone > 0)
    line += fmt::format("; {} without an agent", plural(static_cast<std::int64_t>(alone), "host", "hosts"));
  return line + ".";
}

/// Logins that nobody can tell about are no findings, so it is here that the channel reads of them: of which hosts, and
/// when these were blind.
std::string indeterminate_line(const Report& report) {
  std::string told;
  std::size_t hosts = 0;
  for (const auto& host : report.hosts) {
    if (host.verdicts.indeterminate == 0 || ++hosts > hosts_named) continue;
    told += fmt::format("{}{} of {}", told.empty() ? "" : ", ", host.verdicts.indeterminate,
                        one_line(host.name, name_limit));
    const auto longest =
        std::ranges::max_element(host.coverage.gaps, {}, [](const core::Gap& gap) { return gap.until - gap.from; });
    if (longest != host.coverage.gaps.end())
      told += fmt::format(" (blind from {} to {})", to_rfc3339(std::chrono::floor<std::chrono::seconds>(longest->from)),
                          to_rfc3339(std::chrono::floor<std::chrono::seconds>(longest->until)));
  }
  if (hosts == 0) return "";
  if (hosts > hosts_named) told += fmt::format(", and of {} more", hosts - hosts_named);
  return fmt::format("Indeterminate: {}, a witness was blind or silent then: {}.\n",
                     plural(report.summary.indeterminate, "login", "logins"), told);
}

std::string quarantine_line(const Report& report) {
  std::int64_t messages = 0;
  for (const auto& row : report.quarantine)
    messages += row.messages;
  return messages == 0 ? "Quarantine: every message was understood."
                       : fmt::format("Quarantine: {} no rule understood.", plural(messages, "message", "messages"));
}

/// What a provider sent and we did not take may be a login: never in silence. What may be anybody's raises no alarm.
std::string refused_line(const Report& report) {
  std::string told;
  std::size_t kinds = 0;
  std::int64_t others = 0;
  for (const auto& refused : report.refused) {
    if (refused.noise()) continue;
    if (++kinds > refusals_named) {
      others += refused.n;
      continue;
    }
    const auto first = told.empty();
    told += fmt::format("{}{} of {} ({})", first ? "" : ", ",
                        first ? plural(refused.n, "delivery", "deliveries") : fmt::to_string(refused.n),
                        one_line(refused.webhook, name_limit), one_line(why_of(refused), name_limit));
  }
  if (others > 0) told += fmt::format(", and {} more", others);
  return told.empty() ? "" : fmt::format("Refused: {}.\n", told);
}

std::string head_line(const Report& report) {
  return fmt::format("Audit: {}, head {}", plural(report.audit_entries, "entry", "entries"),
                     report.audit_head ? to_hex(report.audit_head->hash) : "none");
}

Result<DayFigures> read_day(View& view, const Policy& policy, const DayTurn& turn, Timestamp now) {
  DayFigures figures;
  auto report = compose_report(view, policy.directory, turn.from, turn.to, now);
  if (!report) return std::unexpected(report.error());
  figures.report = *std::move(report);
  figures.date = to_date(std::chrono::sys_days(turn.told.time_since_epoch()));
  figures.zone = policy.schedule.daily->zone_name;
  figures.now = now;
  ApprovalFilter filter;
  filter.state = core::ApprovalState::pending;
  filter.kind = "finding";
  filter.limit = findings_counted;
  const auto open = view.approvals(filter);
  if (!open) return std::unexpected(open.error());
  figures.findings_open = static_cast<std::int64_t>(open->rows.size());
  figures.more_findings = !open->next_cursor.empty();
  const auto questions = view.open_questions();
  if (!questions) return std::unexpected(questions.error());
  figures.questions_open = questions->n;
  figures.oldest_question = questions->oldest;
  return figures;
}

Result<void> owe_digest(Ledger& ledger, const core::Schedule& schedule, const std::string& words, Timestamp now) {
  Notification notification;
  notification.id = ledger.new_id();
  notification.purpose = "daily";
  notification.to = core::security_channel;
  notification.detail = words;
  notification.due_at = notification.created_at = now;
  if (schedule.shadow) {
    notification.state = NotificationState::cancelled;
    notification.error = "shadow mode: recorded, not sent";
  }
  return ledger.add(notification);
}

std::optional<Timestamp> read_day_told(const std::optional<std::string>& mark) {
  std::int64_t micros = 0;
  if (!mark || std::from_chars(mark->data(), mark->data() + mark->size(), micros).ec != std::errc{})
    return std::nullopt;
  return from_micros(micros);
}

}  // namespace

DayTurn turn_of(const core::Daily& daily, Timestamp now) {
  const auto local = daily.zone.to_local(std::chrono::floor<std::chrono::seconds>(now));
  auto today = std::chrono::floor<days>(local);
  if (today + daily.at > local) today -= days(1);
  const auto utc = [&](std::chrono::local_seconds at) { return Timestamp(daily.zone.to_utc(at)); };
  return {utc(today + daily.at), utc(today + days(1) + daily.at), today - days(1), utc(today - days(1)), utc(today)};
}

Result<Rounds::Round> digest_day(View& view, const Policy& policy, Timestamp now) {
  if (!policy.schedule.daily)
    return [now](Ledger&, const Policy&, Timestamp) -> Result<Timestamp> { return now + while_off; };
  const auto turn = turn_of(*policy.schedule.daily, now);
  const auto mark = view.mark(day_mark);
  if (!mark) return std::unexpected(mark.error());
  const auto told = read_day_told(*mark);
  // Within the hour, as a reload may name another time.
  const auto again = std::min(turn.next, now + while_off);
  if (told && *told >= turn.due)
    return [again](Ledger&, const Policy&, Timestamp) -> Result<Timestamp> { return again; };
  std::string words;
  if (told) {
    const auto figures = read_day(view, policy, turn, now);
    if (!figures) return std::unexpected(figures.error());
    words = words_of(*figures);
  }
  return [turn, words, again](Ledger& ledger, const Policy& current, Timestamp at) -> Result<Timestamp> {
    if (!words.empty())
      if (auto owed = owe_digest(ledger, current.schedule, words, at); !owed) return std::unexpected(owed.error());
    if (auto set = ledger.set_mark(day_mark, std::to_string(to_micros(turn.due))); !set)
      return std::unexpected(set.error());
    return again;
  };
}

std::string words_of(const DayFigures& figures) {
  return fmt::format("{}\n{}{}\n{}\n{}\n{}\n{}{}", logins_line(figures), indeterminate_line(figures.report),
                     findings_line(figures), questions_line(figures), coverage_line(figures.report),
                     quarantine_line(figures.report), refused_line(figures.report), head_line(figures.report));
}

}  // namespace countersign::app

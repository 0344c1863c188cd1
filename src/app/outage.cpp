#include "app/outage.hpp"

#include <algorithm>
#include <sstream>

#include "core/pager.hpp"

namespace countersign::app {
namespace {

constexpr std::string_view mark_name = "outage";  // empty: none is told of
constexpr Duration soonest = std::chrono::milliseconds(250);
constexpr Duration latest = std::chrono::seconds(30);

/// Three numbers: since and told in microseconds, and the message's id.
std::string to_mark(const ToldOutage& told) {
  return fmt::format("{} {} {}", to_micros(told.since), to_micros(told.told), told.first.value);
}

Result<std::optional<ToldOutage>> read_told(Ledger& ledger) {
  const auto mark = ledger.mark(mark_name);
  if (!mark) return std::unexpected(mark.error());
  std::int64_t since = 0;
  std::int64_t told = 0;
  ToldOutage outage;
  std::istringstream words(mark->value_or(""));
  if (!(words >> since >> told >> outage.first.value)) return std::nullopt;
  outage.since = from_micros(since);
  outage.told = from_micros(told);
  return outage;
}

std::string begin_words(std::string_view chat, const Backlog& backlog) {
  return fmt::format(
      "{} takes no messages: {} wait{}, the oldest since {}. The last attempt said: {}. "
      "They are kept and go out in order when it takes them again.",
      chat, backlog.waiting, backlog.waiting == 1 ? "s" : "", to_rfc3339(*backlog.since), backlog.error);
}

std::string end_words(std::string_view chat, const Backlog& backlog, const ToldOutage& told, Timestamp now) {
  return fmt::format("{} takes messages again ({}). Messages had waited since {}; {} {} not out yet.", chat,
                     to_rfc3339(std::chrono::floor<std::chrono::seconds>(now)), to_rfc3339(told.since),
                     backlog.waiting == 0 ? "none" : std::to_string(backlog.waiting),
                     backlog.waiting == 1 ? "is" : "are");
}

Result<void> tell_pagers(Ledger& ledger, const core::Schedule& schedule, std::string_view purpose,
                         const std::string& words, Timestamp now) {
  for (const auto& pager : schedule.pagers) {
    Notification notification;
    notification.id = ledger.new_id();
    notification.purpose = purpose;
    notification.to = core::pager_target(pager);
    notification.detail = words;
    notification.due_at = notification.created_at = now;
    if (auto added = ledger.add(notification); !added) return added;
  }
  return {};
}

/// Looks, and writes what is to be told with the mark that it was, in one transaction.
Result<void> judge(Ledger& ledger, const core::Schedule& schedule, std::string_view chat, Timestamp now) {
  const auto told = read_told(ledger);
  if (!told) return std::unexpected(told.error());
  const auto backlog = ledger.backlog(now);
  if (!backlog) return std::unexpected(backlog.error());
  bool taken = false;
  if (*told) {
    const auto seen = ledger.taken_since((*told)->first, (*told)->told);
    if (!seen) return std::unexpected(seen.error());
    taken = *seen;
  }
  switch (turn_of(*backlog, *told, taken, schedule.page_after_outage, now)) {
    case OutageTurn::none:
      return {};
    case OutageTurn::begins:
      if (auto owed = tell_pagers(ledger, schedule, "outage", begin_words(chat, *backlog), now); !owed) return owed;
      return ledger.set_mark(mark_name, to_mark({*backlog->since, now, backlog->first}));
    case OutageTurn::ends:
      if (auto owed = tell_pagers(ledger, schedule, "outage_over", end_words(chat, *backlog, **told, now), now); !owed)
        return owed;
      return ledger.set_mark(mark_name, "");
  }
  return {};
}

}  // namespace

OutageTurn turn_of(const Backlog& backlog, const std::optional<ToldOutage>& told, bool taken,
                   Duration page_after_outage, Timestamp now) {
  const bool long_ago = backlog.since && now - *backlog.since > page_after_outage;
  if (!told) return long_ago && !backlog.error.empty() ? OutageTurn::begins : OutageTurn::none;
  return taken && !long_ago ? OutageTurn::ends : OutageTurn::none;
}

Rounds::Round outage_round(std::string chat) {
  return [chat = std::move(chat)](Ledger& ledger, const Policy& policy, Timestamp now) -> Result<Timestamp> {
    if (auto judged = judge(ledger, policy.schedule, chat, now); !judged) return std::unexpected(judged.error());
    return now + outage_rest(policy.schedule);
  };
}

Duration outage_rest(const core::Schedule& schedule) {
  return std::clamp(schedule.page_after_outage / 8, soonest, latest);
}

}  // namespace countersign::app

#include "app/quarantine_digest.hpp"

#include <charconv>

#include "base/text.hpp"

namespace countersign::app {
namespace {

constexpr std::string_view told_mark = "digest.quarantine";
constexpr std::size_t program_limit = 40;
constexpr std::size_t programs_named = 5;

struct ToldSoFar {
  Id newest;
  Timestamp at{};
};

/// "ID MICROSECONDS", of the newest message told about and of the digest that did.
ToldSoFar read_told(const std::optional<std::string>& mark) {
  ToldSoFar told;
  if (!mark) return told;
  const auto* end = mark->data() + mark->size();
  const auto [blank, error] = std::from_chars(mark->data(), end, told.newest.value);
  std::int64_t micros = 0;
  if (error != std::errc{} || blank == end || std::from_chars(blank + 1, end, micros).ec != std::errc{}) return {};
  told.at = from_micros(micros);
  return told;
}

Result<void> tell(Ledger& ledger, const core::Schedule& schedule, const QuarantineSum& sum, Timestamp now) {
  Notification notification;
  notification.id = ledger.new_id();
  notification.purpose = "quarantine";
  notification.to = core::security_channel;
  notification.detail = words_of(sum);
  notification.due_at = notification.created_at = now;
  if (schedule.shadow) {
    notification.state = NotificationState::cancelled;
    notification.error = "shadow mode: recorded, not sent";
  }
  return ledger.add(notification);
}

}  // namespace

Result<Timestamp> digest_quarantine(Ledger& ledger, const Policy& policy, Timestamp now) {
  const auto& schedule = policy.schedule;
  const auto mark = ledger.mark(told_mark);
  if (!mark) return std::unexpected(mark.error());
  const auto told = read_told(*mark);
  if (told.at + schedule.digest_every > now && told.at <= now) return told.at + schedule.digest_every;
  const auto sum = ledger.quarantined_since(told.newest);
  if (!sum) return std::unexpected(sum.error());
  if (sum->messages == 0) return now + schedule.digest_every;
  if (auto owed = tell(ledger, schedule, *sum, now); !owed) return std::unexpected(owed.error());
  if (auto set = ledger.set_mark(told_mark, fmt::format("{} {}", sum->newest.value, to_micros(now))); !set)
    return std::unexpected(set.error());
  return now + schedule.digest_every;
}

std::string words_of(const QuarantineSum& sum) {
  auto text = fmt::format("{} message{} no rule understood", sum.messages, sum.messages == 1 ? "" : "s");
  auto others = sum.messages;
  for (std::size_t i = 0; i < std::min(sum.by_program.size(), programs_named); ++i) {
    const auto& [program, count] = sum.by_program[i];
    text += fmt::format("{}{} from {}", i == 0 ? ": " : ", ", count,
                        program.empty() ? std::string("no named program") : one_line(program, program_limit));
    others -= count;
  }
  if (others > 0) text += fmt::format(", {} from others", others);
  return text + ".";
}

}  // namespace countersign::app

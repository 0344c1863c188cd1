#include <fmt/format.h>

#include "base/text.hpp"
#include "core/approval.hpp"
#include "main/config/reading.hpp"
#include "main/zones.hpp"

namespace countersign::cli {
namespace {

core::Pace read_pace(Section& table, core::Pace pace) {
  pace.group_window = table.duration("group_window", pace.group_window);
  pace.escalate_after = table.duration("escalate_after", pace.escalate_after);
  pace.repeat_every = table.duration("repeat_every", pace.repeat_every);
  pace.page_after = table.duration("page_after", pace.page_after);
  if (pace.repeat_every < std::chrono::milliseconds(100))
    table.problem("repeat_every", "'repeat_every' below 100ms would be a flood; write 4h, for instance");
  return pace;
}

/// "08:00" with its zone, or "off".
std::optional<core::Daily> read_daily(Section& notify) {
  core::Daily daily;
  daily.zone_name = notify.text("daily_zone", daily.zone_name);
  if (auto zone = find_zone(daily.zone_name))
    daily.zone = *std::move(zone);
  else
    notify.problem("daily_zone",
                   fmt::format("'{}' is no time zone that is known here; write \"UTC\", \"+02:00\" or a name "
                               "such as \"Europe/Berlin\"",
                               one_line(daily.zone_name, 60)));
  const auto text = notify.text("daily_at", "08:00");
  if (text == "off") return std::nullopt;
  const auto digit = [&](std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : 99;
  };
  const int hour = digit(0) * 10 + digit(1);
  const int minute = digit(3) * 10 + digit(4);
  if (text.size() != 5 || text[2] != ':' || hour > 23 || minute > 59)
    notify.problem("daily_at",
                   fmt::format("'{}' is no time of the day; write \"08:00\", or \"off\"", one_line(text, 20)));
  else
    daily.at = std::chrono::hours(hour) + std::chrono::minutes(minute);
  return daily;
}

}  // namespace

void read_schedule(Section& root, Config& config) {
  auto& schedule = config.schedule;
  schedule.asks_by = config.slack ? "slack" : "inbox";
  if (auto notify = root.section("notify")) {
    schedule.by_severity.fill(read_pace(*notify, core::Pace{}));
    schedule.page_after_outage = notify->duration("page_after_outage", schedule.page_after_outage);
    schedule.trust_for = notify->duration("trust_for", schedule.trust_for);
    schedule.ask_within = notify->duration("ask_within", schedule.ask_within);
    if (notify->has("take_for")) schedule.take_for = notify->duration("take_for", {});
    schedule.digest_every = notify->duration("digest_every", schedule.digest_every);
    if (schedule.digest_every < std::chrono::milliseconds(100))
      notify->problem("digest_every", "'digest_every' below 100ms would be a flood; write 1h, for instance");
    schedule.questions_at_most = notify->number("questions_at_most", 0, 1'000'000, schedule.questions_at_most);
    schedule.questions_within = notify->duration("questions_within", schedule.questions_within);
    schedule.daily = read_daily(*notify);
    schedule.shadow = notify->flag("shadow", schedule.shadow);
    if (schedule.page_after_outage < std::chrono::seconds(1))
      notify->problem(
          "page_after_outage",
          "'page_after_outage' below 1s would page for every message that is late; write 15m, for instance");
    config.heartbeat_url = notify->text("heartbeat_url", "");
    if (!config.heartbeat_url.empty() && !config.heartbeat_url.starts_with("https://") &&
        !config.heartbeat_url.starts_with("http://"))
      notify->problem("heartbeat_url", "'heartbeat_url' must begin with https:// (or http://)");
    for (const auto severity : {core::Severity::normal, core::Severity::high, core::Severity::critical})
      if (auto own = notify->section(core::to_text(severity))) {
        auto& pace = schedule.by_severity.at(static_cast<std::size_t>(severity));
        pace = read_pace(*own, pace);
        own->finish();
      }
    notify->finish();
  }
  if (auto table = root.section("silence")) {
    auto& silence = config.silence;
    silence.watch = table->flag("watch", silence.watch);
    silence.least = table->duration("least", silence.least);
    silence.times = static_cast<int>(table->number("times", 1, 1000, silence.times));
    silence.owed = table->duration("owed", silence.owed);
    table->finish();
  }
  if (auto reconcile = root.section("reconcile")) {
    config.match_window = reconcile->duration("match_window", config.match_window);
    config.grace = reconcile->duration("grace", config.grace);
    reconcile->finish();
  }
}

}  // namespace countersign::cli

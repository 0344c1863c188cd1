#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "app/report_hosts.hpp"
#include "base/text.hpp"

namespace countersign::report {
namespace {

struct Meaning {
  std::string_view name, title, meaning;
};

constexpr std::array<Meaning, 10> meanings{{
    {"logins", "logins", "successful logins that any witness told of"},
    {"matched", "matched", "independent witnesses agree"},
    {"matched_same_credential", "matched, one credential", "both accounts agree, but one agent carried them"},
    {"missing_log", "missing from the log", "the kernel saw it, no log line came"},
    {"missing_kernel", "missing from the kernel", "a log line of a login that no kernel saw"},
    {"mismatch", "mismatch", "the witnesses differ on user, key, method or address"},
    {"indeterminate", "indeterminate", "a witness was blind or silent then, so nothing follows"},
    {"unenrolled", "one witness only", "the host has no agent"},
    {"not_applicable", "not applicable", "a kind of login that no agent can see"},
    {"waiting", "waiting", "the other witness still has time to speak"},
}};

const Meaning* meaning(std::string_view verdict) {
  const auto found = std::ranges::find(meanings, verdict, &Meaning::name);
  return found == meanings.end() ? nullptr : &*found;
}

}  // namespace

std::string_view title_of(std::string_view verdict) {
  const auto* found = meaning(verdict);
  return found ? found->title : verdict;
}

std::string_view meaning_of(std::string_view verdict) {
  const auto* found = meaning(verdict);
  return found ? found->meaning : "";
}

std::string grouped(std::int64_t count) {
  auto digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3 && std::isdigit(static_cast<unsigned char>(digits[at - 4]));)
    digits.insert(at -= 3, ",");
  return digits;
}

std::string spoken(Duration span) {
  using namespace std::chrono;
  const auto millis = duration_cast<milliseconds>(span).count();
  if (millis < 1000) return fmt::format("{} ms", millis);
  if (millis < 60'000) return fmt::format("{:.1f} s", static_cast<double>(millis) / 1000);
  const auto whole = duration_cast<seconds>(span).count();
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86'400) return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {} h", whole / 86'400, whole % 86'400 / 3600);
}

std::string percent(double part) {
  return fmt::format("{:.2f} %", std::floor(std::clamp(part, 0.0, 1.0) * 10'000) / 100);
}

std::string coverage_of(const app::ReportHost& host) {
  if (host.coverage.enrolled) return percent(host.covered);
  return host.name == app::no_host ? "no agent can see it" : "no agent";
}

std::string finding_title(std::string_view kind) {
  if (kind == "finding") return "two messages under one id";
  if (kind == "accounts_differ") return "accounts of one login differ";
  if (kind == "unwitnessed_way") return "a way in that nobody witnesses";
  if (meaning(kind)) return std::string(title_of(kind));
  std::string title(kind);
  std::ranges::replace(title, '_', ' ');
  return title;
}

std::string kind_of(const app::ReportFinding& finding) {
  constexpr std::string_view prefix = "finding_";
  const std::string_view action = finding.first.event.action;
  return std::string(action.starts_with(prefix) ? action.substr(prefix.size()) : finding.approval.kind);
}

std::string standing_of(const app::ReportAsked& asked) {
  if (auto settled = settled_by(asked); !settled.empty()) return one_line(settled);
  if (asked.addressed_to == core::security_channel) return "asks the security channel";
  return "asks " + one_line(asked.addressed_to, 120);
}

std::string logins_of(const app::ReportAsked& asked) {
  if (!asked.first) return "a login that is no longer kept";
  const auto& event = *asked.first;
  auto words = fmt::format("{}@{}", event.user.empty() ? "somebody" : event.user, event.host);
  if (!event.address.empty()) words += " from " + event.address;
  return one_line(asked.events > 1 ? fmt::format("{}, and {} more", words, asked.events - 1) : words, 300);
}

std::string words_of(const app::FindingCounts& counts) {
  return fmt::format(
      "{} finding{}: {} raised in the span, {} outside it about what happened in it; {} signed off, {} "
      "denied, {} open",
      grouped(counts.listed), counts.listed == 1 ? "" : "s", grouped(counts.raised),
      grouped(counts.listed - counts.raised), grouped(counts.signed_off), grouped(counts.denied), grouped(counts.open));
}

std::string left_out_of(const app::ReportDelivery& delivery) {
  std::string words;
  if (delivery.brought > 0)
    words += fmt::format("; {} more brought by a backfill, a file or a replay are left out", grouped(delivery.brought));
  if (delivery.unknown > 0) words += fmt::format("; of {} it was not kept how they came", grouped(delivery.unknown));
  return words;
}

std::string refused_of(const app::RefusedDeliveries& refused) {
  return refused.webhook.empty() ? "unknown names" : one_line(refused.webhook, 60);
}

std::string refused_span(const app::Report& report) {
  const auto hours = app::hours_of(report.from, report.to);
  return fmt::format("in the whole hours from {} to {}", to_rfc3339(hours.from), to_rfc3339(hours.to));
}

std::string shown_of(std::size_t shown, std::int64_t all, std::string_view what) {
  return fmt::format("{} of {} {} shown; all in the CSV and JSON", grouped(static_cast<std::int64_t>(shown)),
                     grouped(all), what);
}

std::string_view way_title(const app::ReportWay& way) {
  return way.name.empty() ? "the whole host" : std::string_view(way.name);
}

std::string settled_by(const core::Approval& approval) {
  for (auto decision = approval.decisions.rbegin(); decision != approval.decisions.rend(); ++decision)
    if (decision->settles)
      return fmt::format("{} by {} at {}", core::to_text(approval.state), decision->by, to_rfc3339(decision->at));
  return "";
}

std::string settled_by(const app::ReportAsked& asked) {
  if (asked.decided_by.empty()) return "";
  return fmt::format("{} by {} at {}", core::to_text(asked.state), asked.decided_by, to_rfc3339(asked.decided_at));
}

}  // namespace countersign::report

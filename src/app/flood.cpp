#include "app/flood.hpp"

#include <algorithm>

namespace countersign::app {
namespace {

constexpr core::Severity least_severity = core::Severity::high;  // of a flood's finding

}  // namespace

std::string demands_of(const core::Approval& question) {
  return fmt::format("{} {} {}", core::to_text(question.severity), question.approvers, question.needs_reason);
}

Finding find_flood(const core::Event& event, const core::Approval& question, const core::Schedule& schedule) {
  Finding finding;
  finding.kind = "flood";
  finding.event.host = event.host;
  finding.event.user = event.user;
  finding.event.address = event.address;
  finding.event.time = event.time;
  finding.subject = question.subject;
  finding.severity = std::max(least_severity, question.severity);
  finding.approvers = question.approvers;
  finding.needs_reason = question.needs_reason;
  auto demanded = question;
  demanded.severity = finding.severity;
  finding.key = fmt::format("{}\x1f{}\x1f{}", question.person, question.subject, demands_of(demanded));
  finding.reason = fmt::format(
      "{} was asked {} questions within {}: what more came is here, undecided, and nobody was asked about it; log "
      "lines that somebody forges look like this",
      question.person, schedule.questions_at_most, countersign::to_text(schedule.questions_within));
  return finding;
}

core::Approval fills_the_bound(core::Approval question) {
  if (question.severity <= least_severity) question.severity = core::Severity::normal;
  return question;
}

}  // namespace countersign::app

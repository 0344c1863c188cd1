// A report with something of everything in it, much of it written by an attacker.
#pragma once

#include "app/report.hpp"

namespace countersign {

inline Timestamp at(std::string_view text) {
  return *parse_rfc3339(text);
}

inline const std::string hostile = "=cmd|'/c calc'!A1<script>alert(1)</script>\"\x1b[31m\xff,\r\n\xe2\x80\xae";

/// Lists held in memory.
struct ListsInMemory final : app::ReportLists {
  std::vector<app::ReportFinding> findings;
  std::vector<std::vector<app::FindingEvent>> of_finding;
  std::vector<app::ReportAsked> questions;

  Result<app::ReportFinding> finding(const app::FindingPlace& place) override {
    return findings.at(static_cast<std::size_t>(place.id.value - 1));
  }
  Result<std::vector<app::FindingEvent>> events(Id finding, Id after, std::size_t limit) override {
    std::vector<app::FindingEvent> page;
    for (const auto& event : of_finding.at(static_cast<std::size_t>(finding.value - 1)))
      if (event.event.id.value > after.value && page.size() < limit) page.push_back(event);
    return page;
  }
  Result<std::vector<app::ReportAsked>> asked(core::ApprovalState state, const app::ReportAsked* after,
                                              std::size_t limit) override {
    std::vector<app::ReportAsked> page;
    for (const auto& one : questions)
      if (one.state == state && (!after || one.id.value > after->id.value) && page.size() < limit) page.push_back(one);
    return page;
  }
};

/// A report and its lists; both may be changed.
struct Example {
  app::Report report;
  ListsInMemory lists;

  void add_finding(app::ReportFinding finding, std::vector<app::FindingEvent> events) {
    const Id id{static_cast<std::int64_t>(lists.findings.size()) + 1};
    finding.approval.id = id;
    for (std::size_t i = 0; i < events.size(); ++i) {
      events[i].event.id = Id{static_cast<std::int64_t>(i) + 1};
      finding.approval.events.push_back({events[i].event.id});
    }
    if (!events.empty()) finding.first = events.front().event;
    report.findings.push_back({id, finding.approval.state, finding.raised});
    lists.findings.push_back(std::move(finding));
    lists.of_finding.push_back(std::move(events));
  }
};

/// A login that the kernel told of and no log.
inline app::FindingEvent unlogged(const std::string& user, std::int64_t port) {
  app::FindingEvent of;
  of.event.event.action = "finding_missing_log";
  of.event.event.host = "bastion";
  of.event.event.user = user;
  of.event.event.address = "203.0.113.7";
  auto& login = of.login.emplace(of.event);
  login.event.action = "ssh_login";
  login.event.port = port;
  login.verdict = "missing_log";
  app::Sighting sighting;
  sighting.witness = "kernel";
  sighting.source = "agent:bastion";
  sighting.raw = user;
  login.sightings = {sighting};
  return of;
}

inline Example example_report() {
  Example example;
  auto& report = example.report;
  report.from = at("2026-11-18T00:00:00Z");
  report.to = at("2026-11-20T00:00:00Z");
  report.made_at = at("2026-11-20T06:00:00Z");
  report.summary.add("matched", true, 90);
  report.summary.add("matched", false, 4);
  report.summary.add("missing_log", true, 1);
  report.summary.add("unenrolled", true, 5);
  app::ReportHost host;
  host.name = "bastion";
  host.verdicts = report.summary;
  host.coverage = {true, report.to, {{at("2026-11-18T12:00:00Z"), at("2026-11-18T13:00:00Z"), 0, "agent silent"}}};
  host.covered = 47.0 / 48;
  host.notes = {"believed until its first root session at 2026-11-18T15:00:00Z"};
  host.believed_until = at("2026-11-18T15:00:00Z");
  host.after_root.add("matched", true, 20);
  host.ways = {
      {"daemon", "dropbear", "dropbear: a login daemon that the kernel's witness does not watch", report.from}};
  host.streams = {{"papertrail", "log", std::chrono::milliseconds(-4500), report.to}};
  host.origins = {{"bastion", "jump", 7, 2}};
  app::ReportHost other;
  other.name = hostile;
  other.ways = {{"no_agent", "", hostile, {}}};
  report.hosts = {host, other};
  app::AliasProposal alias;
  alias.evidence = {"bastion", "ip-10-0-0-5", 12, 11, report.from, report.to, hostile, Id{7}, Id{8}};
  alias.words = hostile;
  alias.toml = "[[host]]\nname = \"bastion\"\naliases = [\"ip-10-0-0-5\"]\n";
  report.aliases = {alias};
  report.days = {{"2026-11-18", report.summary}, {"2026-11-19", {}}};
  app::ReportFinding finding;
  finding.approval.kind = "finding";
  finding.approval.reason = hostile;
  finding.approval.created_at = at("2026-11-18T14:00:00Z");
  finding.raised = true;
  auto event = unlogged(hostile, 50001);
  event.marks = {hostile};
  example.add_finding(finding, {event});
  report.approvals = {99,
                      1,
                      95,
                      1,
                      2,
                      {97, std::chrono::seconds(20), std::chrono::minutes(7), std::chrono::hours(3)},
                      {{"oswaldo", 95, 1, 0, 0}},
                      at("2026-11-18T14:00:00Z")};
  for (const auto state : {core::ApprovalState::pending, core::ApprovalState::denied}) {
    app::ReportAsked asked;
    asked.id = Id{static_cast<std::int64_t>(example.lists.questions.size()) + 1};
    asked.at = at("2026-11-18T14:00:00Z");
    asked.addressed_to = hostile;
    asked.state = state;
    if (state == core::ApprovalState::denied) asked.decided_by = hostile;
    asked.events = 1;
    asked.first = event.event.event;
    example.lists.questions.push_back(asked);
  }
  report.quarantine = {{"papertrail", hostile, 7}};
  report.delivery = {
      {"papertrail", {95, std::chrono::milliseconds(420), std::chrono::seconds(3), std::chrono::hours(2)}}};
  report.refused = {{hostile, 400, hostile, 12}, {"splunk", 401, "token", 3}, {"", 404, "no_webhook", 2}};
  report.audit_head = app::AuditEntry{Id{1}, report.made_at, "decision", "oswaldo", "{}", std::string(32, '\x7f')};
  report.audit_entries = 12;
  return example;
}

}  // namespace countersign

// A report with something of everything in it, much of it written by an attacker.
#pragma once

#include "app/report.hpp"

namespace countersign {

inline Timestamp at(std::string_view text) {
  return *parse_rfc3339(text);
}

inline const std::string hostile = "=cmd|'/c calc'!A1<script>alert(1)</script>\"\x1b[31m\xff,\r\n\xe2\x80\xae";

inline app::Report example_report() {
  app::Report report;
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
  app::FullApproval finding;
  finding.approval.kind = "finding";
  finding.approval.reason = hostile;
  finding.approval.created_at = at("2026-11-18T14:00:00Z");
  app::StoredEvent event;
  event.event.action = "finding_missing_log";
  event.event.host = "bastion";
  event.event.user = hostile;
  event.event.address = "203.0.113.7";
  app::Sighting sighting;
  sighting.witness = "kernel";
  sighting.source = "agent:bastion";
  sighting.raw = hostile;
  event.sightings = {sighting};
  finding.events = {event};
  report.findings = {finding};
  report.approvals = {100,
                      1,
                      95,
                      2,
                      2,
                      {97, std::chrono::seconds(20), std::chrono::minutes(7), std::chrono::hours(3)},
                      {{"oswaldo", 95, 2, 0}},
                      at("2026-11-18T14:00:00Z")};
  app::FullApproval open = finding;
  open.approval.kind = "login";
  open.approval.addressed_to = hostile;
  report.open = report.denied = {open};
  report.quarantine = {{"papertrail", hostile, 7}};
  report.delivery = {
      {"papertrail", {95, std::chrono::milliseconds(420), std::chrono::seconds(3), std::chrono::hours(2)}}};
  report.audit_head = app::AuditEntry{Id{1}, report.made_at, "decision", "oswaldo", "{}", std::string(32, '\x7f')};
  report.audit_entries = 12;
  return report;
}

}  // namespace countersign

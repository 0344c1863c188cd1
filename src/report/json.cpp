#include <nlohmann/json.hpp>

#include "app/event_json.hpp"
#include "app/host_json.hpp"
#include "base/encoding.hpp"
#include "report/forms.hpp"
#include "report/words.hpp"

namespace countersign::report {
namespace {

using Json = nlohmann::ordered_json;

double seconds_of(Duration span) {
  return static_cast<double>(span.count()) / 1e6;
}

Json time_or_null(const std::optional<Timestamp>& at) {
  return at ? Json(to_rfc3339(*at)) : Json();
}

void put_verdicts(Json& object, const app::Verdicts& verdicts) {
  for (const auto& [name, count] : app::verdict_counts)
    object[std::string(name)] = verdicts.*count;
}

Json spread_json(const app::Spread& spread) {
  return {{"p50", seconds_of(spread.p50)}, {"p95", seconds_of(spread.p95)}, {"worst", seconds_of(spread.worst)}};
}

template <typename Rows, typename Shape>
Json list_json(const Rows& rows, Shape shape) {
  Json list = Json::array();
  for (const auto& row : rows)
    list.push_back(shape(row));
  return list;
}

Json host_json(const app::ReportHost& host) {
  Json out{{"name", host.name}};
  put_verdicts(out, host.verdicts);
  Json gaps = Json::array();
  for (const auto& gap : host.coverage.gaps)
    gaps.push_back(
        {{"from", to_rfc3339(gap.from)}, {"to", to_rfc3339(gap.until)}, {"lost", gap.lost}, {"why", gap.why}});
  out["coverage"] = {{"enrolled", host.coverage.enrolled},
                     {"percent", host.coverage.enrolled ? Json(host.covered * 100) : Json()},
                     {"gaps", std::move(gaps)}};
  out["believed_until"] = time_or_null(host.believed_until);
  put_verdicts(out["after_first_root"], host.after_root);
  out["ways"] = list_json(host.ways, app::way_json);
  out["streams"] = list_json(host.streams, app::stream_json);
  out["origins"] = list_json(host.origins, [](const app::OriginRow& origin) {
    return Json{{"via", origin.via}, {"logins", origin.logins}, {"without_session", origin.without_session}};
  });
  out["notes"] = host.notes;
  return out;
}

Json sighting_json(const app::Sighting& sighting) {
  Json out{{"class", sighting.witness},
           {"source", sighting.source},
           {"received_at", to_rfc3339(sighting.received_at)},
           {"@timestamp", to_rfc3339(sighting.time)}};
  if (!sighting.raw.empty()) out["raw"] = sighting.raw;
  return out;
}

Json login_json(const app::StoredEvent& stored) {
  Json out{{"id", countersign::to_text(stored.id)}};
  app::put_fields(out, stored.event);
  out["verdict"] = stored.verdict;
  out["sightings"] = Json::array();
  for (const auto& sighting : stored.sightings)
    out["sightings"].push_back(sighting_json(sighting));
  return out;
}

/// A question about logins, as far as a reader of the report needs it.
Json asked_json(const app::FullApproval& asked) {
  const auto& approval = asked.approval;
  Json out{{"id", countersign::to_text(approval.id)},
           {"at", to_rfc3339(approval.created_at)},
           {"asked", approval.addressed_to},
           {"settled", settled_by(approval)},
           {"logins", approval.events.size()}};
  if (!asked.events.empty()) {
    Json first = Json::object();
    app::put_fields(first, asked.events.front().event);
    out["first"] = std::move(first);
  }
  return out;
}

Json finding_json(const app::Report& report, const app::FullApproval& finding) {
  const auto& approval = finding.approval;
  Json out{
      {"id", countersign::to_text(approval.id)}, {"kind", kind_of(finding)},  {"state", core::to_text(approval.state)},
      {"at", to_rfc3339(approval.created_at)},   {"reason", approval.reason}, {"settled", settled_by(approval)}};
  out["marks"] = report.marks_of(finding);
  out["events"] = Json::array();
  for (const auto& event : finding.events)
    out["events"].push_back(login_json(event));
  return out;
}

Json approvals_json(const app::ReportApprovals& approvals) {
  Json by = Json::array();
  for (const auto& decider : approvals.by)
    by.push_back({{"name", decider.name},
                  {"approved", decider.approved},
                  {"denied", decider.denied},
                  {"others", decider.others}});
  return {{"total", approvals.total},
          {"pending", approvals.pending},
          {"approved", approvals.approved},
          {"denied", approvals.denied},
          {"expected", approvals.expected},
          {"oldest_pending", time_or_null(approvals.oldest_pending)},
          {"decided", approvals.decided.n},
          {"decision_seconds", spread_json(approvals.decided)},
          {"by", std::move(by)}};
}

Json quarantine_json(const std::vector<app::ReportQuarantine>& quarantine) {
  std::int64_t messages = 0;
  Json by = Json::array();
  for (const auto& row : quarantine) {
    messages += row.messages;
    by.push_back({{"source", row.source}, {"program", row.program}, {"messages", row.messages}});
  }
  return {{"messages", messages}, {"by_program", std::move(by)}};
}

Json delivery_json(const std::vector<app::ReportDelivery>& delivery) {
  Json sources = Json::array();
  for (const auto& row : delivery) {
    Json source{{"source", row.source}, {"sightings", row.delay.n}};
    source["delay_seconds"] = spread_json(row.delay);
    sources.push_back(std::move(source));
  }
  return {{"sources", std::move(sources)}};
}

}  // namespace

std::string to_json(const app::Report& report) {
  Json out{{"from", to_rfc3339(report.from)}, {"to", to_rfc3339(report.to)}, {"made_at", to_rfc3339(report.made_at)}};
  put_verdicts(out["summary"], report.summary);
  out["hosts"] = list_json(report.hosts, host_json);
  out["days"] = list_json(report.days, [](const app::ReportDay& day) {
    Json row{{"date", day.date}};
    put_verdicts(row, day.verdicts);
    return row;
  });
  out["aliases"] = list_json(report.aliases, app::alias_json);
  out["findings"] =
      list_json(report.findings, [&](const app::FullApproval& finding) { return finding_json(report, finding); });
  out["more_findings"] = report.more_findings;
  out["disputed"] = list_json(report.disputed, login_json);
  out["approvals"] = approvals_json(report.approvals);
  out["approvals"]["open"] = list_json(report.open, asked_json);
  out["approvals"]["refused"] = list_json(report.denied, asked_json);
  out["quarantine"] = quarantine_json(report.quarantine);
  out["delivery"] = delivery_json(report.delivery);
  out["audit"] = {{"entries", report.audit_entries},
                  {"head", report.audit_head ? Json(to_hex(report.audit_head->hash)) : Json()}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace countersign::report

#include <nlohmann/json.hpp>

#include "app/event_json.hpp"
#include "app/host_json.hpp"
#include "base/encoding.hpp"
#include "report/forms.hpp"
#include "report/walk.hpp"
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
    return Json{{"via", origin.via},
                {"logins", origin.logins},
                {"without_session", origin.without_session},
                {"of_others", origin.of_others}};
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

Json asked_json(const app::ReportAsked& asked) {
  Json out{{"id", countersign::to_text(asked.id)},
           {"at", to_rfc3339(asked.at)},
           {"asked", asked.addressed_to},
           {"settled", settled_by(asked)},
           {"logins", asked.events}};
  if (asked.first) {
    Json first = Json::object();
    app::put_fields(first, *asked.first);
    out["first"] = std::move(first);
  }
  return out;
}

/// An event of a finding; `login` is the one it disputes, with every account of it.
Json event_json(const app::FindingEvent& of) {
  auto out = login_json(of.event);
  if (of.login) {
    out["login"] = login_json(*of.login);
    out["login"]["reasons"] = of.login->reasons;
  }
  if (!of.same_id.empty()) out["same_id"] = list_json(of.same_id, login_json);
  out["marks"] = of.marks;
  return out;
}

Json finding_json(const app::ReportFinding& finding) {
  const auto& approval = finding.approval;
  return {{"id", countersign::to_text(approval.id)}, {"kind", kind_of(finding)},
          {"state", core::to_text(approval.state)},  {"at", to_rfc3339(approval.created_at)},
          {"raised_in_span", finding.raised},        {"reason", approval.reason},
          {"settled", settled_by(approval)},         {"event_count", approval.events.size()}};
}

std::string text_of(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A JSON text written piece by piece, so that no tree of the whole is ever made. Names are ours and need no escape.
class Written {
 public:
  void open(std::string_view name, char bracket) {
    begin(name);
    text_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    text_ += bracket;
    first_ = false;
  }
  void put(std::string_view name, const Json& value) {
    begin(name);
    text_ += text_of(value);
  }
  void put(const Json& value) { put("", value); }
  /// An object's members, left open for more: close it with '}'.
  void open_with(std::string_view name, const Json& object) {
    put(name, object);
    text_.pop_back();
  }
  std::string text() && { return std::move(text_); }

 private:
  void begin(std::string_view name) {
    if (!first_) text_ += ',';
    first_ = false;
    if (!name.empty()) text_.append("\"").append(name).append("\":");
  }

  std::string text_;
  bool first_ = true;
};

template <typename Rows, typename Shape>
void put_list(Written& out, std::string_view name, const Rows& rows, Shape shape) {
  out.open(name, '[');
  for (const auto& row : rows)
    out.put(shape(row));
  out.close(']');
}

Result<void> put_findings(Written& out, const app::Report& report, app::ReportLists& lists) {
  out.open("findings", '[');
  for (const auto& place : report.findings) {
    const auto finding = lists.finding(place);
    if (!finding) return std::unexpected(finding.error());
    out.open_with("", finding_json(*finding));
    out.open("events", '[');
    if (auto put = each_event(lists, place.id, std::string::npos,
                              [&](const app::FindingEvent& of) { out.put(event_json(of)); });
        !put)
      return put;
    out.close(']');
    out.close('}');
  }
  out.close(']');
  return {};
}

Json approvals_json(const app::ReportApprovals& approvals) {
  Json by = Json::array();
  for (const auto& decider : approvals.by)
    by.push_back({{"name", decider.name},
                  {"approved", decider.approved},
                  {"denied", decider.denied},
                  {"others", decider.others},
                  {"findings", decider.findings}});
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

Json counts_json(const app::FindingCounts& counts) {
  return {{"listed", counts.listed},
          {"raised", counts.raised},
          {"signed_off", counts.signed_off},
          {"denied", counts.denied},
          {"open", counts.open}};
}

Result<void> put_approvals(Written& out, const app::Report& report, app::ReportLists& lists) {
  out.open_with("approvals", approvals_json(report.approvals));
  out.put("findings", counts_json(report.finding_counts()));
  for (const auto& [name, state] :
       {std::pair("open", core::ApprovalState::pending), std::pair("refused", core::ApprovalState::denied)}) {
    out.open(name, '[');
    if (auto put = each_asked(lists, state, std::string::npos,
                              [&](const app::ReportAsked& asked) { out.put(asked_json(asked)); });
        !put)
      return put;
    out.close(']');
  }
  out.close('}');
  return {};
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
    Json source{
        {"source", row.source}, {"sightings", row.delay.n}, {"brought_later", row.brought}, {"unknown", row.unknown}};
    source["delay_seconds"] = spread_json(row.delay);
    sources.push_back(std::move(source));
  }
  return {{"sources", std::move(sources)}};
}

Json refused_json(const app::Report& report) {
  const auto hours = app::hours_of(report.from, report.to);
  std::int64_t deliveries = 0;
  Json by = Json::array();
  for (const auto& row : report.refused) {
    deliveries += row.n;
    by.push_back({{"webhook", row.webhook},
                  {"status", row.status},
                  {"reason", row.reason},
                  {"why", why_of(row)},
                  {"deliveries", row.n}});
  }
  return {{"from", to_rfc3339(hours.from)},
          {"to", to_rfc3339(hours.to)},
          {"deliveries", deliveries},
          {"by_reason", std::move(by)}};
}

}  // namespace

Result<std::string> to_json(const app::Report& report, app::ReportLists& lists) {
  Written out;
  out.open("", '{');
  out.put("from", to_rfc3339(report.from));
  out.put("to", to_rfc3339(report.to));
  out.put("made_at", to_rfc3339(report.made_at));
  Json summary;
  put_verdicts(summary, report.summary);
  out.put("summary", summary);
  put_list(out, "hosts", report.hosts, host_json);
  put_list(out, "days", report.days, [](const app::ReportDay& day) {
    Json row{{"date", day.date}};
    put_verdicts(row, day.verdicts);
    return row;
  });
  put_list(out, "aliases", report.aliases, app::alias_json);
  if (auto put = put_findings(out, report, lists); !put) return std::unexpected(put.error());
  if (auto put = put_approvals(out, report, lists); !put) return std::unexpected(put.error());
  out.put("quarantine", quarantine_json(report.quarantine));
  out.put("delivery", delivery_json(report.delivery));
  out.put("deliveries_refused", refused_json(report));
  out.put("audit", {{"entries", report.audit_entries},
                    {"head", report.audit_head ? Json(to_hex(report.audit_head->hash)) : Json()}});
  out.close('}');
  return std::move(out).text();
}

}  // namespace countersign::report

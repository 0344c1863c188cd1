#include "web/report.hpp"

#include "app/compose_report.hpp"
#include "app/report_lists.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "web/list_query.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

net::Response form_reply(ReportForm form) {
  net::Response response{.status = 200,
                         .headers = {{"Content-Type", form.type},
                                     {"X-Content-Type-Options", "nosniff"},
                                     {"Referrer-Policy", "same-origin"},
                                     {"Cache-Control", "no-store"}},
                         .body = std::move(form.body)};
  if (!form.style.empty())
    response.headers.emplace_back(
        "Content-Security-Policy",
        fmt::format("default-src 'none'; style-src 'sha256-{}'; frame-ancestors 'none'; base-uri 'none'",
                    to_base64(crypto::sha256(form.style))));
  return response;
}

}  // namespace

net::Response Reports::answer(app::View& view, std::string_view query, std::string_view form) const {
  const auto span = read_span(query);
  if (!span) return json_error(span.error());
  const Timestamp now = std::chrono::ceil<std::chrono::seconds>(clock_.now());  // a span without fractions reads better
  const auto to = span->to.value_or(span->from ? std::max<Timestamp>(now, *span->from + Duration(1)) : now);
  const auto from = span->from.value_or(to - usual_span);
  const auto wanted = form_value(query, "format").value_or(std::string(form));
  const auto seal = view.seal(from, to);
  if (!seal) return json_error(seal.error());
  if (*seal) return answer_sealed(view, **seal, wanted);
  const auto report = app::compose_report(view, policy_.current()->directory, from, to, now);
  if (!report) return json_error(report.error());
  app::SnapshotLists lists(view, *report);
  auto made = render_.report(*report, lists, wanted);
  if (!made) return json_error(made.error());
  auto reply = form_reply(*std::move(made));
  reply.headers.emplace_back(findings_header, report->has_findings() ? "yes" : "no");
  return reply;
}

net::Response Reports::answer_sealed(app::View& view, const app::Seal& seal, const std::string& form) const {
  auto body = view.sealed_form(seal.id, form);
  const auto document = view.sealed_form(seal.id, "json");
  const auto since = view.amendments(seal);
  if (!body) return json_error(body.error());
  if (!document) return json_error(document.error());
  if (!since) return json_error(since.error());
  if (!*document) return json_error(500, "this span was sealed, and its report is not in the store any more");
  if (!*body) return json_error(400, "format: this span was sealed as json, text, html and csv");
  auto made = render_.sealed(**std::move(body), form, seal, *since);
  if (!made) return json_error(made.error());
  auto reply = form_reply(*std::move(made));
  reply.headers.emplace_back(findings_header, render_.sealed_findings(**document) ? "yes" : "no");
  return reply;
}

Result<app::SealedForms> Reports::forms(const app::Report& report, app::ReportLists& lists) const {
  app::SealedForms forms;
  for (const auto* const form : {"json", "text", "html", "csv"}) {
    auto made = render_.report(report, lists, form);
    if (!made) return std::unexpected(made.error());
    forms.emplace_back(form, std::move(made->body));
  }
  return forms;
}

}  // namespace countersign::web

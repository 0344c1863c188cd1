#include "web/report.hpp"

#include "app/compose_report.hpp"
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
  const auto report = app::compose_report(view, policy_.current()->directory, from, to, now);
  if (!report) return json_error(report.error());
  const auto wanted = form_value(query, "format").value_or(std::string(form));
  auto made = render_(*report, wanted);
  if (!made) return json_error(made.error());
  auto reply = form_reply(*std::move(made));
  reply.headers.emplace_back(findings_header, report->has_findings() ? "yes" : "no");
  return reply;
}

}  // namespace countersign::web

#include "main/report.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "main/remote.hpp"
#include "report/forms.hpp"

namespace countersign::cli {
namespace {

struct ReportOptions {
  RemoteOptions remote;
  std::string from, to, last, format = "text";
};

/// The path with its query; Fault::invalid where --last is no span.
Result<std::string> path_of(const ReportOptions& options) {
  auto from = options.from;
  if (!options.last.empty()) {
    const auto span = parse_duration(options.last);
    if (!span) return fail(Fault::invalid, "--last: {}", span.error().message);
    from = to_rfc3339(std::chrono::floor<std::chrono::seconds>(SystemClock().now() - *span));
  }
  auto path = fmt::format("/api/v1/report?format={}", options.format);
  if (!from.empty()) path += "&from=" + to_percent(from);
  if (!options.to.empty()) path += "&to=" + to_percent(options.to);
  return path;
}

int print_report(const ReportOptions& options) {
  const auto failed = [](const std::string& why) {
    fmt::print(stderr, "{}\n", one_line(why, 1000));
    return 2;
  };
  const auto path = path_of(options);
  if (!path) return failed(path.error().message);
  const auto remote = Remote::find(options.remote);
  if (!remote) return failed(remote.error().message);
  const auto reply = remote->get(*path);
  if (!reply) return failed(reply.error().message);
  if (reply->status != 200) return failed(complaint(*reply));
  fmt::print("{}{}", reply->text, reply->text.ends_with('\n') ? "" : "\n");
  return net::header(reply->headers, web::Reports::findings_header) == "yes" ? 1 : 0;
}

}  // namespace

void add_report(CLI::App& app, int& status) {
  auto options = std::make_shared<ReportOptions>();
  auto* report = app.add_subcommand(
      "report", "The reconciliation of a span: what agrees, what doesn't, and what could not be seen");
  add_remote_options(*report, options->remote);
  auto* from = report->add_option("--from", options->from, "RFC 3339 time, inclusive; without it seven days");
  report->add_option("--to", options->to, "RFC 3339 time, exclusive; without it now");
  report->add_option("--last", options->last, "Instead of --from: 24h, 7d, …")->excludes(from);
  report->add_option("--format", options->format, "text, json, csv or html")
      ->check(CLI::IsMember({"text", "json", "csv", "html"}));
  report->footer("Exits 1 where there are findings.");
  report->callback([&status, options] { status = print_report(*options); });
}

Result<web::ReportForm> render_report(const app::Report& report, std::string_view form) {
  const auto wanted = report::parse_form(form);
  if (!wanted) return fail(Fault::invalid, "format: '{}' is none of json, text, html, csv", one_line(form, 20));
  web::ReportForm made{std::string(report::type_of(*wanted)), report::render(report, *wanted), ""};
  if (*wanted == report::Form::html) made.style = report::page_style();
  return made;
}

}  // namespace countersign::cli

#include "main/report.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "main/remote.hpp"
#include "report/forms.hpp"
#include "report/sealed.hpp"

namespace countersign::cli {
namespace {

struct ReportOptions {
  RemoteOptions remote;
  std::string from, to, last, format = "text", sealed;
  bool seal = false, seals = false, force = false;
};

int failed(const std::string& why) {
  fmt::print(stderr, "{}\n", one_line(why, 1000));
  return 2;
}

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

/// The seal's digest, and 1 where the server refuses: it is sealed already, or logins still wait.
int seal_report(const ReportOptions& options) {
  if (options.from.empty() || options.to.empty()) return failed("--seal needs --from and --to: the span to fix");
  const auto remote = Remote::find(options.remote);
  if (!remote) return failed(remote.error().message);
  const auto reply =
      remote->post("/api/v1/report/seals", {{"from", options.from}, {"to", options.to}, {"force", options.force}});
  if (!reply) return failed(reply.error().message);
  if (reply->status != 201) {
    failed(complaint(*reply));
    return reply->status == 409 ? 1 : 2;
  }
  if (options.format == "json")
    fmt::print("{}\n", reply->body.dump());
  else
    fmt::print("sealed as {}: SHA-256 {}\n", reply->body.value("id", ""), reply->body.value("digest", ""));
  return 0;
}

int list_seals(const ReportOptions& options) {
  const auto remote = Remote::find(options.remote);
  if (!remote) return failed(remote.error().message);
  const auto reply = remote->get("/api/v1/report/seals");
  if (!reply) return failed(reply.error().message);
  if (reply->status != 200 || !reply->body.is_object()) return failed(complaint(*reply));
  if (options.format == "json") {
    fmt::print("{}\n", reply->text);
    return 0;
  }
  for (const auto& seal : reply->body["seals"])
    fmt::print("{}  {} to {}  {}  by {} at {}\n", seal.value("id", ""), seal.value("from", ""), seal.value("to", ""),
               seal.value("digest", ""), one_line(seal.value("by", ""), 60), seal.value("at", ""));
  return 0;
}

/// Byte for byte: what `sha256sum` of it gives is the seal's digest.
int print_sealed(const ReportOptions& options) {
  const auto remote = Remote::find(options.remote);
  if (!remote) return failed(remote.error().message);
  const auto reply = remote->get("/api/v1/report/seals/" + to_percent(options.sealed));
  if (!reply) return failed(reply.error().message);
  if (reply->status != 200) return failed(complaint(*reply));
  std::fwrite(reply->text.data(), 1, reply->text.size(), stdout);
  return 0;
}

int print_report(const ReportOptions& options) {
  if (options.seal) return seal_report(options);
  if (options.seals) return list_seals(options);
  if (!options.sealed.empty()) return print_sealed(options);
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

Result<report::Form> read_form(std::string_view name) {
  const auto form = report::parse_form(name);
  if (!form) return fail(Fault::invalid, "format: '{}' is none of json, text, html, csv", one_line(name, 20));
  return *form;
}

Result<web::ReportForm> render_report(const app::Report& report, app::ReportLists& lists, std::string_view name) {
  const auto form = read_form(name);
  if (!form) return std::unexpected(form.error());
  auto body = report::render(report, lists, *form);
  if (!body) return std::unexpected(body.error());
  web::ReportForm made{std::string(report::type_of(*form)), *std::move(body), ""};
  if (*form == report::Form::html) made.style = report::page_style();
  return made;
}

Result<web::ReportForm> render_sealed(std::string body, std::string_view name, const app::Seal& seal,
                                      const app::Amendments& since) {
  const auto form = read_form(name);
  if (!form) return std::unexpected(form.error());
  web::ReportForm made{std::string(report::type_of(*form)), report::with_seal(*form, std::move(body), seal, since), ""};
  if (*form == report::Form::html) made.style = report::style_of(made.body);
  return made;
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
  auto* seal = report->add_flag("--seal", options->seal,
                                "Fix the report of the span from --from to --to: what comes later amends it");
  report->add_flag("--force", options->force, "Seal also while logins wait for their verdict")->needs(seal);
  auto* seals = report->add_flag("--seals", options->seals, "The sealed spans, newest first")->excludes(seal);
  report->add_option("--sealed", options->sealed, "The document of that seal, byte for byte")
      ->excludes(seal)
      ->excludes(seals);
  report->footer("Exits 1 where there are findings, and where --seal is refused.");
  report->callback([&status, options] { status = print_report(*options); });
}

web::ReportRenderers report_renderers() {
  return {.report = render_report, .sealed = render_sealed, .sealed_findings = report::sealed_findings};
}

}  // namespace countersign::cli

#include "main/backfill.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "main/backfill_alone.hpp"
#include "main/remote.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json;

constexpr auto between_questions = std::chrono::milliseconds(200);

struct BackfillOptions {
  RemoteOptions remote;
  std::string name, since, until, format = "text";
  bool ask = false;
};

/// RFC 3339, or how long ago: 2h, 3d.
Result<Timestamp> read_moment(const std::string& option, const std::string& text, Timestamp now) {
  if (const auto at = parse_rfc3339(text)) return *at;
  if (const auto ago = parse_duration(text)) return std::chrono::floor<std::chrono::seconds>(now - *ago);
  return fail(Fault::invalid, "{}: '{}' is no time; write 2026-11-20T01:02:03Z, or how long ago: 2h, 3d", option,
              one_line(text, 40));
}

Result<app::BackfillSpan> read_span(const BackfillOptions& options) {
  const auto now = SystemClock().now();
  app::BackfillSpan span{now, now, options.ask};
  const auto since = read_moment("--since", options.since, now);
  if (!since) return std::unexpected(since.error());
  span.since = *since;
  if (options.until.empty()) return span;
  const auto until = read_moment("--until", options.until, now);
  if (!until) return std::unexpected(until.error());
  span.until = *until;
  return span;
}

/// What is shown of it, from the API's form or from here.
app::BackfillProgress progress_from(const json& body) {
  app::BackfillProgress progress;
  const auto time = [&](const char* key) {
    return parse_rfc3339(body.value(key, std::string())).value_or(Timestamp{});
  };
  progress.name = body.value("name", std::string());
  const auto state = body.value("state", std::string());
  for (const auto each : {app::BackfillState::running, app::BackfillState::done, app::BackfillState::failed})
    if (state == app::to_text(each)) progress.state = each;
  progress.span = {time("from"), time("to"), body.value("ask", false)};
  progress.reached = time("reached");
  progress.resumed = body.value("resumed", false);
  progress.tally = {body.value("received", std::size_t{0}), body.value("events", std::size_t{0}),
                    body.value("duplicates", std::size_t{0}), body.value("quarantined", std::size_t{0}),
                    body.value("ignored", std::size_t{0})};
  progress.pages = body.value("pages", std::size_t{0});
  progress.retries = body.value("retries", std::size_t{0});
  progress.trouble = body.value("trouble", std::string());
  return progress;
}

int percent_of(const app::BackfillProgress& progress) {
  const auto whole = (progress.span.until - progress.span.since).count();
  const auto part = (progress.reached - progress.span.since).count();
  return whole <= 0 ? 100
                    : static_cast<int>(
                          std::clamp<double>(100.0 * static_cast<double>(part) / static_cast<double>(whole), 0, 100));
}

/// One line that is written over: 43 % [#########           ] 1200 messages, 14 events.
void show_bar(const app::BackfillProgress& progress) {
  if (::isatty(STDERR_FILENO) != 1) return;
  constexpr std::size_t width = 30;
  const auto percent = percent_of(progress);
  const std::string done(width * static_cast<std::size_t>(percent) / 100, '#');
  fmt::print(stderr, "\r\x1b[K{:3} % [{:<30}] {} messages, {} events{}", percent, done, progress.tally.received,
             progress.tally.events, progress.trouble.empty() ? "" : "; " + one_line(progress.trouble, 60));
}

int print_end(const app::BackfillProgress& progress, const std::string& format) {
  if (::isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\n");
  const auto& tally = progress.tally;
  if (format == "json") {
    json body{{"name", progress.name},
              {"state", app::to_text(progress.state)},
              {"from", to_rfc3339(progress.span.since)},
              {"to", to_rfc3339(progress.span.until)},
              {"reached", to_rfc3339(progress.reached)},
              {"resumed", progress.resumed},
              {"received", tally.received},
              {"events", tally.events},
              {"duplicates", tally.duplicates},
              {"quarantined", tally.quarantined},
              {"ignored", tally.ignored},
              {"pages", progress.pages},
              {"retries", progress.retries}};
    if (!progress.trouble.empty()) body["trouble"] = progress.trouble;
    fmt::print("{}\n", body.dump(-1, ' ', false, json::error_handler_t::replace));
  } else {
    fmt::print("{} messages: {} events, {} known already, {} quarantined, {} of no interest\n", tally.received,
               tally.events, tally.duplicates, tally.quarantined, tally.ignored);
  }
  if (!progress.trouble.empty()) fmt::print(stderr, "{}\n", one_line(progress.trouble, 1000));
  if (progress.state == app::BackfillState::done) return 0;
  fmt::print(stderr, "it came as far as {}; the same command goes on from there\n", to_rfc3339(progress.reached));
  return 2;
}

/// Has the server do it and looks on until it ends.
Result<app::BackfillProgress> backfill_there(const Remote& remote, const std::string& name,
                                             const app::BackfillSpan& span) {
  const json wanted{{"since", to_rfc3339(span.since)}, {"until", to_rfc3339(span.until)}, {"ask", span.ask}};
  auto reply = remote.post("/api/v1/backfills/" + to_percent(name), wanted);
  if (!reply) return std::unexpected(reply.error());
  if (reply->status != 202) return fail(Fault::invalid, "{}", complaint(*reply));
  auto progress = progress_from(reply->body);
  while (progress.state == app::BackfillState::running) {
    show_bar(progress);
    std::this_thread::sleep_for(between_questions);
    reply = remote.get("/api/v1/backfills");
    if (!reply) return std::unexpected(reply.error());
    if (reply->status != 200 || !reply->body.is_object()) return fail(Fault::unavailable, "{}", complaint(*reply));
    for (const auto& each : reply->body.value("backfills", json::array()))
      if (each.value("name", std::string()) == name) progress = progress_from(each);
  }
  return progress;
}

int backfill(const BackfillOptions& options) {
  const auto failed = [](const Error& error) {
    fmt::print(stderr, "{}\n", one_line(error.message, 1000));
    return 2;
  };
  const auto span = read_span(options);
  if (!span) return failed(span.error());
  const auto remote = Remote::find(options.remote);
  if (!remote) return failed(remote.error());
  const auto* alone = remote->alone_with();
  const auto ended =
      alone ? backfill_alone(*alone, options.name, *span, show_bar) : backfill_there(*remote, options.name, *span);
  return ended ? print_end(*ended, options.format) : failed(ended.error());
}

}  // namespace

void add_backfill(CLI::App& app, int& status) {
  auto options = std::make_shared<BackfillOptions>();
  auto* command = app.add_subcommand(
      "backfill", "What a provider's deliveries missed, from its search. Can be repeated: each event is there once");
  add_remote_options(*command, options->remote);
  command->add_option("NAME", options->name, "Of [backfill.NAME]: whom to ask")->required();
  command->add_option("--since", options->since, "From when: RFC 3339, or how long ago (2h, 3d)")->required();
  command->add_option("--until", options->until, "Until when, exclusive; without it now");
  command->add_flag("--ask", options->ask, "Ask people about these logins; without it nobody is");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->footer(
      "The server does it: it goes on when this is interrupted. One that failed is resumed by the same command.");
  command->callback([&status, options] { status = backfill(*options); });
}

}  // namespace countersign::cli

#include "main/approvals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "core/query.hpp"
#include "main/exchange.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json;

struct Options {
  RemoteOptions remote;
  std::string format = "text", state, from, to, query, id, reason, person;
  std::vector<std::string> events;
  int limit = 100;
  bool security = false, trust = false;
};

void add_format(CLI::App& command, Options& options) {
  command.add_option("--format", options.format, "text or json")->check(CLI::IsMember({"text", "json"}));
}

std::string text(const json& object, const char* key) {
  return member_text(object, key);
}

std::string parameters(const Options& options) {
  auto query = fmt::format("?limit={}", options.limit);
  for (const auto& [name, value] : {std::pair("state", options.state), std::pair("from", options.from),
                                    std::pair("to", options.to), std::pair("query", options.query)})
    if (!value.empty()) query += fmt::format("&{}={}", name, to_percent(value));
  return query;
}

/// What is there of: the act and its failure, who@where, from where, by what.
std::string about(const json& event) {
  std::string words = text(event, "event.action");
  const auto add = [&](std::string_view before, const std::string& value) {
    if (!value.empty()) words += fmt::format("{}{}{}", words.empty() ? "" : " ", before, value);
  };
  if (text(event, "event.outcome") == "failure") add("", "failed");
  const auto host = text(event, "host.name");
  add("", text(event, "user.name") + (host.empty() ? "" : "@" + host));
  add("from ", text(event, "source.ip"));
  add("port ", text(event, "source.port"));
  add("", text(event, "ssh.method"));
  add("", text(event, "ssh.key.fingerprint"));
  return words;
}

void print_event(const json& event, std::string_view indent) {
  fmt::print("{}{}  {:<10} {}\n", indent, text(event, "@timestamp"), text(event, "approval.state"), about(event));
}

void print_approval(const json& approval, bool whole) {
  const auto& events = approval["events"];
  const auto whom = text(approval, "person").empty() ? text(approval, "addressed_to") : text(approval, "person");
  fmt::print("{}  {:<9} {:<18} {} event{}\n", text(approval, "id"), text(approval, "state"), whom, events.size(),
             events.size() == 1 ? "" : "s");
  if (!text(approval, "reason").empty()) fmt::print("  why here: {}\n", text(approval, "reason"));
  for (const auto& event : events)
    print_event(event, "  ");
  if (!whole) return;
  for (const auto& sent : approval["notifications"])
    fmt::print("  told      {:<18} {:<9} {} {}\n", text(sent, "to"), text(sent, "state"), text(sent, "at"),
               text(sent, "error"));
  for (const auto& decision : approval["decisions"])
    fmt::print("  {:<9} {:<18} by {} via {} {}\n", text(decision, "decision"), text(decision, "at"),
               text(decision, "by"), text(decision, "via"), text(decision, "reason"));
  for (const auto& decision : approval["decisions"])
    for (const auto& note : decision["notes"])
      fmt::print("  added     {:<18} by {}: {}\n", text(note, "at"), text(note, "by"), text(note, "text"));
}

/// One exchange with the command's own options.
int exchange(const Options& options, const std::function<Result<Reply>(const Remote&)>& ask,
             const std::function<void(const json&)>& print) {
  return exchange(options.remote, options.format, ask, print);
}

/// A subcommand with its own options, run when it is the one given.
CLI::App* subcommand(CLI::App& parent, const char* name, const char* about, const std::shared_ptr<Options>& options) {
  auto* command = parent.add_subcommand(name, about);
  add_remote_options(*command, options->remote);
  add_format(*command, *options);
  return command;
}

void add_decision(CLI::App& parent, const char* act, const char* about, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = subcommand(parent, act, about, options);
  command->add_option("ID", options->id, "The approval")->required();
  command->add_option("--reason", options->reason, "Why; kept with the decision");
  command->add_option("--event", options->events, "Only these events of it");
  if (std::string_view(act) == "approve")
    command->add_flag("--trust", options->trust, "And the same again for [notify] trust_for: nobody is asked");
  command->callback([&status, options, act] {
    json word{{"decision", act}};
    if (options->trust) word["trust"] = true;
    if (!options->reason.empty()) word["reason"] = options->reason;
    if (!options->events.empty()) word["events"] = options->events;
    status = exchange(
        *options,
        [&](const Remote& remote) {
          return remote.post("/api/v1/approvals/" + to_percent(options->id) + "/decision", word);
        },
        [](const json& approval) { print_approval(approval, true); });
  });
}

void add_contain(CLI::App& parent, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = subcommand(parent, "contain", "Ask the host's agent to end the session of what was denied", options);
  command->add_option("ID", options->id, "The approval")->required();
  command->callback([&status, options] {
    status = exchange(
        *options,
        [&](const Remote& remote) {
          return remote.post("/api/v1/approvals/" + to_percent(options->id) + "/contain", json::object());
        },
        [](const json& reply) {
          for (const auto& asked : reply["asked"])
            fmt::print("asked the agent of {}; good until {}\n", text(asked, "host"), text(asked, "expires_at"));
        });
  });
}

void print_next(const json& page) {
  if (page.contains("next_cursor")) fmt::print(stderr, "more: narrow with --from and --to, or raise --limit\n");
}

void add_list_options(CLI::App& command, Options& options) {
  command.add_option("--from", options.from, "RFC 3339 time, inclusive");
  command.add_option("--to", options.to, "RFC 3339 time, exclusive");
  command.add_option("--limit", options.limit, "At most this many")->check(CLI::Range(1, 1000));
}

/// No event is in a span that ends before it begins: a slip, said rather than answered by nothing.
bool ends_before_it_begins(const Options& options) {
  const auto from = parse_rfc3339(options.from), to = parse_rfc3339(options.to);
  if (!from || !to || *from <= *to) return false;
  fmt::print(stderr, "--to {} is before --from {}\n", one_line(options.to, 60), one_line(options.from, 60));
  return true;
}

/// What is wrong with the query, and a mark under the place where.
void show_query_fault(const std::string& query, const Error& error) {
  fmt::print(stderr, "{}\n", one_line(error.message, 300));
  constexpr std::string_view words = "position ";
  std::size_t position = 0;
  const auto& message = error.message;
  if (!message.starts_with(words) ||
      std::from_chars(message.data() + words.size(), message.data() + message.size(), position).ec != std::errc() ||
      position == 0 || query.size() > 160 || std::ranges::any_of(query, [](char c) { return c < ' '; }))
    return;  // bytes are not columns there
  fmt::print(stderr, "  {}\n  {:>{}}\n", query, '^', position);
}

}  // namespace

void add_approvals(CLI::App& app, int& status) {
  auto* approvals =
      app.add_subcommand("approvals", "What waits for a human's word, and what was said")->require_subcommand(1);
  auto listed = std::make_shared<Options>();
  auto* list = subcommand(*approvals, "list", "Approvals, newest first", listed);
  list->add_option("--state", listed->state, "pending, approved, denied or expected");
  add_list_options(*list, *listed);
  list->callback([&status, listed] {
    if (ends_before_it_begins(*listed)) {
      status = 2;
      return;
    }
    status = exchange(
        *listed, [&](const Remote& remote) { return remote.get("/api/v1/approvals" + parameters(*listed)); },
        [](const json& page) {
          for (const auto& approval : page["approvals"])
            print_approval(approval, false);
          print_next(page);
        });
  });
  auto shown = std::make_shared<Options>();
  auto* show = subcommand(*approvals, "show", "One approval, whole", shown);
  show->add_option("ID", shown->id, "The approval")->required();
  show->callback([&status, shown] {
    status = exchange(
        *shown, [&](const Remote& remote) { return remote.get("/api/v1/approvals/" + to_percent(shown->id)); },
        [](const json& approval) { print_approval(approval, true); });
  });
  add_decision(*approvals, "approve", "Say that it was meant to happen", status);
  add_decision(*approvals, "deny", "Say that it was not: an alarm, at once", status);
  add_contain(*approvals, status);
}

void add_events(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* events = subcommand(app, "events", "Events by query: user.name=oswaldo AND NOT host.name=web*", options);
  events->add_option("QUERY", options->query, "Terms joined by AND, OR, NOT and parentheses; none: all");
  add_list_options(*events, *options);
  events->callback([&status, options] {
    if (const auto query = core::parse_query(options->query); !query) {
      show_query_fault(options->query, query.error());
      status = 2;
      return;
    }
    if (ends_before_it_begins(*options)) {
      status = 2;
      return;
    }
    status = exchange(
        *options, [&](const Remote& remote) { return remote.get("/api/v1/events" + parameters(*options)); },
        [](const json& page) {
          for (const auto& event : page["events"])
            print_event(event, "");
          print_next(page);
        });
  });
}

void add_inbox(CLI::App& app, int& status) {
  auto* inbox = app.add_subcommand("inbox", "The built-in inbox")->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto* link = subcommand(*inbox, "link", "A link that opens an inbox, once, within the hour", options);
  auto* person = link->add_option("--person", options->person, "This person's inbox");
  auto* security = link->add_flag("--security", options->security, "The security team's");
  link->callback([&status, options, person, security] {
    if (person->count() + security->count() == 0) {
      fmt::print(stderr, "whose inbox? give --person NAME or --security\n");
      status = 2;
      return;
    }
    json wanted = json::object();
    if (!options->person.empty()) wanted["person"] = options->person;
    if (options->security) wanted["security"] = true;
    status = exchange(
        *options, [&](const Remote& remote) { return remote.post("/api/v1/inbox/links", wanted); },
        [](const json& reply) { fmt::print("{}\n", reply["url"].get<std::string>()); });
  });
}

}  // namespace countersign::cli

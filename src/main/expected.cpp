#include "main/expected.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "main/exchange.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json;

struct ExpectedOptions {
  RemoteOptions remote;
  std::string format = "text", id, account, host, network, key, person, reason, until, lasting;
  bool all = false;
};

std::string shown(const json& change, const char* key, const char* otherwise = "") {
  if (!change.is_object() || !change.contains(key) || !change[key].is_string()) return otherwise;
  return one_line(change[key].get<std::string>(), 160);
}

void print_change(const json& change) {
  const auto ended = shown(change, "ended_at");
  fmt::print("{:<14} {:<10} until {}  {} as {} on {} from {} with {}  by {}: {}{}\n", shown(change, "id", "-"),
             shown(change, "kind"), shown(change, "until"), shown(change, "person", "anybody"),
             shown(change, "account", "any account"), shown(change, "host"), shown(change, "network", "anywhere"),
             shown(change, "key", "any key"), shown(change, "author"), shown(change, "reason"),
             ended.empty() ? "" : fmt::format("  ended {} by {}", ended, shown(change, "ended_by")));
}

CLI::App* expected_command(CLI::App& parent, const char* name, const char* about,
                           const std::shared_ptr<ExpectedOptions>& options) {
  auto* command = parent.add_subcommand(name, about);
  add_remote_options(*command, options->remote);
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  return command;
}

int add_one(const ExpectedOptions& options) {
  auto until = options.until;
  if (!options.lasting.empty()) {
    const auto span = parse_duration(options.lasting);
    if (!span) {
      fmt::print(stderr, "--for: {}\n", span.error().message);
      return 2;
    }
    until = to_rfc3339(std::chrono::floor<std::chrono::seconds>(SystemClock().now() + *span));
  }
  json change{{"reason", options.reason}, {"until", until}};
  for (const auto& [name, value] :
       {std::pair("account", options.account), std::pair("host", options.host), std::pair("network", options.network),
        std::pair("key", options.key), std::pair("person", options.person)})
    if (!value.empty()) change[name] = value;
  return exchange(
      options.remote, options.format, [&](const Remote& remote) { return remote.post("/api/v1/expected", change); },
      print_change);
}

}  // namespace

void add_expected(CLI::App& app, int& status) {
  auto* expected = app.add_subcommand("expected", "Changes that are announced: nobody is asked about their logins")
                       ->require_subcommand(1);
  auto listed = std::make_shared<ExpectedOptions>();
  auto* list = expected_command(*expected, "list", "What is in force, soonest end first", listed);
  list->add_flag("--all", listed->all, "Also what is over");
  list->callback([&status, listed] {
    status = exchange(
        listed->remote, listed->format,
        [&](const Remote& remote) {
          return remote.get(listed->all ? "/api/v1/expected?all=true" : "/api/v1/expected");
        },
        [](const json& page) {
          for (const auto& change : page["expected"])
            print_change(change);
        });
  });
  auto added = std::make_shared<ExpectedOptions>();
  auto* add = expected_command(*expected, "add", "Announce one; at least one of account, host, network and key", added);
  add->add_option("--account", added->account, "Unix account");
  add->add_option("--host", added->host, "Host; * stands for any text");
  add->add_option("--network", added->network, "Source network or address");
  add->add_option("--key", added->key, "Fingerprint of the key");
  add->add_option("--person", added->person, "Only this person's logins");
  add->add_option("--reason", added->reason, "What is going on")->required();
  auto* until = add->add_option("--until", added->until, "RFC 3339 time at which it ends");
  auto* lasting = add->add_option("--for", added->lasting, "How long it lasts: 2h, at most 30d");
  until->excludes(lasting);
  add->callback([&status, added, until, lasting] {
    if (until->count() + lasting->count() == 0) throw CLI::RequiredError("--until or --for");
    status = add_one(*added);
  });
  auto over = std::make_shared<ExpectedOptions>();
  auto* end = expected_command(*expected, "end", "End one before its time", over);
  end->add_option("ID", over->id, "The expected change")->required();
  end->callback([&status, over] {
    status = exchange(
        over->remote, over->format,
        [&](const Remote& remote) {
          return remote.post("/api/v1/expected/" + to_percent(over->id) + "/end", json::object());
        },
        print_change);
  });
}

}  // namespace countersign::cli

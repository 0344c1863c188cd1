#include "main/agents.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/encoding.hpp"
#include "main/exchange.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json;

struct AgentsOptions {
  RemoteOptions remote;
  std::string format = "text", host;
};

CLI::App* agents_subcommand(CLI::App& parent, const char* name, const char* about,
                            const std::shared_ptr<AgentsOptions>& options) {
  auto* command = parent.add_subcommand(name, about);
  add_remote_options(*command, options->remote);
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  return command;
}

void print_host(const json& host) {
  std::string classes;
  for (const auto& stream : host["streams"])
    classes += (classes.empty() ? "" : ",") + member_text(stream, "class");
  const auto seen = member_text(host, "last_seen");
  fmt::print("{:<24} {:<9} {:<28} {:<16} {:.2f} % seen today\n", member_text(host, "host"),
             seen.empty()                  ? "never"
             : host.value("silent", false) ? "silent"
                                           : "watching",
             seen.empty() ? "-" : seen, classes.empty() ? "-" : classes, host["coverage"].value("covered", 0.0) * 100);
  for (const auto& gap : host["coverage"]["gaps"])
    fmt::print("  blind {} to {}: {}{}\n", member_text(gap, "from"), member_text(gap, "to"), member_text(gap, "why"),
               gap.value("lost", 0) > 0 ? fmt::format(", {} lost", gap.value("lost", 0)) : "");
}

}  // namespace

void add_agents(CLI::App& app, int& status) {
  auto* agents =
      app.add_subcommand("agents", "The hosts' agents: who watches, and since when not")->require_subcommand(1);
  auto listed = std::make_shared<AgentsOptions>();
  agents_subcommand(*agents, "list", "Each host with an agent, and what it could see today", listed)
      ->callback([&status, listed] {
        status = exchange(
            listed->remote, listed->format, [](const Remote& remote) { return remote.get("/api/v1/agents"); },
            [](const json& reply) {
              for (const auto& host : reply["agents"])
                print_host(host);
            });
      });
  auto removed = std::make_shared<AgentsOptions>();
  auto* remove = agents_subcommand(*agents, "remove", "Forget a host's agent: its key is good no more", removed);
  remove->add_option("HOST", removed->host, "The host")->required();
  remove->callback([&status, removed] {
    status = exchange(
        removed->remote, removed->format,
        [&](const Remote& remote) { return remote.remove("/api/v1/agents/" + to_percent(removed->host)); },
        [](const json& reply) {
          fmt::print("{}: {} agent{} removed\n", member_text(reply, "host"), member_text(reply, "removed"),
                     member_text(reply, "removed") == "1" ? "" : "s");
        });
  });
  auto keyed = std::make_shared<AgentsOptions>();
  agents_subcommand(*agents, "key", "The server's public key, for the agents' [agent] server_key", keyed)
      ->callback([&status, keyed] {
        status = exchange(
            keyed->remote, keyed->format,
            [](const Remote& remote) -> Result<Reply> {
              auto reply = remote.get("/api/v1/agents");
              if (reply && reply->body.is_object() && reply->body.contains("server_key"))
                reply->body = json{{"server_key", reply->body["server_key"]}};
              return reply;
            },
            [](const json& reply) { fmt::print("{}\n", member_text(reply, "server_key")); });
      });
}

}  // namespace countersign::cli

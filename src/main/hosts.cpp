#include "main/hosts.hpp"

#include <fmt/format.h>

#include <memory>

#include "app/aliases.hpp"
#include "base/text.hpp"
#include "main/exchange.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json;

struct HostsOptions {
  RemoteOptions remote;
  std::string format = "text";
};

void print_known_host(const json& host) {
  const auto watched = host.value("agent", false)
                           ? fmt::format("agent, {:.2f} % seen", host.value("coverage_percent", 0.0))
                           : std::string("no agent");
  fmt::print("{:<28} {}\n", member_text(host, "name"), watched);
  for (const auto& way : host["ways"])
    fmt::print("  not witnessed: {}\n", member_text(way, "words"));
  for (const auto& note : host["notes"])
    if (note.is_string()) fmt::print("  {}\n", one_line(note.get<std::string>(), 400));
}

/// The table to paste stands by itself on stdout; what speaks for it is a comment to TOML.
void print_alias(const json& alias) {
  fmt::print("# {}\n", member_text(alias, "words"));
  const auto toml = alias.value("toml", "");
  for (std::size_t start = 0, end = 0; (end = toml.find('\n', start)) != std::string::npos; start = end + 1)
    fmt::print("{}\n", one_line(toml.substr(start, end - start), 600));
  fmt::print("\n");
}

void print_hosts(const json& reply) {
  for (const auto& host : reply["hosts"])
    print_known_host(host);
  if (reply["hosts"].empty()) fmt::print(stderr, "no host is known yet\n");
}

/// What is not proposed yet is no table to paste.
void print_aliases(const json& reply) {
  for (const auto& alias : reply["aliases"])
    print_alias(alias);
  const auto candidates = reply.value("alias_candidates", json::array());
  const bool none = reply["aliases"].empty();
  if (candidates.empty()) {
    if (none) fmt::print(stderr, "no name is proposed: what the kernels saw, the logs told of under declared names\n");
    return;
  }
  std::int64_t logins = 0;
  for (const auto& candidate : candidates)
    logins += candidate.value("logins", std::int64_t{0});
  fmt::print("# {}: {} login{} under an undeclared name ({} are needed)\n",
             none ? "no name is proposed yet" : "not proposed yet", logins, logins == 1 ? "" : "s",
             app::logins_to_propose);
  for (const auto& candidate : candidates)
    fmt::print("# {}\n", member_text(candidate, "words"));
}

void add_list(CLI::App& hosts, const char* name, const char* about, int& status,
              const std::vector<const char*>& members, void (*print)(const json&)) {
  auto options = std::make_shared<HostsOptions>();
  auto* command = hosts.add_subcommand(name, about);
  add_remote_options(*command, options->remote);
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->callback([&status, options, members, print] {
    status = exchange(
        options->remote, options->format,
        [members](const Remote& remote) -> Result<Reply> {
          auto reply = remote.get("/api/v1/hosts");
          if (!reply || !reply->body.is_object() || !reply->body.contains(members.front())) return reply;
          json asked;
          for (const auto* member : members)
            if (reply->body.contains(member)) asked[member] = std::move(reply->body[member]);
          reply->body = std::move(asked);
          return reply;
        },
        print);
  });
}

}  // namespace

void add_hosts(CLI::App& app, int& status) {
  auto* hosts = app.add_subcommand("hosts", "The hosts: which ways in nobody witnesses, which names nobody declared")
                    ->require_subcommand(1);
  add_list(*hosts, "list", "Each host that is known, and the ways into it that nobody witnesses", status, {"hosts"},
           &print_hosts);
  add_list(*hosts, "aliases",
           "Names under which a log tells of logins that a host's kernel saw, as TOML to paste once you believe it",
           status, {"aliases", "alias_candidates"}, &print_aliases);
}

}  // namespace countersign::cli

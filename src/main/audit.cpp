#include "main/audit.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "audit/chain_check.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "main/audit_bundle.hpp"
#include "main/audit_source.hpp"

namespace countersign::cli {
namespace {

struct AuditOptions {
  RemoteOptions remote;
  std::string head, file, folder, from, to, format = "text";
};

int say(const Error& error) {
  fmt::print(stderr, "{}\n", one_line(error.message, 1000));
  return error.fault == Fault::conflict ? 1 : 2;
}

/// The head as hex, or empty. Fault::invalid where it is none.
Result<std::string> read_head(const std::string& text) {
  auto bytes = from_hex(text);
  if (!bytes || (!text.empty() && bytes->size() != 32))
    return fail(Fault::invalid, "--head takes 64 hexadecimal digits, as countersign audit head prints them");
  return bytes;
}

int verify(const AuditOptions& options) {
  const auto head = read_head(options.head);
  if (!head) return say(head.error());
  std::optional<audit::ChainCheck> check;
  const auto begin = [&](const std::string& chain) { check.emplace(chain, *head); };
  const auto add = [&](const app::AuditEntry& entry, const nlohmann::json&) { return check->add(entry); };
  Result<void> read;
  if (!options.file.empty()) {
    read = read_chain(options.file, begin, add);
  } else {
    const auto remote = Remote::find(options.remote);
    if (!remote) return say(remote.error());
    read = read_chain(*remote, begin, add);
  }
  if (!read) return say(read.error());
  if (!check) return say({Fault::invalid, "there is no chain to verify"});
  if (const auto finished = check->finish(); !finished) return say(finished.error());
  if (options.format == "json")
    fmt::print("{}\n", nlohmann::json{{"entries", check->entries()}, {"head", to_hex(check->head())}}.dump());
  else
    fmt::print("the chain holds: {} entries, head {}\n{}", check->entries(), to_hex(check->head()),
               options.head.empty() ? "without --head a tail that was cut can't be told\n" : "");
  return 0;
}

int print_head(const AuditOptions& options) {
  const auto remote = Remote::find(options.remote);
  if (!remote) return say(remote.error());
  const auto reply = remote->get("/api/v1/audit/head");
  if (!reply) return say(reply.error());
  if (reply->status != 200) return say({Fault::unavailable, complaint(*reply)});
  if (options.format == "json") {
    fmt::print("{}\n", reply->body.dump());
  } else {
    const auto head = reply->body.value("head", nlohmann::json());
    fmt::print("{}\n", head.is_string() ? head.get<std::string>() : "");
  }
  return 0;
}

int write_bundle(const AuditOptions& options) {
  const auto remote = Remote::find(options.remote);
  if (!remote) return say(remote.error());
  const auto written = export_bundle(*remote, {options.folder, options.from, options.to, options.remote.config_file});
  if (!written) return say(written.error());
  fmt::print("{}\n", *written);
  return 0;
}

}  // namespace

void add_audit(CLI::App& app, int& status) {
  auto* audit =
      app.add_subcommand("audit", "The hash chain of decisions, findings and configurations")->require_subcommand(1);
  const auto command = [&](const char* name, const char* about, int (*run)(const AuditOptions&)) {
    auto options = std::make_shared<AuditOptions>();
    auto* made = audit->add_subcommand(name, about);
    add_remote_options(*made, options->remote);
    made->callback([&status, options, run] { status = run(*options); });
    return std::pair(made, options);
  };
  const auto format = [](CLI::App& made, AuditOptions& options) {
    made.add_option("--format", options.format, "text or json")->check(CLI::IsMember({"text", "json"}));
  };
  const auto [verified, verify_options] =
      command("verify", "Hold every entry to its hash; exits 1 at the first that was touched", verify);
  verified->add_option("--head", verify_options->head, "A head noted earlier: finds a tail that was cut since");
  verified->add_option("--file", verify_options->file, "A bundle's audit.jsonl instead of a server");
  format(*verified, *verify_options);
  const auto [headed, head_options] = command("head", "The newest hash, to be kept off this machine", print_head);
  format(*headed, *head_options);
  const auto [exported, export_options] =
      command("export", "A folder that an auditor checks without this server", write_bundle);
  exported->add_option("FOLDER", export_options->folder, "Made; must not exist")->required();
  exported->add_option("--from", export_options->from, "RFC 3339 time, inclusive")->required();
  exported->add_option("--to", export_options->to, "RFC 3339 time, exclusive")->required();
}

}  // namespace countersign::cli

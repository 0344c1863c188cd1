#include "main/audit.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "audit/chain_check.hpp"
#include "audit/claims.hpp"
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "main/audit_bundle.hpp"
#include "main/audit_source.hpp"
#include "main/audit_store.hpp"

namespace countersign::cli {
namespace {

struct AuditOptions {
  RemoteOptions remote;
  std::string head, file, folder, from, to, format = "text";
  bool chain_only = false;
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

/// What "$(cat noted.head)" gives without the file: taken for no head, it would let a cut tail pass.
std::string not_empty(const std::string& head) {
  return head.find_first_not_of(" \t\r\n") == std::string::npos ? "the head is empty: is the file there?" : "";
}

/// Holds the chain to its hashes and, where a server is asked, the store to the chain.
class Verification {
 public:
  explicit Verification(std::string head) : head_(std::move(head)) {}

  Result<void> file(const std::string& name) {
    if (auto read = read_chain(name, begin(), add()); !read) return read;
    return finish();
  }

  Result<void> server(const Remote& remote, bool chain_only) {
    if (auto read = read_chain(remote, begin(), add()); !read) return read;
    if (auto finished = finish(); !finished || chain_only) return finished;
    if (auto held = hold_store(remote, claims_); !held) return held;
    claims_.store_read();
    if (auto read = read_chain(remote, [](const std::string&) {}, add(), to_text(last_)); !read) return read;
    return claims_.finish();
  }

  [[nodiscard]] const audit::ChainCheck& chain() const { return *check_; }
  [[nodiscard]] const audit::Claims& claims() const { return claims_; }

 private:
  std::function<void(const std::string&)> begin() {
    return [this](const std::string& chain) { check_.emplace(chain, head_); };
  }
  EntrySink add() {
    return [this](const app::AuditEntry& entry, const nlohmann::json&) {
      last_ = entry.id;
      if (auto held = check_->add(entry); !held) return held;
      return claims_.add(entry);
    };
  }
  Result<void> finish() { return check_ ? check_->finish() : fail(Fault::invalid, "there is no chain to verify"); }

  const std::string head_;
  std::optional<audit::ChainCheck> check_;
  audit::Claims claims_;
  Id last_;
};

int verify(const AuditOptions& options) {
  const auto head = read_head(options.head);
  if (!head) return say(head.error());
  Verification verification(*head);
  Result<void> held;
  if (!options.file.empty()) {
    held = verification.file(options.file);
  } else {
    const auto remote = Remote::find(options.remote);
    if (!remote) return say(remote.error());
    held = verification.server(*remote, options.chain_only);
  }
  if (!held) return say(held.error());
  const auto& chain = verification.chain();
  const bool store = options.file.empty() && !options.chain_only;
  if (options.format == "json") {
    nlohmann::json said{{"entries", chain.entries()}, {"head", to_hex(chain.head())}};
    if (store) {
      said["roots"] = verification.claims().roots().size();
      said["seals"] = verification.claims().seals().size();
    }
    fmt::print("{}\n", said.dump());
    return 0;
  }
  fmt::print("the chain holds: {} entries, head {}\n", chain.entries(), to_hex(chain.head()));
  if (store)
    fmt::print(
        "the store agrees: {} daily roots, {} sealed reports, every decision, finding, expected change and verdict\n",
        verification.claims().roots().size(), verification.claims().seals().size());
  if (options.head.empty()) fmt::print("without --head a tail that was cut can't be told\n");
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
  const auto written = export_bundle(*remote, {options.folder, options.from, options.to, SystemClock().now()});
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
  const auto [verified, verify_options] = command(
      "verify", "Hold every entry to its hash, and the store to the chain; exits 1 at the first that was touched",
      verify);
  verified->add_option("--head", verify_options->head, "A head noted earlier: finds a tail that was cut since")
      ->check(not_empty, "");
  verified->add_flag("--chain-only", verify_options->chain_only,
                     "Hold the chain to its hashes, and not the store to the chain");
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

#include "main/audit_bundle.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "audit/chain_check.hpp"
#include "auditor.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "main/audit_source.hpp"
#include "main/policy.hpp"

namespace countersign::cli {
namespace {

using nlohmann::ordered_json;

std::string dumped(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// The folder's files as they are written, with the digest of each.
class Bundle {
 public:
  static Result<Bundle> make(const std::string& folder) {
    std::error_code error;
    if (!std::filesystem::create_directory(folder, error))
      return fail(Fault::invalid, "can't make the folder {}: {}", folder,
                  error ? error.message() : "it is there already; name another");
    return Bundle(folder);
  }

  Result<void> write(const std::string& name, std::string_view text) {
    std::ofstream out(std::filesystem::path(folder_) / name, std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out) return fail(Fault::unavailable, "can't write {}/{}; is the disk full?", folder_, name);
    digests_[name] = to_hex(crypto::sha256(text));
    return {};
  }

  [[nodiscard]] const ordered_json& digests() const { return digests_; }

 private:
  explicit Bundle(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
  ordered_json digests_ = ordered_json::object();
};

/// The chain as lines, checked on the way; its head in hex.
Result<std::string> take_chain(const Remote& remote, std::string& lines) {
  std::optional<audit::ChainCheck> check;
  const auto read = read_chain(
      remote,
      [&](const std::string& chain) {
        check.emplace(chain, "");
        lines = dumped({{"chain", to_hex(chain)}}) + "\n";
      },
      [&](const app::AuditEntry& entry, const nlohmann::json& object) {
        lines += dumped(object) + "\n";
        return check->add(entry);
      });
  if (!read) return std::unexpected(read.error());
  return check ? to_hex(check->head()) : std::string();
}

Result<std::string> take_population(const Remote& remote, const BundleWanted& wanted) {
  std::string lines, cursor;
  do {
    const auto reply = remote.get(fmt::format("/api/v1/events?limit=1000&query={}&from={}&to={}&cursor={}",
                                              to_percent("event.action=*_login"), to_percent(wanted.from),
                                              to_percent(wanted.to), to_percent(cursor)));
    if (!reply) return std::unexpected(reply.error());
    if (reply->status != 200 || !reply->body.is_object()) return fail(Fault::invalid, "{}", complaint(*reply));
    for (const auto& event : reply->body["events"])
      lines += dumped(event) + "\n";
    cursor = reply->body.value("next_cursor", "");
  } while (!cursor.empty());
  return lines;
}

Result<std::string> take_report(const Remote& remote, const BundleWanted& wanted) {
  const auto reply =
      remote.get(fmt::format("/api/v1/report?from={}&to={}", to_percent(wanted.from), to_percent(wanted.to)));
  if (!reply) return std::unexpected(reply.error());
  if (reply->status != 200) return fail(Fault::invalid, "{}", complaint(*reply));
  return reply->text;
}

Result<std::string> take_policy(const std::string& config_file) {
  const auto loaded = load_config(config_file);
  const auto made = make_policy(loaded);
  if (!made.policy) return fail(Fault::invalid, "{} has errors; run countersign check", config_file);
  const auto& entries = made.policy->directory.entries();
  ordered_json policy{{"people", ordered_json::array()},
                      {"service_accounts", ordered_json::array()},
                      {"hosts", ordered_json::array()},
                      {"rules", ordered_json::array()}};
  for (const auto& person : entries.people) {
    ordered_json accounts = ordered_json::array(), certificates = ordered_json::array();
    for (const auto& account : person.accounts)
      accounts.push_back(account.host == "*" ? account.user : account.user + "@" + account.host);
    for (const auto& certificate : person.certificates)
      certificates.push_back({{"id", certificate.id}, {"ca", certificate.authority}});
    ordered_json keys = ordered_json::array();
    for (const auto& key : person.keys)
      keys.push_back(key);
    policy["people"].push_back({{"name", person.name},
                                {"unix_users", std::move(accounts)},
                                {"key_fingerprints", std::move(keys)},
                                {"certificates", std::move(certificates)}});
  }
  for (const auto& service : entries.services)
    policy["service_accounts"].push_back({{"unix_user", service.user},
                                          {"purpose", service.purpose},
                                          {"owner", service.owner},
                                          {"key_fingerprints", service.keys},
                                          {"hosts", service.hosts}});
  for (const auto& host : entries.hosts)
    policy["hosts"].push_back(
        {{"name", host.name}, {"aliases", host.aliases}, {"log", host.log}, {"agent", host.agent}});
  for (const auto& rule : made.policy->engine.rules())
    policy["rules"].push_back(rule.id);
  return policy.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<std::string> export_bundle(const Remote& remote, const BundleWanted& wanted) {
  auto bundle = Bundle::make(wanted.folder);
  if (!bundle) return std::unexpected(bundle.error());
  std::string chain;
  const auto head = take_chain(remote, chain);
  if (!head) return std::unexpected(head.error());
  const std::pair<const char*, Result<std::string>> files[] = {{"audit.jsonl", std::move(chain)},
                                                               {"population.jsonl", take_population(remote, wanted)},
                                                               {"report.json", take_report(remote, wanted)}};
  for (const auto& [name, text] : files) {
    if (!text) return std::unexpected(text.error());
    if (auto written = bundle->write(name, *text); !written) return std::unexpected(written.error());
  }
  if (!wanted.config_file.empty()) {
    const auto policy = take_policy(wanted.config_file);
    if (!policy) return std::unexpected(policy.error());
    if (auto written = bundle->write("policy.json", *policy); !written) return std::unexpected(written.error());
  }
  for (const auto& file : embedded::auditor())
    if (auto written = bundle->write(std::string(file.name), file.text); !written)
      return std::unexpected(written.error());
  const ordered_json manifest{{"from", wanted.from}, {"to", wanted.to}, {"head", *head}, {"files", bundle->digests()}};
  if (auto written = bundle->write("manifest.json", manifest.dump(2) + "\n"); !written)
    return std::unexpected(written.error());
  return *head;
}

}  // namespace countersign::cli

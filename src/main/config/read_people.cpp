#include <fmt/format.h>

#include <set>

#include "base/text.hpp"
#include "core/approval.hpp"
#include "core/expected_scope.hpp"
#include "core/fingerprint.hpp"
#include "core/host_name.hpp"
#include "core/pager.hpp"
#include "main/config/reading.hpp"

namespace countersign::cli {
namespace {

core::Account read_account(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos) return {std::string(text), "*"};
  return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

/// "SHA256:…", or { fingerprint = "SHA256:…", name = "yubikey" }.
std::vector<std::string> read_fingerprints(Section& table, core::Directory::Entries& entries) {
  std::vector<std::string> keys;
  for (auto& [text, entry] : table.texts_or_sections("key_fingerprints")) {
    auto key = entry ? entry->required("fingerprint") : text;
    if (entry) {
      if (auto name = entry->text("name", ""); !name.empty()) entries.key_names.insert_or_assign(key, std::move(name));
      entry->finish();
    }
    if (!core::is_fingerprint(key))
      table.problem("key_fingerprints",
                    fmt::format("'{}' is no fingerprint; `ssh-keygen -lf key.pub` shows SHA256:…", one_line(key, 80)));
    else if (!core::is_whole_fingerprint(key))
      table.warn("key_fingerprints",
                 fmt::format("'{}' is shorter or longer than a fingerprint, so no key has it; write all of what "
                             "`ssh-keygen -lf key.pub` shows",
                             one_line(key, 80)));
    keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<core::Network> read_networks(Section& table, std::string_view key) {
  std::vector<core::Network> networks;
  for (const auto& text : table.texts(key)) {
    if (auto network = core::Network::parse(text))
      networks.push_back(*network);
    else
      table.problem(key, network.error().message + "; write 10.0.0.0/8 or an address");
  }
  return networks;
}

core::Person read_person(Section& table, core::Directory::Entries& entries, Roll& roll) {
  core::Person person;
  person.name = table.required("name");
  if (person.name == core::security_channel)
    table.problem("name", "no person can be called 'security_channel'; choose another name");
  if (core::is_pager(person.name))
    table.problem("name", "no person's name can begin with 'pager:'; choose another name");
  person.slack_user = table.text("slack_user", "");
  check_slack_id(table, "slack_user", person.slack_user, user_ids);
  person.email = table.text("email", "");
  for (const auto& text : table.texts("unix_users")) {
    person.accounts.push_back(read_account(text));
    if (person.accounts.back().user.empty() || person.accounts.back().host.empty())
      table.problem("unix_users",
                    fmt::format("'{}' is no account; write \"alice\" or \"alice@web*\"", one_line(text, 60)));
  }
  person.keys = read_fingerprints(table, entries);
  for (auto& [id, entry] : table.texts_or_sections("certificate_ids")) {
    if (entry) {
      person.certificates.push_back({entry->required("id"), entry->text("ca", "")});
      entry->finish();
    } else {
      person.certificates.push_back({id, ""});
    }
  }
  roll.names.claim(table, "name", person.name, person.name);
  roll.slack.claim(table, "slack_user", person.slack_user, person.name);
  for (const auto& key : person.keys)
    roll.keys.claim(table, "key_fingerprints", key, person.name);
  for (const auto& [id, ca] : person.certificates)
    roll.certificates.claim(table, "certificate_ids", ca.empty() ? id : fmt::format("{} of {}", id, ca), person.name);
  if (!person.name.empty() && person.accounts.empty() && person.keys.empty() && person.certificates.empty() &&
      person.email.empty())
    table.warn("", fmt::format("nothing leads to {}: add unix_users, key_fingerprints, certificate_ids or email",
                               person.name));
  table.finish();
  return person;
}

core::ServiceAccount read_service(Section& table, core::Directory::Entries& entries, Roll& roll, Timestamp now) {
  core::ServiceAccount account;
  account.user = table.required("unix_user");
  account.purpose = table.text("purpose", "");
  account.owner = table.text("owner", "");
  account.keys = read_fingerprints(table, entries);
  account.networks = read_networks(table, "networks");
  account.hosts = table.texts("hosts");
  account.review_by = table.date("review_by");
  if (account.review_by && *account.review_by + std::chrono::days(1) <= now)
    table.warn("review_by",
               fmt::format("the review of service account {} is overdue; look at it and write the next date",
                           one_line(account.user, 60)));
  roll.services.claim(table, "unix_user", account.user, account.user);
  for (const auto& key : account.keys)
    roll.keys.claim(table, "key_fingerprints", key, fmt::format("service account {}", account.user));
  if (!account.has_policy())
    table.warn("", fmt::format("service account {} has no policy, so every login of it goes to the security channel; "
                               "add key_fingerprints, networks or hosts",
                               account.user));
  table.finish();
  return account;
}

core::Host read_host(Section& table, Roll& roll) {
  core::Host host;
  host.name = core::canonical_host(table.required("name"));
  host.aliases = table.texts("aliases");
  host.groups = table.texts("groups");
  if (const auto word = table.text("severity")) {
    if (const auto severity = core::parse_severity(*word))
      host.severity = *severity;
    else
      table.problem("severity", severity.error().message);
  }
  host.log = table.flag("log", false);
  if (table.has("silent_after")) {
    host.silent_after = table.duration("silent_after", {});
    if (*host.silent_after < std::chrono::seconds(1))
      table.problem("silent_after", "'silent_after' below 1s would never be kept; write 30m, for instance");
  }
  roll.hosts.claim(table, "name", host.name, host.name);
  std::set<std::string> written{host.name}, known{host.name};
  for (const auto& alias : host.aliases) {
    const auto name = core::canonical_host(alias);
    // The same in another spelling says nothing more, and was needed once.
    const bool respelt = !known.insert(name).second && !written.contains(alias);
    written.insert(alias);
    if (!respelt) roll.hosts.claim(table, "aliases", name, host.name);
  }
  table.finish();
  return host;
}

core::ExpectedChange read_expected(Section& table, Timestamp now) {
  core::ExpectedChange change;
  change.account = table.text("account", "");
  change.host = table.text("host", "*");
  change.key = table.text("key", "");
  if (const auto text = table.text("network")) {
    if (auto network = core::Network::parse(*text))
      change.network = *network;
    else
      table.problem("network", network.error().message);
  }
  change.reason = table.required("reason");
  change.author = table.required("author");
  change.from = table.time("from");
  if (const auto until = table.time("until"))
    change.until = *until;
  else if (!table.has("until"))
    table.problem("", "[[expected]] needs its end; add until = 2026-11-20T18:00:00Z");
  if (table.has("until") && change.until != Timestamp{} && change.until <= now)
    table.warn("until", "this expected change is over; remove it, or say until when it lasts");
  const bool bad_network = table.has("network") && !change.network;  // said already
  if (const auto sound = core::check_scope(change); !sound && !bad_network)
    table.problem(table.has("key") && !core::is_fingerprint(change.key) ? "key" : "", sound.error().message);
  table.finish();
  return change;
}

}  // namespace

void read_people(Section& root, core::Directory::Entries& entries, Roll& roll, Timestamp now) {
  for (auto& table : root.each("person"))
    entries.people.push_back(read_person(table, entries, roll));
  for (auto& table : root.each("service_account"))
    entries.services.push_back(read_service(table, entries, roll, now));
  for (auto& table : root.each("host"))
    entries.hosts.push_back(read_host(table, roll));
  for (auto& table : root.each("expected"))
    entries.expected.push_back(read_expected(table, now));
}

}  // namespace countersign::cli

// The parts of the configuration's reader, a function a table. Each asks its section for what it knows and calls
// finish() on it. One thread.
#pragma once

#include "main/config/claims.hpp"
#include "main/config/config.hpp"
#include "settings/section.hpp"

namespace countersign::cli {

void read_server(Section& root, Config& config);
void read_sources(Section& root, Config& config);
/// [webhook.NAME]; what its provider alone knows among the rest.
WebhookConfig read_webhook(const std::string& name, Section& table);
TailConfig read_tail(const std::string& name, Section& table);
SyslogConfig read_syslog(const std::string& name, Section& table);
/// json_rules; `otherwise` where it is not written.
JsonRules read_json_rules(Section& table, std::vector<std::string> otherwise);
/// [backfill.NAME]; after the webhooks, which they name.
void read_backfills(Section& root, Config& config);
void read_chat(Section& root, Config& config);
void read_schedule(Section& root, Config& config);
/// [[pager]], and their names into the schedule.
void read_pagers(Section& root, Config& config);
/// [[export]]
void read_exports(Section& root, Config& config);
/// [[canary]]
void read_canaries(Section& root, Config& config);
/// [audit], and who takes the chain's head into the schedule.
void read_audit(Section& root, Config& config);

/// hosts: those a source may speak for, all where it is not written; a warning where they are none.
std::vector<std::string> read_hosts(Section& table);
inline constexpr std::string_view channel_ids = "CG", user_ids = "UW";  // how Slack's begin
/// A warning where `id` is none of Slack's: one of `kinds`, then capital letters and digits.
void check_slack_id(Section& table, std::string_view key, std::string_view id, std::string_view kinds);

/// The text of the file KEY names, or empty; a problem where it can't be read or is empty.
std::string read_named_file(Section& table, std::string_view key);
/// The path of the certificate authorities KEY names, or empty; a problem where they can't be loaded.
std::string read_ca_file(Section& table, std::string_view key = "ca_file");
/// Problems where these are no certificate with its key and, where one is named, no authority of clients.
void check_tls_files(Section& table, const std::string& certificate, const std::string& key,
                     const std::string& client_ca);

/// A name that may stand in a metric's label and a mark: letters, digits, '-', '_' and '.', 64 at most.
bool is_plain_name(std::string_view name);
/// A problem where `url` begins with neither scheme, or bears a user or password.
void need_scheme(Section& table, std::string_view key, const std::string& url, std::string_view secure,
                 std::string_view other);
/// A warning where `url` is http:// to another machine: the secret that goes with it can be read on the way.
void warn_in_the_clear(Section& table, std::string_view key, const std::string& url);
/// url, secret and ca_file of a webhook of ours; `without_secret` is what is wrong where it has none.
chat::WebhookPagerSettings read_outbound_webhook(Section& table, std::string_view without_secret);

/// [[person]], [[service_account]], [[host]], [[expected]]: of the main file and of the people's files alike. What is
/// over at `now` is a warning.
void read_people(Section& root, core::Directory::Entries& entries, Roll& roll, Timestamp now);
void read_tokens(Section& root, Config& config);
/// [agents] and [[agent]]; after the hosts, which it adds to.
void read_agents(Section& root, Config& config);

/// What no single table can show: accounts that are both a person's and a service, nothing that brings log lines.
void check_whole(Section& root, const Config& config);

}  // namespace countersign::cli

// The configuration file as the programs use it, and its reader. Passive data; secrets inside.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/canary.hpp"
#include "app/export.hpp"
#include "chat/pager/settings.hpp"
#include "chat/slack/settings.hpp"
#include "core/directory.hpp"
#include "core/network.hpp"
#include "core/rhythm.hpp"
#include "core/schedule.hpp"
#include "intake/backfill/cloudwatch_search.hpp"
#include "intake/backfill/loki_search.hpp"
#include "intake/backfill/papertrail_search.hpp"
#include "intake/syslog.hpp"
#include "settings/problem.hpp"
#include "web/agents.hpp"
#include "web/budget.hpp"
#include "web/credentials.hpp"
#include "webhooks/decoders.hpp"

namespace countersign::cli {

using settings::Problem, settings::Problems, settings::has_errors;

/// Which rules may read JSON that a source brings without a program's name: patterns of their ids.
struct JsonRules {
  std::vector<std::string> patterns;
  int line = 0;  // in the file, for messages; 0: not written there
};

struct WebhookConfig {
  std::string name, provider, token_header;
  std::vector<Secret> tokens;
  std::string witness;             // its class
  std::vector<std::string> hosts;  // it may speak for
  std::string default_program;
  JsonRules json_rules;
  webhooks::Options options;
  std::size_t max_body = 0;  // bytes; 0: its provider's own
};

struct TailConfig {
  std::string name;
  std::string path;       // empty: the journal
  std::string directory;  // of the journal; empty: this machine's
  std::string from, timezone;
  JsonRules json_rules;
  std::vector<int> facilities;                          // of the journal, by syslog's numbers
  std::optional<std::vector<std::string>> identifiers;  // of the journal; none: the programs that rules name
};

struct SyslogConfig {
  std::string name, listen;
  intake::SyslogTransport transport = intake::SyslogTransport::tcp;
  std::string tls_certificate, tls_private_key, client_ca;
  std::vector<std::string> clients;  // globs of the names a sender's certificate must prove
  std::vector<core::Network> networks;
  std::string witness;             // its class
  std::vector<std::string> hosts;  // it may speak for
  std::string default_program;
  JsonRules json_rules;
  core::Zone zone;
  std::size_t connections = 1024;
  Duration idle_time = std::chrono::hours(1);
};

/// [backfill.NAME]; the kind tells which provider.
struct BackfillConfig {
  std::string name;
  std::string webhook;  // whose messages these are; empty: nobody's
  std::variant<intake::PapertrailSearchSettings, intake::CloudWatchSearchSettings, intake::LokiSearchSettings> search;
  std::string ca_file;  // empty: the system's
  Duration catch_up = std::chrono::hours(24 * 7);
  bool ask = false;
};

using PagerConfig = std::variant<chat::WebhookPagerSettings, chat::EmailPagerSettings>;

struct CanaryConfig {
  app::CanarySettings settings;
  std::vector<std::string> command;  // that logs in
};

struct ExportConfig {
  app::ExportSettings settings;
  std::string url, ca_file;
  Secret secret;
};

struct Config {
  std::string file;
  // [server]
  std::string listen = "127.0.0.1:8080", public_url, tls_certificate, tls_private_key;
  std::size_t request_memory = web::Budget::usual;
  // [store]
  std::string store_url = "sqlite:/var/lib/countersign/countersign.db";
  // [rules]; none: the built-in pack
  std::vector<std::string> rule_directories;
  std::vector<WebhookConfig> webhooks;
  std::vector<TailConfig> tails;
  std::vector<SyslogConfig> syslogs;
  std::vector<BackfillConfig> backfills;
  std::optional<chat::SlackSettings> slack;
  bool inbox = true;
  std::vector<PagerConfig> pagers;
  std::vector<ExportConfig> exports;
  std::vector<CanaryConfig> canaries;
  std::string heartbeat_url;  // empty: none
  // [audit]: who takes the chain's head daily
  std::string head_file;  // empty: none
  std::optional<chat::WebhookPagerSettings> head_webhook;
  core::Schedule schedule;
  Duration match_window = std::chrono::minutes(2), grace = std::chrono::minutes(5);  // [reconcile]
  core::SilenceTerms silence;                                                        // [silence]
  core::Directory::Entries directory;
  std::string people_directory;  // [people]; empty: none
  std::vector<web::ApiToken> tokens;
  std::vector<Secret> join_tokens;      // [agents]; none: nobody joins
  std::vector<web::FixedAgent> agents;  // [[agent]]
};

struct LoadedConfig {
  Config config;
  Problems problems;  // of the file and of the people's files; rules are held against theirs apart
};

/// Reads and checks one file and the people's directory it names. Every fault is found, not only the first.
LoadedConfig load_config(const std::string& file, Timestamp now);
LoadedConfig load_config(const std::string& file);  // now

}  // namespace countersign::cli

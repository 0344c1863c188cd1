#include <fmt/format.h>

#include <algorithm>

#include "main/config/reading.hpp"

namespace countersign::cli {
namespace {

std::string read_url(Section& table, std::string url) {
  while (url.ends_with('/'))
    url.pop_back();
  if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://"))
    table.problem("url", "'url' must begin with https:// (or http://)");
  warn_in_the_clear(table, "url", url);
  return url;
}

bool has_token(Section& table) {
  return table.has("token_file") || table.has("token_env") || table.has("token");
}

intake::PapertrailSearchSettings read_papertrail(Section& table) {
  intake::PapertrailSearchSettings search;
  search.url = read_url(table, table.text("url", search.url));
  search.token = table.secret("token");
  if (!has_token(table))
    table.problem(
        "", fmt::format("{} has no API token; add token_file = \"…\" (Papertrail: Settings, Profile)", table.name()));
  search.query = table.text("query", "");
  search.group = table.text("group", "");
  search.system = table.text("system", "");
  return search;
}

intake::LokiSearchSettings read_loki(Section& table) {
  intake::LokiSearchSettings search;
  search.url = read_url(table, table.required("url"));
  search.query = table.required("query");
  search.tenant = table.text("tenant", "");
  search.user = table.text("user", "");
  search.token = table.secret("token");
  if (!search.user.empty() && !has_token(table))
    table.problem("user", "a user needs its password; add token_file = \"…\"");
  return search;
}

intake::CloudWatchSearchSettings read_cloudwatch(Section& table) {
  intake::CloudWatchSearchSettings search;
  search.region = table.required("region");
  search.log_group = table.required("log_group");
  search.url = read_url(table, table.text("url", ""));
  search.filter = table.text("filter", "");
  search.stream_prefix = table.text("stream_prefix", "");
  auto& from = search.credentials;
  from.given.access_key_id = table.text("access_key_id", "");
  from.given.secret_access_key = table.secret("secret_access_key");
  from.given.session_token = table.secret("session_token");
  from.file = table.path("credentials_file").value_or("");
  from.profile = table.text("profile", from.profile);
  if (from.given.access_key_id.empty() != from.given.secret_access_key.empty())
    table.problem("access_key_id", "access_key_id and secret_access_key_file go together");
  return search;
}

BackfillConfig read_backfill(const std::string& name, Section& table, const Config& config) {
  BackfillConfig backfill;
  backfill.name = name;
  const auto kind = table.required("kind");
  if (kind == "papertrail")
    backfill.search = read_papertrail(table);
  else if (kind == "loki")
    backfill.search = read_loki(table);
  else if (kind == "cloudwatch")
    backfill.search = read_cloudwatch(table);
  else if (!kind.empty())
    table.problem("kind", fmt::format("'{}' can't be asked; write papertrail, cloudwatch or loki", kind));
  backfill.webhook = table.text("webhook", "");
  if (!backfill.webhook.empty() &&
      std::ranges::find(config.webhooks, backfill.webhook, &WebhookConfig::name) == config.webhooks.end())
    table.problem("webhook", fmt::format("there is no [webhook.{}] whose messages these could be", backfill.webhook));
  backfill.ca_file = read_ca_file(table);
  backfill.catch_up = table.duration("catch_up", backfill.catch_up);
  backfill.ask = table.flag("ask", false);
  table.finish();
  return backfill;
}

}  // namespace

void read_backfills(Section& root, Config& config) {
  for (auto& [name, table] : root.named("backfill"))
    config.backfills.push_back(read_backfill(name, table, config));
}

}  // namespace countersign::cli

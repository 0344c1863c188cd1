#include "main/serve/sources.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <set>

#include "main/zones.hpp"
#include "webhooks/decoders.hpp"

namespace countersign::cli {
namespace {

/// Of a log, for any host.
app::Source source_of_name(const std::string& name) {
  app::Source source;
  source.name = name;
  return source;
}

/// Of a webhook or a listener: what its sender may speak for.
template <typename Configured>
app::Source bound_source(const Configured& configured) {
  auto source = source_of_name(configured.name);
  source.witness = configured.witness;
  source.hosts = configured.hosts;
  source.default_program = configured.default_program;
  source.json_rules = configured.json_rules.patterns;
  return source;
}

}  // namespace

app::Source source_of(const WebhookConfig& configured) {
  return bound_source(configured);
}

app::Source source_of(const TailConfig& configured) {
  auto source = source_of_name(configured.name);
  source.json_rules = configured.json_rules.patterns;
  return source;
}

app::Source source_of(const SyslogConfig& configured) {
  return bound_source(configured);
}

std::vector<app::Source> configured_sources(const Config& config) {
  std::vector<app::Source> sources;
  const auto add = [&](const auto& configured) { sources.push_back(source_of(configured)); };
  std::ranges::for_each(config.webhooks, add);
  std::ranges::for_each(config.tails, add);
  std::ranges::for_each(config.syslogs, add);
  for (const auto& backfill : config.backfills)
    if (backfill.webhook.empty()) sources.push_back(source_of_name(backfill.name));
  return sources;
}

Result<std::vector<web::Webhook>> make_webhooks(const Config& config) {
  std::vector<web::Webhook> hooks;
  for (const auto& configured : config.webhooks) {
    web::Webhook hook;
    hook.source = source_of(configured);
    hook.tokens = configured.tokens;
    if (!configured.token_header.empty()) hook.token_header = configured.token_header;
    hook.most_body = configured.max_body;
    hook.most_unpacked = configured.options.bound.bytes;
    auto decoder = webhooks::make_decoder(configured.provider, configured.options);
    if (!decoder) return fail(Fault::invalid, "[webhook.{}]: {}", configured.name, decoder.error().message);
    hook.decoder = *std::move(decoder);
    hooks.push_back(std::move(hook));
  }
  return hooks;
}

std::shared_ptr<const app::Decoder> make_line_decoder() {
  auto decoder = webhooks::make_decoder("json", {.zone = {}, .keep_unreadable = true});
  if (!decoder) throw std::logic_error(decoder.error().message);
  return *std::move(decoder);
}

namespace {

std::vector<std::string> programs_of(std::span<const core::Rule> rules) {
  std::set<std::string> programs;
  for (const auto& rule : rules)
    programs.insert(rule.programs.begin(), rule.programs.end());
  return {programs.begin(), programs.end()};
}

}  // namespace

Result<std::vector<intake::TailSettings>> tail_settings(const Config& config, std::span<const core::Rule> rules) {
  char host[HOST_NAME_MAX + 1] = {};
  ::gethostname(host, sizeof host - 1);
  std::vector<intake::TailSettings> tails;
  for (const auto& configured : config.tails) {
    auto zone = find_zone(configured.timezone);
    if (!zone) return fail(Fault::invalid, "[tail.{}]: {}", configured.name, zone.error().message);
    intake::JournalMatches matches{configured.facilities, configured.identifiers.value_or(programs_of(rules))};
    tails.push_back({source_of(configured), configured.path, configured.directory, std::move(matches), host,
                     configured.from == "start", *std::move(zone)});
  }
  return tails;
}

}  // namespace countersign::cli

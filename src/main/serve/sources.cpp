#include "main/serve/sources.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <climits>

#include "main/zones.hpp"
#include "webhooks/decoders.hpp"

namespace countersign::cli {

app::Source source_of(const WebhookConfig& configured) {
  app::Source source;
  source.name = configured.name;
  source.witness = configured.witness;
  source.hosts = configured.hosts;
  source.default_program = configured.default_program;
  return source;
}

std::vector<app::Source> webhook_sources(const Config& config) {
  std::vector<app::Source> sources;
  for (const auto& configured : config.webhooks)
    sources.push_back(source_of(configured));
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
  auto decoder = webhooks::make_decoder("json", {});
  if (!decoder) throw std::logic_error(decoder.error().message);
  return *std::move(decoder);
}

Result<std::vector<intake::TailSettings>> tail_settings(const Config& config) {
  char host[HOST_NAME_MAX + 1] = {};
  ::gethostname(host, sizeof host - 1);
  std::vector<intake::TailSettings> tails;
  for (const auto& configured : config.tails) {
    auto zone = find_zone(configured.timezone);
    if (!zone) return fail(Fault::invalid, "[tail.{}]: {}", configured.name, zone.error().message);
    tails.push_back(
        {configured.name, configured.path, configured.directory, host, configured.from == "start", *std::move(zone)});
  }
  return tails;
}

}  // namespace countersign::cli

#include "main/serve/backfills.hpp"

#include <algorithm>
#include <stdexcept>

#include "main/serve/sources.hpp"
#include "webhooks/decoders.hpp"

namespace countersign::cli {
namespace {

constexpr Duration search_patience = std::chrono::seconds(60);  // a search may take its time
constexpr std::size_t largest_page = 64 * 1024 * 1024;

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

struct Kind {
  std::shared_ptr<const intake::Search> search;
  std::string_view provider;  // whose deliveries it makes of what it finds
};

Kind kind_of(const BackfillConfig& config) {
  return std::visit(
      Overloaded{
          [](const intake::PapertrailSearchSettings& s) { return Kind{make_papertrail_search(s), "papertrail"}; },
          [](const intake::CloudWatchSearchSettings& s) { return Kind{make_cloudwatch_search(s), "firehose"}; },
          [](const intake::LokiSearchSettings& s) { return Kind{make_loki_search(s), "loki"}; }},
      config.search);
}

intake::BackfillSettings backfill_settings_of(const BackfillConfig& backfill, const Config& config) {
  intake::BackfillSettings settings;
  settings.name = backfill.name;
  settings.source.name = backfill.name;
  settings.source.default_program = "sshd";
  settings.catch_up = backfill.catch_up;
  settings.ask = backfill.ask;
  webhooks::Options options;
  if (const auto hook = std::ranges::find(config.webhooks, backfill.webhook, &WebhookConfig::name);
      hook != config.webhooks.end()) {
    settings.source = source_of(*hook);
    options.zone = hook->options.zone;
  }
  auto [search, provider] = kind_of(backfill);
  settings.search = std::move(search);
  auto decoder = webhooks::make_decoder(provider, options);
  if (!decoder) throw std::logic_error(decoder.error().message);
  settings.decoder = *std::move(decoder);
  return settings;
}

}  // namespace

BackfillParts::BackfillParts(const Config& config, net::Loop& loop, app::Ingest& ingest, app::Store& store,
                             app::Scheduler& scheduler, const Clock& clock, intake::Backfill::Tell tell) {
  for (const auto& backfill : config.backfills) {
    clients_.push_back(net::Client::open(loop, {.ca_file = backfill.ca_file,
                                                .reply_bytes = largest_page,
                                                .connections_per_origin = 1,
                                                .timeout = search_patience}));
    all.add(std::make_unique<intake::Backfill>(backfill_settings_of(backfill, config), ingest, store, *clients_.back(),
                                               scheduler, clock, tell));
  }
}

}  // namespace countersign::cli

// From configured webhooks to the doors the site opens, and from configured tails to what they follow. Free functions.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "intake/tail.hpp"
#include "main/config/config.hpp"
#include "web/webhook.hpp"

namespace countersign::cli {

/// Fault::invalid names the webhook whose provider is unknown or lacks something.
Result<std::vector<web::Webhook>> make_webhooks(const Config& config);

/// As what each source speaks: its name, class, hosts, and which JSON is believed of it.
app::Source source_of(const WebhookConfig& configured);
app::Source source_of(const TailConfig& configured);
app::Source source_of(const SyslogConfig& configured);
/// Everything that brings lines of its own: webhooks, tails, syslog listeners, and backfills of no webhook.
std::vector<app::Source> configured_sources(const Config& config);

/// What reads the lines that `countersign ingest` brings: the generic JSON form, stamps without a zone in UTC.
std::shared_ptr<const app::Decoder> make_line_decoder();

/// A journal's messages are those of its facilities, and of the programs that `rules` name unless it names its own.
Result<std::vector<intake::TailSettings>> tail_settings(const Config& config, std::span<const core::Rule> rules);

}  // namespace countersign::cli

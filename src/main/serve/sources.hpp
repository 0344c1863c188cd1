// From configured webhooks to the doors the site opens, and from configured tails to what they follow. Free functions.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "intake/tail.hpp"
#include "main/config/config.hpp"
#include "web/webhook.hpp"

namespace countersign::cli {

/// Fault::invalid names the webhook whose provider is unknown or lacks something.
Result<std::vector<web::Webhook>> make_webhooks(const Config& config);

/// As what each webhook speaks: its name, class and hosts.
app::Source source_of(const WebhookConfig& configured);
app::Source source_of(const SyslogConfig& configured);
/// Everything that brings lines of its own: webhooks, tails, syslog listeners, and backfills of no webhook.
std::vector<app::Source> configured_sources(const Config& config);

/// What reads the lines that `countersign ingest` brings: the generic JSON form, stamps without a zone in UTC.
std::shared_ptr<const app::Decoder> make_line_decoder();

Result<std::vector<intake::TailSettings>> tail_settings(const Config& config);

}  // namespace countersign::cli

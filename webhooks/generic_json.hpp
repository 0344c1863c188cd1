// Generic JSON as Vector, Fluent Bit, Fluentd, rsyslog omhttp, syslog-ng, Logstash and journalctl send it: an object,
// an array, or objects one after the other (NDJSON); gzip, zstd. Audit events of clouds as well. Immutable; safe for
// concurrent access.
#pragma once

#include "app/decoder.hpp"
#include "webhooks/decoders.hpp"

namespace countersign::webhooks {

class GenericJson final : public app::Decoder {
 public:
  explicit GenericJson(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override;
  [[nodiscard]] app::Door door(const app::Delivery& head) const override;

 private:
  Options options_;
};

}  // namespace countersign::webhooks

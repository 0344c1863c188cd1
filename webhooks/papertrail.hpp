// Papertrail's webhook (papertrailapp.com, "Web hooks"): form-encoded payload=JSON, or the JSON alone; events[] with
// the lines, or counts[] without any. Immutable; safe for concurrent access.
#pragma once

#include "app/decoder.hpp"
#include "webhooks/decoders.hpp"

namespace countersign::webhooks {

class Papertrail final : public app::Decoder {
 public:
  explicit Papertrail(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override;

 private:
  Options options_;
};

}  // namespace countersign::webhooks

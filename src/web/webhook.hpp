// POST /webhooks/NAME: proof of who sends, the provider's decoder, and a 2xx once everything is durable.
// Safe for concurrent access.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "app/decoder.hpp"
#include "app/ingest.hpp"
#include "base/clock.hpp"
#include "base/secret.hpp"
#include "net/http.hpp"

namespace countersign::web {

/// One [webhook.NAME]; the name is the source's.
struct Webhook {
  app::Source source;
  std::vector<Secret> tokens;  // any of them opens it; none: nobody comes in
  std::unique_ptr<app::Decoder> decoder;
  std::size_t body_limit = 16 * 1024 * 1024;
  std::string token_header = "X-Countersign-Token";  // beside Authorization and ?token=
};

class Webhooks {
 public:
  Webhooks(std::vector<Webhook> hooks, app::Ingest& ingest, const Clock& clock);

  static constexpr std::string_view prefix = "/webhooks/";

  /// The webhook a path below the prefix belongs to, or null.
  [[nodiscard]] const Webhook* find(std::string_view path) const;
  void handle(net::Request request, net::Respond respond);

  /// Requests refused for their token, by webhook.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> refused() const;

 private:
  struct Door {
    Webhook hook;
    std::atomic<std::uint64_t> refused{0};
  };
  [[nodiscard]] Door* door(std::string_view path) const;

  std::vector<std::unique_ptr<Door>> doors_;
  app::Ingest& ingest_;
  const Clock& clock_;
};

}  // namespace countersign::web

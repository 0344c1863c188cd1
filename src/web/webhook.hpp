// POST /webhooks/NAME: proof of who sends, the provider's decoder, and a 2xx once everything is durable. What the
// provider's client wants to hear is the decoder's to say. Safe for concurrent access.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/decoder.hpp"
#include "app/ingest.hpp"
#include "base/clock.hpp"
#include "base/secret.hpp"
#include "net/http.hpp"
#include "web/budget.hpp"
#include "web/fetches.hpp"
#include "web/refusals.hpp"

namespace countersign::web {

/// One [webhook.NAME]; the name is the source's.
struct Webhook {
  app::Source source;
  std::vector<Secret> tokens;  // any of them opens it; none: only a decoder that demands its own proof lets anyone in
  std::unique_ptr<app::Decoder> decoder;
  std::string token_header = "X-Countersign-Token";  // beside Authorization, ?token= and the provider's own
  std::size_t most_body = 0;                         // bytes as sent; 0: the decoder's own limit
  static constexpr std::size_t usual_unpacked = std::size_t{64} << 20;
  std::size_t most_unpacked = usual_unpacked;

  [[nodiscard]] std::size_t body_limit() const { return most_body > 0 ? most_body : decoder->body_limit(); }
};

class Webhooks {
 public:
  /// `client` makes the requests that decoders ask for; null: none are made.
  /// What requests hold is taken of `budget`, what is refused is told to `refusals`.
  Webhooks(std::vector<Webhook> hooks, app::Ingest& ingest, const Clock& clock, net::Client* client, Budget& budget,
           Refusals& refusals);

  static constexpr std::string_view prefix = "/webhooks/";

  /// The webhook a path below the prefix belongs to, or null.
  [[nodiscard]] const Webhook* find(std::string_view path) const;
  void handle(net::Request request, net::Respond respond);
  /// Who takes this request's body in pieces; null: handle() takes it whole.
  [[nodiscard]] std::shared_ptr<net::BodyReader> body_reader(const net::Request& head);
  /// The server refuses a delivery unread, for its size or its slowness. The provider's own answer; none: any will do.
  std::optional<net::Response> refused_unread(const net::Request& head, int status);

  /// Requests refused for their token, by webhook.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> refused() const;

 private:
  struct Door {
    Webhook hook;
    std::atomic<std::uint64_t> refused{0};
  };
  struct Visit;
  class Pieces;
  [[nodiscard]] Door* door(std::string_view path) const;
  void admit(std::shared_ptr<Visit> visit);
  void decode(std::shared_ptr<Visit> visit);
  void refuse(Visit& visit, const Error& error);
  void note_refusal(const Visit& visit, int status, Refusals::Reason reason);

  std::vector<std::unique_ptr<Door>> doors_;
  app::Ingest& ingest_;
  const Clock& clock_;
  Fetches fetches_;
  Budget& budget_;
  Refusals& refusals_;
};

}  // namespace countersign::web

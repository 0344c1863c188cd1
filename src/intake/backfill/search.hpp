// One provider's search API, page by page. A search says which request comes next and reads its answer as the delivery
// that the provider's webhook would have brought, so that the webhook's own decoder makes the same records of it and
// what came already is known. Pure but for reading credentials; immutable, so safe for concurrent access.
#pragma once

#include <memory>
#include <string>

#include "app/backfill.hpp"
#include "net/client.hpp"

namespace countersign::intake {

/// Where a search stands. `token` is the provider's own; empty: the span is asked for from `from` on.
struct Place {
  app::BackfillSpan span;
  std::string token;
  Timestamp from{};      // everything before it was brought
  std::size_t most = 0;  // messages to ask for at once
};

struct Found {
  std::string body;  // a delivery of JSON for the provider's decoder; empty: nothing was found
  Place next;
  bool last = false;
  std::string lacking;  // what can't be had, in words; empty: nothing is lacking
};

class Search {
 public:
  virtual ~Search() = default;
  /// Fault::unavailable where credentials can't be read.
  [[nodiscard]] virtual Result<net::Call> request(const Place& place, Timestamp now) const = 0;
  /// Of an answer of status 200. Fault::invalid where it is none of the provider's.
  [[nodiscard]] virtual Result<Found> read(const Place& place, const std::string& body) const = 0;
  /// What another status means: Fault::overloaded and Fault::unavailable are tried again, and Fault::conflict too, from
  /// `from` on without the token; anything else ends it.
  [[nodiscard]] virtual Error refusal(const net::Response& response) const;
  /// The most messages one request may ask for, and how many it asks for at first.
  [[nodiscard]] virtual std::size_t most() const { return 1000; }
};

}  // namespace countersign::intake

// One delivery on its way through Webhooks: what it brought, until it is answered. webhook*.cpp's own.
// One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "web/webhook.hpp"

namespace countersign::web {

/// Of a request below the webhook's path; views of it.
app::Delivery delivery_of(const Webhook& hook, const net::Request& request, Timestamp arrival);

Error no_room();

struct Webhooks::Visit {
  Door& door;
  net::Request request;
  net::Respond respond;
  Timestamp arrival{};
  std::shared_ptr<Pieces> pieces = {};  // of whose body this is one; null: of none
  std::string_view encoding = {};
  std::vector<app::Fetched> fetched = {};
  std::optional<app::Reply> reply = {};
  std::optional<Budget::Share> share = {};
  int rounds = 0;
  bool beside_good = false;  // as app::Delivery's
  bool stranger = false;     // came through an open door, without a token

  [[nodiscard]] app::Delivery delivery() const {
    auto delivery = delivery_of(door.hook, request, arrival);
    delivery.content_encoding = encoding;
    delivery.fetched = fetched;
    delivery.beside_good = beside_good;
    return delivery;
  }
};

}  // namespace countersign::web

#include "web/webhook_pieces.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "web/webhook_visit.hpp"

namespace countersign::web {

std::size_t Webhooks::Pieces::piece_bytes() const {
  // Some hundred entries, a transaction's work: little enough that many hosts at once find room for each of theirs.
  constexpr std::size_t usual = 256 * 1024;
  return std::min(usual, door_.hook.body_limit());
}

void Webhooks::Pieces::take(std::string piece, bool last, net::Onward next) {
  auto body = cutter_->take(piece, last);
  piece = {};
  held_.reset();
  held_ = webhooks_.budget_.take(cutter_->held());
  if (held_ && body.empty() && !last) return next(std::nullopt);
  auto visit = std::make_shared<Visit>(door_, head_, [next = std::move(next), last](net::Response response) mutable {
    if (last || response.status >= 300) return next(std::move(response));
    next(std::nullopt);
  });
  visit->request.body = std::move(body);
  visit->arrival = webhooks_.clock_.now();
  visit->pieces = shared_from_this();
  visit->beside_good = readable_ || !last;
  if (!held_) return webhooks_.refuse(*visit, no_room());
  webhooks_.admit(std::move(visit));
}

void Webhooks::Pieces::complete(app::Decoded& decoded) {
  std::ranges::move(cutter_->passed_over(), std::back_inserter(decoded.unreadable));
  readable_ = readable_ || !decoded.records.empty() || decoded.unreadable.empty();
}

}  // namespace countersign::web

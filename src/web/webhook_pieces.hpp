// A delivery whose body may be of any length: cut where the decoder says, each piece decoded and durable before the
// next is read, the sender answered after the last. One that breaks off is brought again by its sender, and is known.
// One call at a time, as net::BodyReader; refers to its Webhooks.
#pragma once

#include <memory>
#include <optional>

#include "web/webhook.hpp"

namespace countersign::web {

class Webhooks::Pieces final : public net::BodyReader, public std::enable_shared_from_this<Pieces> {
 public:
  /// `head` without its body.
  Pieces(Webhooks& webhooks, Door& door, net::Request head, std::unique_ptr<app::Cutter> cutter)
      : webhooks_(webhooks), door_(door), head_(std::move(head)), cutter_(std::move(cutter)) {}

  [[nodiscard]] std::size_t piece_bytes() const override;
  void take(std::string piece, bool last, net::Onward next) override;
  /// Adds what the decoder could not see of its piece.
  void complete(app::Decoded& decoded);

 private:
  Webhooks& webhooks_;
  Door& door_;
  const net::Request head_;
  const std::unique_ptr<app::Cutter> cutter_;
  std::optional<Budget::Share> held_;  // of what the cutter holds
  bool readable_ = false;              // something was, of what came until now
};

}  // namespace countersign::web

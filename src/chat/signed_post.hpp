// One signed JSON POST, as pages and exported entries go out, and what its answer means. The header
// Countersign-Signature is "t=UNIX,v1=HEX": hex HMAC-SHA256, under the secret, of "UNIX.body" (deploy/pagers.md).
// send() and `done` on the client's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/chat.hpp"
#include "base/secret.hpp"
#include "net/client.hpp"

namespace countersign::chat {

class SignedPost {
 public:
  using Done = std::move_only_function<void(std::optional<app::Undelivered>)>;

  /// `client` must outlive it and every POST. `receiver` is what failures call it: "the pager's webhook".
  SignedPost(net::Client& client, std::string url, Secret secret, std::string receiver);

  /// `done` hears nullopt where it was taken. `key` is the same whenever the same thing is sent again: the receiver's
  /// Idempotency-Key.
  void send(std::string body, std::string_view key, Timestamp now, Done done);

 private:
  net::Client& client_;
  const std::string url_;
  const Secret secret_;
  const std::string receiver_;
};

std::string post_signature(const Secret& secret, std::string_view body, Timestamp sent_at);

/// What an answer means: nullopt where it was taken.
std::optional<app::Undelivered> refusal_of(const net::Response& response, std::string_view receiver);

}  // namespace countersign::chat

// What Slack sends by HTTP: POST /slack/interactivity, /slack/commands and /slack/events, believed by its signature and
// handed on as the envelope that Socket Mode would bring. Safe for concurrent access.
#pragma once

#include <functional>

#include "base/clock.hpp"
#include "chat/slack/envelope.hpp"
#include "chat/slack/settings.hpp"
#include "net/http.hpp"

namespace countersign::chat {

class SlackEndpoint final : public net::Handler {
 public:
  /// The largest request Slack's rules allow us to expect.
  static constexpr std::size_t largest_request = 1024 * 1024;

  /// SocketMode::Hear.
  using Hear = std::function<void(const slack::Envelope&, std::move_only_function<void(bool stored, nlohmann::json)>)>;

  /// Everything handed over must outlive the endpoint and the requests it has begun.
  SlackEndpoint(const SlackSettings& settings, const Clock& clock, Hear hear);

  /// 200 once the word is durable, or with an ephemeral message that says why not; 400, 401, 404, 405, 413 and 503 as
  /// the contract has them.
  void handle(net::Request request, net::Respond respond) override;
  [[nodiscard]] std::size_t body_limit(const net::Request& head) const override;

 private:
  const SlackSettings& settings_;
  const Clock& clock_;
  const Hear hear_;
};

}  // namespace countersign::chat

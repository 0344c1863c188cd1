#include "chat/slack/api.hpp"

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "chat/slack/json.hpp"
#include "chat/slack/manifest.hpp"

namespace countersign::chat::slack {

Api::Api(net::Client& client, const SlackSettings& settings, const Secret& token)
    : client_(client), token_(token), bot_(&token == &settings.bot_token), base_(settings.api_url) {
  if (!base_.ends_with('/')) base_ += '/';
}

void Api::call(std::string_view method, const nlohmann::json& arguments, Done done) {
  send(method, "application/json; charset=utf-8", to_bytes(arguments), std::move(done));
}

void Api::query(std::string_view method, const Arguments& arguments, Done done) {
  std::string form;
  for (const auto& [name, value] : arguments)
    form += (form.empty() ? "" : "&") + to_percent(name) + "=" + to_percent(value);
  send(method, "application/x-www-form-urlencoded", std::move(form), std::move(done));
}

void Api::send(std::string_view method, const char* content_type, std::string body, Done done) {
  net::Call call;
  call.url = base_ + std::string(method);
  call.headers = {{"Authorization", "Bearer " + std::string(token_.reveal())},
                  {"Content-Type", content_type},
                  {"Accept", "application/json"}};
  call.body = std::move(body);
  client_.send(std::move(call), [this, done = std::move(done)](auto reply) mutable {
    if (reply) note_scopes(net::header(reply->headers, "X-OAuth-Scopes"));
    auto answer = reply ? read_reply(*reply) : Answer(std::unexpected(refusal(reply.error())));
    note(answer);
    done(std::move(answer));
  });
}

void Api::note(const Answer& answer) {
  const bool refused = !answer && answer.error().undelivered.kind == app::Undelivered::Kind::stop;
  if (!answer && !refused) return;  // says nothing about the credentials
  const std::lock_guard lock(mutex_);
  health_ = refused ? answer.error().undelivered.why : std::string();
  wants_scope_ = refused && answer.error().error == "missing_scope";
}

/// Slack names the token's scopes with each answer (docs.slack.dev/authentication/best-practices-for-security).
void Api::note_scopes(std::string_view granted) {
  if (!bot_ || granted.empty()) return;
  const std::lock_guard lock(mutex_);
  if (granted == granted_) return;
  granted_ = granted;
  const auto lacking = lacking_scopes(granted);
  lacking_ = lacking.empty()
                 ? std::string()
                 : fmt::format("slack: the app lacks the scopes {}: add them and install it again", lacking);
}

std::string Api::health() const {
  const std::lock_guard lock(mutex_);
  // All the scopes that it lacks say more than the one that the last call wanted.
  return !lacking_.empty() && (health_.empty() || wants_scope_) ? lacking_ : health_;
}

}  // namespace countersign::chat::slack

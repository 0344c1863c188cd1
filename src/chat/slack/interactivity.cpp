#include "chat/slack/interactivity.hpp"

#include <algorithm>

#include "chat/slack/json.hpp"
#include "chat/slack/text.hpp"
#include "chat/slack/verify.hpp"

namespace countersign::chat {
namespace {

constexpr std::size_t told_limit = 600;

net::Response plain_answer(int status, std::string text) {
  if (!text.empty()) text += '\n';
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

/// For Slack an empty 200: any other body would be shown or parsed.
net::Response accepted() {
  return {200, {}, {}};
}

std::optional<core::Act> act_of(std::string_view action) {
  if (action == "approve") return core::Act::approve;
  if (action == "deny") return core::Act::deny;
  if (action == "wrong_person") return core::Act::wrong_person;
  return std::nullopt;
}

/// "only Oswaldo can …" as a sentence.
std::string sentence(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (!text.ends_with('.')) text += '.';
  return text;
}

/// Text and blocks of a message only its reader sees; the sentence stands in plain text, so nothing in it is markup.
nlohmann::json whisper(const std::string& text) {
  const auto shown = slack::plain(text, told_limit);
  return {{"text", slack::escape(shown)},
          {"blocks", {{{"type", "section"}, {"text", {{"type", "plain_text"}, {"text", shown}, {"emoji", false}}}}}}};
}

}  // namespace

SlackEndpoint::SlackEndpoint(const SlackSettings& settings, const app::PolicySource& policy, const Clock& clock,
                             Speak speak, net::Client& client, slack::Api& api)
    : settings_(settings), policy_(policy), clock_(clock), speak_(std::move(speak)), client_(client), api_(api) {}

std::size_t SlackEndpoint::body_limit(const net::Request& /*head*/) const {
  return largest_request;
}

void SlackEndpoint::handle(net::Request request, net::Respond respond) {
  // With an app token clicks come by Socket Mode: an HTTP way in would only be one more to attack.
  if (request.path != "/slack/interactivity" || !settings_.app_token.empty())
    return respond(plain_answer(404, "not found"));
  if (request.method != "POST") {
    auto answer = plain_answer(405, "POST only");
    answer.headers.emplace_back("Allow", "POST");
    return respond(std::move(answer));
  }
  if (request.body.size() > largest_request) return respond(plain_answer(413, "more than 1 MiB"));
  // Slack's certificate check comes without a signature and wants nothing but a 200.
  if (request.body.starts_with("ssl_check=1")) return respond(accepted());
  const auto genuine =
      slack::verify(settings_.signing_secret, net::header(request.headers, "X-Slack-Request-Timestamp"), request.body,
                    net::header(request.headers, "X-Slack-Signature"), clock_.now());
  if (!genuine) return respond(plain_answer(401, genuine.error().message));
  const auto payload = slack::payload_of(request.body);
  if (!payload) return respond(plain_answer(400, payload.error().message));
  auto click = slack::read_click(*payload);
  if (!click) return respond(plain_answer(400, click.error().message));
  if (click->type != "block_actions" || !act_of(click->action)) return respond(accepted());
  clicked(std::move(*click), std::move(respond));
}

void SlackEndpoint::clicked(slack::Click click, net::Respond respond) {
  auto actor = who(click.user);
  if (!actor) {
    tell(click, "Only the person this message is addressed to and the security team can answer it.");
    return respond(accepted());
  }
  core::Word word;
  word.act = *act_of(click.action);
  word.by = std::move(*actor);
  word.via = "slack";
  word.at = clock_.now();
  auto value = click.value;
  speak_(std::move(value), std::move(word),
         [this, click = std::move(click), respond = std::move(respond)](Result<core::Outcome> outcome) mutable {
           if (outcome) return respond(accepted());
           const auto fault = outcome.error().fault;
           const bool ours = fault == Fault::overloaded || fault == Fault::unavailable || fault == Fault::internal;
           // Slack shows the reader that the app failed; the buttons stay, so the click can be made again.
           if (ours) return respond(plain_answer(503, "not stored: try again"));
           respond(accepted());
           tell(click, fault == Fault::not_found ? "This button is not known here (any more)."
                                                 : sentence(outcome.error().message));
         });
}

std::optional<core::Actor> SlackEndpoint::who(const std::string& user) const {
  const bool security =
      std::find(settings_.security_team.begin(), settings_.security_team.end(), user) != settings_.security_team.end();
  const auto policy = policy_.current();
  if (const auto* person = policy->directory.by_slack_user(user)) return core::Actor{person->name, security, true};
  if (security) return core::Actor{user, true, true};
  return std::nullopt;
}

void SlackEndpoint::tell(const slack::Click& click, const std::string& text) {
  if (!slack::answerable(click.response_url, settings_.api_url)) return post_ephemeral(click.channel, click.user, text);
  auto body = whisper(text);
  body["response_type"] = "ephemeral";
  body["replace_original"] = false;
  net::Call call;
  call.url = click.response_url;
  call.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  call.body = slack::to_bytes(body);
  client_.send(std::move(call), [this, channel = click.channel, user = click.user, text](auto reply) {
    // A response_url has five uses and half an hour; a 4xx says that these are spent and nothing was shown.
    if (reply && reply->status >= 400 && reply->status < 500) post_ephemeral(channel, user, text);
  });
}

void SlackEndpoint::post_ephemeral(const std::string& channel, const std::string& user, const std::string& text) {
  if (channel.empty()) return;
  auto arguments = whisper(text);
  arguments["channel"] = channel;
  arguments["user"] = user;
  api_.call("chat.postEphemeral", arguments, [](const slack::Api::Answer&) {
    // Nothing to be done about an explanation that can't be shown: the message itself tells the state.
  });
}

}  // namespace countersign::chat

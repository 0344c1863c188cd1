#include "chat/slack/clicks.hpp"

#include <charconv>

#include "chat/slack/actor.hpp"
#include "chat/slack/blocks.hpp"
#include "chat/slack/elements.hpp"
#include "chat/slack/json.hpp"
#include "chat/slack/modal.hpp"

namespace countersign::chat::slack {
namespace {

constexpr std::size_t told_limit = 600;

struct Meant {
  std::string value;
  core::Word word;
};

/// The menu's choice: "y3" or "n3", under the value its block bears.
std::optional<Meant> meant_of_one(const Click& click) {
  if (!click.block.starts_with(one_prefix) || click.value.size() < 2 || click.value.size() > 6) return std::nullopt;
  std::size_t nth = 0;
  const auto* end = click.value.data() + click.value.size();
  if (const auto [at, error] = std::from_chars(click.value.data() + 1, end, nth); error != std::errc{} || at != end)
    return std::nullopt;
  Meant out;
  out.value = click.block.substr(one_prefix.size());
  out.word.act = click.value[0] == 'y' ? core::Act::approve : core::Act::deny;
  out.word.nth = nth;
  return out;
}

std::optional<Meant> meant(const Click& click) {
  if (click.action == "one") return meant_of_one(click);
  Meant out;
  out.value = click.value;
  out.word.trust = click.action == "approve_for";
  out.word.disputes = click.action == "not_me";
  if (click.action == "approve" || out.word.trust)
    out.word.act = core::Act::approve;
  else if (click.action == "deny" || out.word.disputes)
    out.word.act = core::Act::deny;
  else if (click.action == "wrong_person")
    out.word.act = core::Act::wrong_person;
  else
    return std::nullopt;
  return out;
}

/// "only Oswaldo can …" as a sentence.
std::string sentence(std::string text) {
  if (!text.ends_with('.')) text += '.';
  return capital(std::move(text));
}

/// Text and blocks of a message only its reader sees; the sentence stands in plain text, so nothing in it is markup.
nlohmann::json whisper(const std::string& text, const nlohmann::json& more) {
  auto blocks = nlohmann::json::array({section(plain_text(text, told_limit))});
  blocks.insert(blocks.end(), more.begin(), more.end());
  return {{"text", escape(plain(text, told_limit))}, {"blocks", std::move(blocks)}};
}

/// A response_url answers with the word alone, or as methods do; a proxy's page is neither.
bool said_ok(const net::Response& reply) {
  return reply.status == 200 && (reply.body == "ok" || read_reply(reply));
}

}  // namespace

std::string told(const Error& error) {
  return error.fault == Fault::not_found ? "This button is not known here (any more)." : sentence(error.message);
}

Clicks::Clicks(const SlackSettings& settings, const app::PolicySource& policy, const Clock& clock, Speak speak,
               net::Client& client, Api& api)
    : settings_(settings), policy_(policy), clock_(clock), speak_(std::move(speak)), client_(client), api_(api) {}

void Clicks::take(Click click, Done done) {
  auto said = meant(click);
  if (click.type != "block_actions" || !said) return done(true);
  auto actor = who(click.user);
  if (!actor) {
    done(true);
    return tell(click, "Only the person this message is addressed to and the security team can answer it.");
  }
  auto word = std::move(said->word);
  word.by = std::move(*actor);
  word.via = "slack";
  word.at = clock_.now();
  click.value = said->value;  // what follows is about the message's own
  speak_(
      std::move(said->value), std::move(word),
      [this, act = word.act, click = std::move(click), done = std::move(done)](Result<core::Outcome> outcome) mutable {
        const auto fault = outcome ? Fault::invalid : outcome.error().fault;
        const bool ours = fault == Fault::overloaded || fault == Fault::unavailable || fault == Fault::internal;
        done(!ours);
        if (ours || (follow_ && follow_(click, act, outcome)) || outcome) return;
        tell(click, told(outcome.error()));
      });
}

std::optional<core::Actor> Clicks::who(const std::string& user) const {
  return actor_of(settings_, policy_.current()->directory, user);
}

void Clicks::tell(const Click& click, const std::string& text, const nlohmann::json& more) {
  auto message = whisper(text, more);
  if (!answerable(click.response_url, settings_.api_url)) return post_ephemeral(click, std::move(message));
  auto body = message;
  body["response_type"] = "ephemeral";
  body["replace_original"] = false;
  net::Call call;
  call.url = click.response_url;
  call.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  call.body = to_bytes(body);
  client_.send(std::move(call), [this, click, message = std::move(message)](auto reply) mutable {
    // A response_url has five uses and half an hour, and fails as anything does: said twice is better than not at all.
    if (!reply || !said_ok(*reply)) post_ephemeral(click, std::move(message));
  });
}

/// Nothing is to be done about an explanation that can't be shown: the message itself tells the state.
void Clicks::post_ephemeral(const Click& click, nlohmann::json message) {
  if (!click.channel.empty()) {
    message["channel"] = click.channel;
    message["user"] = click.user;
    api_.call("chat.postEphemeral", message, [](const Api::Answer&) {});
  } else if (!click.trigger.empty()) {  // App Home has no channel
    const auto& said = message["blocks"][0]["text"]["text"].get_ref<const std::string&>();
    api_.call("views.open", {{"trigger_id", click.trigger}, {"view", notice_view(said)}}, [](const Api::Answer&) {});
  }
}

}  // namespace countersign::chat::slack

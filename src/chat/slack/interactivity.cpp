#include "chat/slack/interactivity.hpp"

#include <algorithm>
#include <array>

#include "chat/slack/command.hpp"
#include "chat/slack/json.hpp"
#include "chat/slack/payload.hpp"
#include "chat/slack/verify.hpp"

namespace countersign::chat {
namespace {

net::Response plain_answer(int status, std::string text) {
  if (!text.empty()) text += '\n';
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

/// For Slack a 200, empty where there is nothing to say: any other body would be shown or parsed.
net::Response accepted(const nlohmann::json& body = nullptr) {
  if (body.is_null()) return {200, {}, {}};
  return {200, {{"Content-Type", "application/json; charset=utf-8"}}, slack::to_bytes(body)};
}

Result<nlohmann::json> interactive(std::string_view form) {
  const auto text = slack::payload_of(form);
  if (!text) return std::unexpected(text.error());
  auto payload = slack::parse_object(*text);
  if (!payload) return fail(Fault::invalid, "the payload is {}", payload.error().message);
  if (const auto click = slack::click_of(*payload); !click) return std::unexpected(click.error());
  return payload;
}

Result<nlohmann::json> command(std::string_view form) {
  auto fields = slack::fields_of(form);
  if (!fields) return fields;
  if (const auto read = slack::read_command(*fields); !read) return std::unexpected(read.error());
  return fields;
}

struct Way {
  std::string_view path;
  const char* envelope;
  Result<nlohmann::json> (*read)(std::string_view body);
};

constexpr std::array<Way, 3> ways{{{"/slack/interactivity", "interactive", interactive},
                                   {"/slack/commands", "slash_commands", command},
                                   {"/slack/events", "events_api", slack::parse_object}}};

}  // namespace

SlackEndpoint::SlackEndpoint(const SlackSettings& settings, const Clock& clock, Hear hear)
    : settings_(settings), clock_(clock), hear_(std::move(hear)) {}

std::size_t SlackEndpoint::body_limit(const net::Request& /*head*/) const {
  return largest_request;
}

void SlackEndpoint::handle(net::Request request, net::Respond respond) {
  // With an app token clicks come by Socket Mode: an HTTP way in would only be one more to attack.
  const auto* way = std::ranges::find(ways, std::string_view(request.path), &Way::path);
  if (way == ways.end() || !settings_.app_token.empty()) return respond(plain_answer(404, "not found"));
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
  auto payload = way->read(request.body);
  if (!payload) return respond(plain_answer(400, payload.error().message));
  slack::Envelope envelope;
  envelope.type = way->envelope;
  envelope.takes_payload = true;
  envelope.payload = *std::move(payload);
  hear_(envelope, [respond = std::move(respond)](bool stored, const nlohmann::json& body) mutable {
    // Slack shows the reader that the app failed; the buttons stay, so the click can be made again.
    respond(stored ? accepted(body) : plain_answer(503, "not stored: try again"));
  });
}

}  // namespace countersign::chat

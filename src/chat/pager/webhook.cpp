#include "chat/pager/webhook.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "chat/pager/words.hpp"
#include "crypto/digest.hpp"

namespace countersign::chat {

using app::Posted;
using app::Undelivered;
using Json = nlohmann::ordered_json;

namespace pager {
namespace {

constexpr std::int64_t longest_wait = 3600;

Json event_json(const app::StoredEvent& stored) {
  Json out;
  core::for_each_field(stored.event, [&](std::string_view name, std::string_view text, bool is_number) {
    std::int64_t number = 0;
    const auto end = text.data() + text.size();
    if (is_number && std::from_chars(text.data(), end, number).ptr == end)
      out[std::string(name)] = number;
    else
      out[value(name, 100)] = value(text);
  });
  return out;
}

Json approval_json(const app::OwedMessage& message, std::string_view link) {
  const auto& approval = message.approval;
  Json events = Json::array();
  for (std::size_t i = 0; i < std::min(message.events.size(), events_shown); ++i)
    events.push_back(event_json(message.events[i]));
  return {{"id", to_text(approval.id)},
          {"kind", approval.kind},
          {"state", core::to_text(approval.state)},
          {"severity", core::to_text(approval.severity)},
          {"person", approval.person.empty() ? Json() : Json(value(approval.person))},
          {"addressed_to", value(approval.addressed_to)},
          {"reason", value(approval.reason)},
          {"created_at", to_rfc3339(approval.created_at)},
          {"decisions", decision_lines(approval)},
          {"events_total", std::max(message.events.size(), approval.events.size())},
          {"events", std::move(events)},
          {"link", link.empty() ? Json() : Json(link)}};
}

std::optional<Duration> retry_after(const net::Response& response) {
  const auto text = net::header(response.headers, "retry-after");
  std::int64_t seconds = 0;
  const auto end = text.data() + text.size();
  if (text.empty() || std::from_chars(text.data(), end, seconds).ptr != end || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, longest_wait));
}

}  // namespace

std::string webhook_body(const app::OwedMessage& message, std::string_view pager, std::string_view link,
                         Timestamp sent_at) {
  Json body{{"version", 1},
            {"id", to_text(message.notification.id)},
            {"kind", kind_of(message.notification)},
            {"pager", pager},
            {"headline", headline(message)},
            {"created_at", to_rfc3339(message.notification.created_at)},
            {"sent_at", to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(sent_at))}};
  if (message.approval.id) {
    body["approval"] = approval_json(message, link);
  } else {
    body["state"] = message.notification.purpose == "outage_over" ? "over" : "begun";
    body["text"] = value(message.notification.detail, 2000);
  }
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string webhook_signature(const Secret& secret, std::string_view body, Timestamp sent_at) {
  const auto unix_time = std::chrono::floor<std::chrono::seconds>(sent_at).time_since_epoch().count();
  return fmt::format("t={},v1={}", unix_time,
                     to_hex(crypto::hmac_sha256(secret, fmt::format("{}.{}", unix_time, body))));
}

std::optional<Undelivered> refusal_of(const net::Response& response) {
  using Kind = Undelivered::Kind;
  const auto status = response.status;
  if (status >= 200 && status < 300) return std::nullopt;
  const auto answer = [&](Kind kind, std::string_view mend = "") {
    return Undelivered{kind, fmt::format("the pager's webhook answered {}{}", status, mend), retry_after(response)};
  };
  if (status == 429 || status == 503) return answer(Kind::wait);
  if (status == 401 || status == 403) return answer(Kind::bad_target, ": check its url and secret_file");
  if (status == 404 || status == 410) return answer(Kind::bad_target, ": check its url");
  if (status >= 300 && status < 400)
    return answer(Kind::bad_target, ": a redirect is not followed, so give the final url");
  if (status >= 400 && status < 500 && status != 408) return answer(Kind::our_bug);
  return answer(Kind::unclear);
}

}  // namespace pager

WebhookPager::WebhookPager(net::Client& client, const Clock& clock, WebhookPagerSettings settings, ApprovalLink link)
    : client_(client), clock_(clock), settings_(std::move(settings)), link_(std::move(link)) {}

std::optional<std::string> WebhookPager::address(const core::Directory&, std::string_view) const {
  return settings_.name;
}

void WebhookPager::deliver(app::OwedMessage message, Done done) {
  const auto& notification = message.notification;
  const Posted posted{"pager", to_text(notification.id)};
  if (!notification.remote_message.empty()) return done(posted);
  const auto now = clock_.now();
  net::Call call;
  call.url = settings_.url;
  call.body = pager::webhook_body(message, settings_.name, message.approval.id ? link_(message.approval.id) : "", now);
  call.headers = {{"Content-Type", "application/json"},
                  {"User-Agent", "Countersign"},
                  {"Countersign-Signature", pager::webhook_signature(settings_.secret, call.body, now)}};
  client_.send(std::move(call), [posted, done = std::move(done)](auto answer) mutable {
    if (!answer) {
      const auto kind = answer.error().sent == net::Sent::no ? Undelivered::Kind::retry : Undelivered::Kind::unclear;
      return done(std::unexpected(Undelivered{kind, "the pager's webhook: " + answer.error().message, {}}));
    }
    if (auto refusal = pager::refusal_of(*answer)) return done(std::unexpected(*std::move(refusal)));
    done(posted);
  });
}

}  // namespace countersign::chat

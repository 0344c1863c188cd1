#include "chat/pager/webhook.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "chat/pager/words.hpp"

namespace countersign::chat {

using app::Posted;
using Json = nlohmann::ordered_json;

namespace pager {
namespace {

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
  } else if (message.notification.purpose == "head") {
    body["audit"] = Json::parse(message.notification.detail, nullptr, false);  // of ours: app/head_statement.hpp
  } else {
    body["state"] = message.notification.purpose == "outage_over" ? "over" : "begun";
    body["text"] = value(message.notification.detail, 2000);
  }
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pager

WebhookPager::WebhookPager(net::Client& client, const Clock& clock, WebhookPagerSettings settings, ApprovalLink link)
    : clock_(clock),
      name_(std::move(settings.name)),
      post_(client, std::move(settings.url), std::move(settings.secret), "the pager's webhook"),
      link_(std::move(link)) {}

std::optional<std::string> WebhookPager::address(const core::Directory&, std::string_view) const {
  return name_;
}

void WebhookPager::deliver(app::OwedMessage message, Done done) {
  const auto& notification = message.notification;
  const Posted posted{"pager", to_text(notification.id)};
  if (!notification.remote_message.empty()) return done(posted);
  const auto now = clock_.now();
  auto body = pager::webhook_body(message, name_, message.approval.id ? link_(message.approval.id) : "", now);
  post_.send(std::move(body), posted.message, now, [posted, done = std::move(done)](auto refusal) mutable {
    if (refusal) return done(std::unexpected(*std::move(refusal)));
    done(posted);
  });
}

}  // namespace countersign::chat

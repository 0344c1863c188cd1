#include "chat/slack/socket_mode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/text.hpp"
#include "chat/slack/json.hpp"

namespace countersign::chat {
namespace {

using Kind = app::Undelivered::Kind;

constexpr std::string_view open_method = "apps.connections.open";
constexpr Duration at_once{0};

std::string mend_for(std::string_view error) {
  if (error == "link_disabled") return "switch on Socket Mode in the app's settings";
  if (error == "account_inactive") return "the app or its token's owner is deactivated: install it again";
  if (error == "missing_scope") return "[slack] app_token needs the scope connections:write";
  return "check [slack] app_token, an app-level token (xapp-…) with the scope connections:write";
}

std::string trouble(std::string_view what) {
  return fmt::format("slack: Socket Mode: {}", what);
}

}  // namespace

SocketMode::SocketMode(net::Client& client, net::WebSocketClient& sockets, const SlackSettings& settings, Hear hear,
                       app::Scheduler& scheduler, Random& random, Tell tell, SocketModePace pace)
    : api_(client, settings, settings.app_token),
      sockets_(sockets),
      hear_(std::move(hear)),
      scheduler_(scheduler),
      random_(random),
      tell_(std::move(tell)),
      pace_(pace),
      plain_allowed_(settings.api_url.starts_with("http://")),
      seats_(pace.connections) {}

void SocketMode::start() {
  watch_silence();
  for (std::size_t seat = 0; seat < seats_.size(); ++seat)
    fill(seat);
}

void SocketMode::stop() {
  stopped_ = true;
  for (auto& [number, link] : links_)
    link.socket->close();
}

std::string SocketMode::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void SocketMode::set_health(std::string reason) {
  const std::lock_guard lock(mutex_);
  health_ = std::move(reason);
}

/// Begins a connection for the seat, unless it has one that stays or one is being made.
void SocketMode::fill(std::size_t seat) {
  const bool has_one = std::any_of(links_.begin(), links_.end(), [seat](const auto& entry) {
    return entry.second.seat == seat && entry.second.live && !entry.second.leaving;
  });
  if (stopped_ || has_one || seats_[seat].opening || seats_[seat].pausing) return;
  seats_[seat].opening = true;
  api_.query(open_method, {}, [this, seat](slack::Api::Answer answer) { opened(seat, std::move(answer)); });
}

void SocketMode::refill(std::size_t seat, Duration pause) {
  if (pause <= at_once) return fill(seat);
  if (std::exchange(seats_[seat].pausing, true)) return;
  scheduler_.after(pause, [this, seat] {
    seats_[seat].pausing = false;
    fill(seat);
  });
}

void SocketMode::opened(std::size_t seat, slack::Api::Answer answer) {
  if (stopped_) return;
  if (!answer) return refused(seat, answer.error());
  const auto url = slack::string_at(*answer, {"url"});
  if (!url.starts_with("wss://") && !(plain_allowed_ && url.starts_with("ws://")))
    return refused(seat, slack::Refusal{{Kind::retry, "slack: its answer has no wss URL", std::nullopt}, {}, false});
  const auto number = ++last_number_;
  auto& link = links_[number];
  link.seat = seat;
  link.socket = sockets_.connect(url, {.on_open = {},
                                       .on_text = [this, number](const std::string& text) { heard(number, text); },
                                       .on_closed = [this, number](const std::string& why) { ended(number, why); }});
  scheduler_.after(pace_.hello_within, [this, number] {
    if (const auto* opening = this->link(number); opening != nullptr && !opening->live) ended(number, "no hello came");
  });
}

/// No URL was given out.
void SocketMode::refused(std::size_t at, const slack::Refusal& refusal) {
  auto& seat = seats_[at];
  seat.opening = false;
  ++seat.failures;
  const auto& why = refusal.undelivered;
  if (why.kind == Kind::stop) {
    auto reason = trouble(fmt::format("{}: {}", one_line(refusal.error, 80), mend_for(refusal.error)));
    tell_(reason);
    set_health(std::move(reason));
    return refill(at, jittered(pace_.refused_pause));
  }
  last_trouble_ = why.why;
  tell_(trouble(fmt::format("no connection: {}", why.why)));
  // What Slack asks for is waited out whole, and not by every seat to the same moment.
  refill(at,
         std::max(why.retry_after ? *why.retry_after + jittered(*why.retry_after / 4) : at_once, pause(seat.failures)));
}

void SocketMode::heard(Number number, const std::string& text) {
  auto envelope = slack::read_envelope(text);
  if (!envelope) return tell_(trouble(fmt::format("a message that can't be read: {}", envelope.error().message)));
  if (envelope->type == "hello") return hello(number);
  if (envelope->type == "disconnect") return disconnect(number, envelope->reason);
  if (!envelope->id.empty()) take(number, *std::move(envelope));
}

void SocketMode::hello(Number number) {
  auto* fresh = link(number);
  if (fresh == nullptr || std::exchange(fresh->live, true)) return;
  seats_[fresh->seat].opening = false;
  ++silence_watch_;
  watching_ = false;
  set_health({});
  scheduler_.after(pace_.proven_after, [this, number] {
    if (auto* link = this->link(number)) link->proven = true;
  });
  for (const auto& [old, leaving] : links_) {
    if (leaving.seat != fresh->seat || !leaving.leaving) continue;
    // What Slack sent to it before it knew of the new one is still on its way.
    scheduler_.after(pace_.linger, [this, number = old] {
      if (auto* link = this->link(number)) link->socket->close();
    });
  }
}

void SocketMode::disconnect(Number number, const std::string& reason) {
  auto* going = link(number);
  if (going == nullptr) return;
  const auto seat = going->seat;
  if (reason == "link_disabled" || reason == "too_many_websockets") {
    const bool disabled = reason == "link_disabled";
    if (std::exchange(going->live, false) == false) seats_[seat].opening = false;
    links_.erase(number);
    if (disabled) set_health(trouble(fmt::format("{}: {}", reason, mend_for(reason))));
    last_trouble_ = reason;
    tell_(trouble(reason));
    watch_silence();
    return refill(seat, jittered(disabled ? pace_.refused_pause : pace_.crowded_pause));
  }
  if (!going->live) return;  // it will be closed before its hello, which is a failure of its own
  going->leaving = true;
  fill(seat);
}

/// The socket is closed or given up.
void SocketMode::ended(Number number, const std::string& why) {
  const auto at = links_.find(number);
  if (at == links_.end()) return;
  const auto seat = at->second.seat;
  const bool live = at->second.live;
  const bool leaving = at->second.leaving;
  const bool proven = at->second.proven;
  links_.erase(at);
  if (stopped_) return;
  watch_silence();
  if (leaving) return fill(seat);
  auto& its = seats_[seat];
  if (!live) its.opening = false;
  its.failures = proven ? 0 : its.failures + 1;
  last_trouble_ = why;
  tell_(trouble(fmt::format("{}: {}", live ? "a connection is lost" : "no connection", why)));
  refill(seat, pause(its.failures));
}

void SocketMode::take(Number number, slack::Envelope envelope) {
  const auto seen = envelopes_.note(envelope.id, number);
  if (seen == slack::Envelopes::Seen::settled) return acknowledge(number, envelope.id, nullptr);
  if (seen == slack::Envelopes::Seen::under_way) return;
  const bool takes_payload = envelope.takes_payload;
  hear_(envelope, [this, takes_payload, id = envelope.id](bool stored, nlohmann::json body) mutable {
    scheduler_.post([this, takes_payload, id = std::move(id), stored, body = std::move(body)] {
      if (stored) return settled(id, takes_payload ? body : nullptr);
      envelopes_.forget(id);  // without an acknowledgement Slack shows the reader that the app failed
    });
  });
}

void SocketMode::settled(const std::string& envelope, const nlohmann::json& body) {
  for (const auto number : envelopes_.settle(envelope))
    acknowledge(number, envelope, body);
}

/// By the socket that brought it, or, where that one is gone, by any.
void SocketMode::acknowledge(Number number, const std::string& envelope, const nlohmann::json& body) {
  auto* by = link(number);
  for (auto& [other, link] : links_)
    if (by == nullptr && link.live) by = &link;
  if (by != nullptr) by->socket->send_text(slack::acknowledgement(envelope, body));
}

SocketMode::Link* SocketMode::link(Number number) {
  const auto at = links_.find(number);
  return at == links_.end() ? nullptr : &at->second;
}

bool SocketMode::any_live() const {
  return std::any_of(links_.begin(), links_.end(), [](const auto& entry) { return entry.second.live; });
}

/// The first failure is tried again at once, later ones after 0.25 s, 0.5 s, … up to the longest.
Duration SocketMode::pause(unsigned failures) {
  if (failures <= 1) return at_once;
  const auto doublings = std::min(failures - 2, 16U);
  return jittered(std::min(pace_.longest_pause, pace_.first_pause * (1U << doublings)));
}

/// Between half of it and all: servers that lost Slack together must not come back together.
Duration SocketMode::jittered(Duration most) {
  std::uint32_t dice = 0;
  random_.fill(std::as_writable_bytes(std::span(&dice, 1)));
  return most / 2 + most / 2 * static_cast<std::int64_t>(dice >> 16) / 65'536;
}

/// Health says so once there was no socket for a while.
void SocketMode::watch_silence() {
  if (stopped_ || any_live() || std::exchange(watching_, true)) return;
  scheduler_.after(pace_.silence, [this, watch = silence_watch_] {
    if (watch != silence_watch_ || stopped_ || !health().empty()) return;
    set_health(trouble(fmt::format("no connection to Slack, so no click comes in: {}",
                                   last_trouble_.empty() ? "it doesn't answer" : last_trouble_)));
  });
}

}  // namespace countersign::chat

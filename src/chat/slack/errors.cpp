#include "chat/slack/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "chat/slack/json.hpp"

namespace countersign::chat::slack {
namespace {

using Kind = app::Undelivered::Kind;

struct Known {
  std::string_view error;
  Kind kind;
  std::string_view mend;
};

constexpr std::array known{
    Known{"ratelimited", Kind::wait, ""},
    Known{"rate_limited", Kind::wait, ""},
    Known{"message_limit_exceeded", Kind::wait, ""},

    Known{"fatal_error", Kind::unclear, ""},
    Known{"internal_error", Kind::unclear, ""},
    Known{"request_timeout", Kind::unclear, ""},
    Known{"service_unavailable", Kind::unclear, ""},
    Known{"team_added_to_org", Kind::retry, ""},

    Known{"not_authed", Kind::stop, "check [slack] bot_token"},
    Known{"invalid_auth", Kind::stop, "check [slack] bot_token"},
    Known{"token_revoked", Kind::stop, "install the app again and set [slack] bot_token"},
    Known{"token_expired", Kind::stop, "install the app again and set [slack] bot_token"},
    Known{"account_inactive", Kind::stop, "the app's bot user is deactivated: install the app again"},
    Known{"missing_scope", Kind::stop, "add the scope to the app and install it again"},
    Known{"no_permission", Kind::stop, "add the app's scopes (chat:write, im:write) and install it again"},
    Known{"not_allowed_token_type", Kind::stop, "[slack] bot_token must be the bot's, xoxb-…"},
    Known{"access_denied", Kind::stop, "the workspace refuses the app: check its approval"},
    Known{"org_login_required", Kind::stop, "the workspace is being moved to an organisation"},
    Known{"ekm_access_denied", Kind::stop, "the workspace's keys are withdrawn"},
    Known{"team_access_not_granted", Kind::stop, "grant the app access to the workspace"},

    Known{"channel_not_found", Kind::bad_target, "no such channel or user, or the bot can't see it"},
    Known{"not_in_channel", Kind::bad_target, "invite the bot to the channel"},
    Known{"is_archived", Kind::bad_target, "the channel is archived"},
    Known{"is_inactive", Kind::bad_target, "the channel is frozen"},
    Known{"users_not_found", Kind::bad_target, "no such user"},
    Known{"user_not_found", Kind::bad_target, "no such user"},
    Known{"user_not_visible", Kind::bad_target, "the bot can't see this user"},
    Known{"user_disabled", Kind::bad_target, "the user is deactivated"},
    Known{"user_not_in_channel", Kind::bad_target, "the user is not in the channel"},
    Known{"cannot_dm_bot", Kind::bad_target, "the user is a bot"},
    Known{"messages_tab_disabled", Kind::bad_target, "switch on the app's messages tab"},
    Known{"as_user_not_supported", Kind::bad_target, ""},
    Known{"ekm_not_supported", Kind::bad_target, ""},

    Known{"invalid_blocks", Kind::our_bug, ""},
    Known{"invalid_blocks_format", Kind::our_bug, ""},
    Known{"msg_blocks_too_long", Kind::our_bug, ""},
    Known{"msg_too_long", Kind::our_bug, ""},
    Known{"no_text", Kind::our_bug, ""},
    Known{"invalid_arguments", Kind::our_bug, ""},
    Known{"invalid_arg_name", Kind::our_bug, ""},
    Known{"invalid_array_arg", Kind::our_bug, ""},
    Known{"invalid_charset", Kind::our_bug, ""},
    Known{"invalid_form_data", Kind::our_bug, ""},
    Known{"invalid_json", Kind::our_bug, ""},
    Known{"json_not_object", Kind::our_bug, ""},
    Known{"invalid_post_type", Kind::our_bug, ""},
    Known{"missing_post_type", Kind::our_bug, ""},
    Known{"metadata_too_large", Kind::our_bug, ""},
    Known{"metadata_must_be_sent_from_app", Kind::our_bug, ""},
    Known{"invalid_metadata_format", Kind::our_bug, ""},
    Known{"invalid_metadata_schema", Kind::our_bug, ""},
    Known{"markdown_text_conflict", Kind::our_bug, ""},
};

constexpr std::array<std::string_view, 4> gone{"message_not_found", "cant_update_message", "edit_window_closed",
                                               "update_failed"};

constexpr Duration unknown_error_pause = std::chrono::minutes(1);
constexpr Duration unnamed_wait = std::chrono::seconds(10);  // a 429 should say how long; this one did not
constexpr Duration longest_wait = std::chrono::hours(1);

Refusal refused(Kind kind, std::string why, std::optional<Duration> pause = std::nullopt) {
  return {{kind, std::move(why), pause}, {}, false};
}

Duration retry_after(const net::Headers& headers) {
  const auto text = net::header(headers, "Retry-After");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return unnamed_wait;
  return std::min<Duration>(longest_wait, std::chrono::seconds(std::min<std::int64_t>(seconds, 1'000'000)));
}

}  // namespace

Refusal refusal(std::string_view error) {
  const auto word = one_line(error, 80);
  Refusal out{{Kind::retry, "slack: " + word, std::nullopt}, std::string(error), false};
  if (std::find(gone.begin(), gone.end(), error) != gone.end()) {
    out.gone = true;
    return out;
  }
  if (error.starts_with("restricted_action")) {  // _read_only_channel, _thread_only_channel, …
    out.undelivered.kind = Kind::bad_target;
    out.undelivered.why += ": posting there is restricted";
    return out;
  }
  const auto* row = std::find_if(known.begin(), known.end(), [error](const Known& k) { return k.error == error; });
  if (row == known.end()) {
    out.undelivered.why += " (an error this version doesn't know)";
    out.undelivered.retry_after = unknown_error_pause;
    out.this_one = true;
    return out;
  }
  out.undelivered.kind = row->kind;
  if (!row->mend.empty()) out.undelivered.why += fmt::format(": {}", row->mend);
  if (row->kind == Kind::wait) out.undelivered.retry_after = unnamed_wait;
  return out;
}

std::expected<nlohmann::json, Refusal> read_reply(const net::Response& response) {
  const int status = response.status;
  if (status == 429)
    return std::unexpected(refused(Kind::wait, "slack: asked to slow down (429)", retry_after(response.headers)));
  if (status >= 500) return std::unexpected(refused(Kind::unclear, fmt::format("slack: HTTP {}", status)));
  auto reply = parse_object(response.body);
  const auto ok = reply ? reply->find("ok") : nlohmann::json::iterator();
  if (reply && ok != reply->end() && ok->is_boolean()) {
    if (!ok->get<bool>()) {
      const auto error = string_at(*reply, {"error"});
      auto out = refusal(error.empty() ? "refused without an error" : error);
      if (const auto needed = string_at(*reply, {"needed"}); !needed.empty())
        out.undelivered.why += fmt::format(" (it needs {})", one_line(needed, 80));
      return std::unexpected(std::move(out));
    }
    if (status == 200) return std::move(*reply);
  }
  // Some say 200 and no Slack wrote it: a proxy's page, a cut body. The message may be there.
  if (status >= 200 && status < 300)
    return std::unexpected(refused(Kind::unclear, fmt::format("slack: HTTP {} without Slack's answer", status)));
  if (status >= 300 && status < 400)
    return std::unexpected(refused(
        Kind::retry, fmt::format("slack: HTTP {}, a redirect: check [slack] api_url", status), unknown_error_pause));
  auto out = refused(Kind::retry, fmt::format("slack: HTTP {}", status), unknown_error_pause);
  out.this_one = true;
  return std::unexpected(std::move(out));
}

bool no_thread(const Refusal& refusal) {
  return refusal.error == "thread_not_found" || refusal.error == "cannot_reply_to_message";
}

Refusal refusal(const net::ClientFailure& failure) {
  return refused(failure.sent == net::Sent::no ? Kind::retry : Kind::unclear,
                 "slack: " + one_line(failure.message, 200));
}

}  // namespace countersign::chat::slack

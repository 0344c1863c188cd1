#include "chat/slack/payload.hpp"

#include <algorithm>
#include <optional>

#include "base/encoding.hpp"
#include "chat/slack/json.hpp"

namespace countersign::chat::slack {
namespace {

constexpr int most_pairs = 100;

struct Origin {
  std::string scheme, host, port;
};

/// Scheme, host and port of an http(s) URL in its plainest form; nullopt for anything that parsers may read in two
/// ways.
std::optional<Origin> origin_of(std::string_view url) {
  const bool odd = std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c == '\\' || c == '\x7F'; });
  const auto scheme_end = url.find("://");
  if (odd || scheme_end == std::string_view::npos) return std::nullopt;
  Origin out;
  out.scheme = url.substr(0, scheme_end);
  if (out.scheme != "https" && out.scheme != "http") return std::nullopt;
  const auto rest = url.substr(scheme_end + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  const auto colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && !authority.ends_with(']');
  out.host = authority.substr(0, has_port ? colon : authority.size());
  if (has_port) out.port = authority.substr(colon + 1);
  std::transform(out.host.begin(), out.host.end(), out.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (out.host.empty()) return std::nullopt;
  return out;
}

bool slacks_own(const Origin& origin) {
  return origin.scheme == "https" && (origin.port.empty() || origin.port == "443") &&
         (origin.host == "slack.com" || origin.host.ends_with(".slack.com"));
}

}  // namespace

Result<std::string> payload_of(std::string_view form) {
  std::optional<std::string> found;
  for (int pairs = 0; !form.empty(); ++pairs) {
    if (pairs == most_pairs) return fail(Fault::invalid, "more than {} form fields", most_pairs);
    const auto pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = from_form(pair.substr(0, equals));
    if (!name) return fail(Fault::invalid, "a form field's name has a bad escape");
    if (*name != "payload") continue;
    if (found) return fail(Fault::invalid, "more than one payload");
    auto value = from_form(pair.substr(std::min(pair.size(), equals + 1)));
    if (!value) return fail(Fault::invalid, "the payload has a bad escape");
    found = std::move(*value);
  }
  if (!found) return fail(Fault::invalid, "no payload");
  return std::move(*found);
}

Result<Click> read_click(std::string_view payload) {
  const auto json = parse_object(payload);
  if (!json) return fail(Fault::invalid, "the payload is {}", json.error().message);
  return click_of(*json);
}

Result<Click> click_of(const nlohmann::json& payload) {
  Click out;
  out.type = string_at(payload, {"type"});
  out.user = string_at(payload, {"user", "id"});
  if (out.type.empty() || out.user.empty()) return fail(Fault::invalid, "the payload names no type or user");
  if (out.type != "block_actions") return out;
  const auto actions = payload.find("actions");
  if (actions == payload.end() || !actions->is_array() || actions->empty())
    return fail(Fault::invalid, "the payload holds no action");
  out.action = string_at(actions->front(), {"action_id"});
  out.value = string_at(actions->front(), {"value"});
  if (out.value.empty()) out.value = string_at(actions->front(), {"selected_option", "value"});
  out.block = string_at(actions->front(), {"block_id"});
  out.channel = string_at(payload, {"channel", "id"});
  if (out.channel.empty()) out.channel = string_at(payload, {"container", "channel_id"});
  out.message = string_at(payload, {"container", "message_ts"});
  out.trigger = string_at(payload, {"trigger_id"});
  out.response_url = string_at(payload, {"response_url"});
  return out;
}

bool answerable(std::string_view url, std::string_view api_url) {
  const auto there = origin_of(url);
  if (!there) return false;
  if (slacks_own(*there)) return true;
  const auto ours = origin_of(api_url);
  return ours && there->host == ours->host && there->scheme == ours->scheme;
}

}  // namespace countersign::chat::slack

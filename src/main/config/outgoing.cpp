#include <fmt/format.h>

#include <algorithm>

#include "chat/pager/smtp.hpp"
#include "main/config/reading.hpp"

namespace countersign::cli {

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

void need_scheme(Section& table, std::string_view key, const std::string& url, std::string_view secure,
                 std::string_view other) {
  if (url.empty()) return;
  if (!url.starts_with(secure) && !url.starts_with(other))
    table.problem(key, fmt::format("'{}' must begin with {} (or {})", key, secure, other));
  const auto authority = url.find("://") == std::string::npos ? url : url.substr(url.find("://") + 3);
  if (authority.substr(0, authority.find('/')).find('@') != std::string::npos)
    table.problem(key, fmt::format("'{}' holds a password or user; keep the secret in a file of its own", key));
}

void warn_in_the_clear(Section& table, std::string_view key, const std::string& url) {
  if (url.starts_with("http://") && !chat::pager::is_loopback(url))
    table.warn(key, fmt::format("'{}' is http:// to another machine: tokens and log lines go there in the clear; write "
                                "https://",
                                key));
}

chat::WebhookPagerSettings read_outbound_webhook(Section& table, std::string_view without_secret) {
  chat::WebhookPagerSettings webhook;
  webhook.url = table.required("url");
  need_scheme(table, "url", webhook.url, "https://", "http://");
  webhook.secret = table.secret("secret");
  if (webhook.secret.empty() && !table.has("secret_file") && !table.has("secret_env") && !table.has("secret"))
    table.problem("", fmt::format("{}; add secret_file = \"…\"", without_secret));
  webhook.ca_file = read_ca_file(table);
  return webhook;
}

}  // namespace countersign::cli

#include "core/email.hpp"

#include <algorithm>

namespace countersign::core {
namespace {

bool is_mailbox(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == text.npos;
}

bool is_of_a_host(const Event& event) {
  const bool cloud = !field(event, "cloud.provider").empty() || !field(event, "event.provider").empty();
  return event.rule.empty() || event.process.starts_with("sshd") || (!event.host.empty() && !cloud);
}

/// "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123/alice@example.com"
std::string_view signed_in_as(std::string_view name) {
  constexpr std::string_view role = ":assumed-role/AWSReservedSSO_";
  const auto at = name.find(role);
  if (!name.starts_with("arn:aws") || at == std::string_view::npos) return name;
  const auto session = name.find('/', at + role.size());
  return session == std::string_view::npos ? name : name.substr(session + 1);
}

}  // namespace

std::string canonical_email(std::string_view address) {
  std::string canonical(address);
  std::ranges::transform(canonical, canonical.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return canonical;
}

std::string email_of(const Event& event) {
  const auto told = field(event, "user.email");
  if (is_mailbox(told)) return canonical_email(told);
  if (is_of_a_host(event)) return {};
  const auto name = signed_in_as(event.user);
  return is_mailbox(name) && !name.contains('/') ? canonical_email(name) : std::string();
}

}  // namespace countersign::core

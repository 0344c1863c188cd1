#include "chat/slack/actor.hpp"

#include <algorithm>

namespace countersign::chat::slack {

std::optional<core::Actor> actor_of(const SlackSettings& settings, const core::Directory& directory,
                                    const std::string& user) {
  const bool security = std::ranges::find(settings.security_team, user) != settings.security_team.end();
  if (const auto* person = directory.by_slack_user(user)) return core::Actor{person->name, security, true};
  if (security) return core::Actor{user, true, true};
  return std::nullopt;
}

}  // namespace countersign::chat::slack

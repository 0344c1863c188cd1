// Who a Slack user id is to us. Pure.
#pragma once

#include <optional>
#include <string>

#include "chat/slack/settings.hpp"
#include "core/approval.hpp"
#include "core/directory.hpp"

namespace countersign::chat::slack {

/// The configured person, one of the security team (by id where no person has it), or nobody.
std::optional<core::Actor> actor_of(const SlackSettings& settings, const core::Directory& directory,
                                    const std::string& user);

}  // namespace countersign::chat::slack

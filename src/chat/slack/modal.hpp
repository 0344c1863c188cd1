// The forms that open over Slack: a reason, and a sentence where there is no channel to say it in. What they carry
// from click to submission is an opaque value of a button's, nothing else. Pure; safe for concurrent access.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::chat::slack {

inline constexpr std::string_view add_reason = "add_reason";               // callback_id: to a decision that stands
inline constexpr std::string_view approve_with_reason = "approve_reason";  // callback_id: submission decides
inline constexpr std::size_t longest_reason = 2000;                        // characters

/// The view of a form that asks for a reason. `value` is at most 255 characters.
nlohmann::json reason_view(std::string_view callback, const std::string& value);

/// A view that says one sentence, which may hold foreign values.
nlohmann::json notice_view(std::string_view text);

struct Submission {
  std::string user, callback, value, reason;  // reason: trimmed, at most 2,000 characters
};

/// Fault::invalid for a view_submission that names no user.
Result<Submission> read_submission(const nlohmann::json& payload);

/// The answer to a submission that keeps the form open and says why, below its field.
nlohmann::json refused_below(std::string_view why);

}  // namespace countersign::chat::slack

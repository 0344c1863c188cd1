// The form of /countersign expect, and the list of /countersign expected. Pure; safe for concurrent access.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.hpp"

namespace countersign::chat::slack {

inline constexpr std::string_view expect_callback = "expect";

/// The form; `security`: for the whole team's events, else for the reader's own. Its end is proposed four hours ahead.
nlohmann::json expect_view(bool security, Timestamp now);

struct ExpectForm {
  std::string user;
  core::ExpectedChange change;                // without author, id and beginning
  std::map<std::string, std::string> errors;  // by field, where something can't be read
};

/// A view_submission of that form. Anything missing is empty; fields longer than their limit are errors.
ExpectForm read_expect(const nlohmann::json& payload);

/// The answer that keeps the form open, with what is wrong below its fields.
nlohmann::json refused_fields(const std::map<std::string, std::string>& errors);
/// The field that an error of core::announce belongs to.
std::string field_of(const Error& error);
/// The answer that shows what was kept.
nlohmann::json announced_view(const core::ExpectedChange& change);

/// Those in force, soonest end first, each with a button that ends it: at most 50 blocks.
nlohmann::json expected_blocks(const std::vector<core::ExpectedChange>& changes);

}  // namespace countersign::chat::slack

// Values that others wrote, made fit for Slack's mrkdwn: they can't mention, link, format, hide or break out.
// `* _ ~` and the backtick have no escape in mrkdwn, so a value stands in a code span unless it is a plain name.
// Pure. Lengths are counted in UTF-16 units, the strictest way Slack may count characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace countersign::chat::slack {

/// The longest value shown whole, in characters; what is longer ends in "…".
inline constexpr std::size_t value_limit = 80;

/// `&`, `<` and `>` as Slack's entities: nothing else is markup to its parser.
std::string escape(std::string_view text);

/// One line for a plain_text object: cleaned, cut to `limit` UTF-16 units; never empty ("–" instead). There is no
/// markup there, but not every client and log keeps that rule, so `<` and `>` become the look-alikes "‹" and "›".
std::string plain(std::string_view value, std::size_t limit);

/// A code span holding the value: cleaned, backticks shown as "'", at most `limit` characters of it and at most
/// 2·limit + 2 UTF-16 units in all. "–" where there is nothing to show.
std::string code(std::string_view value, std::size_t limit = value_limit);

/// A configured name: bare where it holds letters, digits, blanks, hyphens and apostrophes only, else a code span.
std::string name(std::string_view value, std::size_t limit = value_limit);

/// The moment in the reader's own time zone; readers that can't see RFC 3339 in UTC.
std::string when(Timestamp at);

/// With its first letter a capital, where that is one of a to z.
std::string capital(std::string text);

/// UTF-16 code units.
std::size_t length(std::string_view utf8);

}  // namespace countersign::chat::slack

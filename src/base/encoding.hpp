// Notations for bytes: hex, base64 (RFC 4648, with and without padding and in its URL alphabet), percent (RFC 3986).
// Decoders refuse what they don't know; none allocates more than its input's length. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign {

std::string to_hex(std::string_view bytes);
Result<std::string> from_hex(std::string_view text);

std::string to_base64(std::string_view bytes);
std::string to_base64url(std::string_view bytes);        // no padding
Result<std::string> from_base64(std::string_view text);  // either alphabet, padding optional

/// application/x-www-form-urlencoded decoding of one name or value: '+' is a blank. Fault::invalid on a bad escape.
Result<std::string> from_form(std::string_view text);
/// Percent-encodes everything but RFC 3986's unreserved characters.
std::string to_percent(std::string_view text);

/// The value of `name` in a query string or form body, decoded; nullopt where there is none.
/// Looks at no more than 1,000 pairs; the first of that name counts.
std::optional<std::string> form_value(std::string_view form, std::string_view name);

}  // namespace countersign

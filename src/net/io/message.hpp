// The grammar of HTTP messages that both ends share: what a name or value may hold, the words for a status.
// Pure; RFC 9110 and 9112. Private to src/net.
#pragma once

#include <string>
#include <string_view>

#include "net/http.hpp"

namespace countersign::net {

/// ASCII letters alone differ.
bool same_name(std::string_view a, std::string_view b);
/// RFC 9110 section 5.6.2: a header's name, a method.
bool is_token(std::string_view text);
/// No CR, LF or NUL: what would let a value end its line.
bool is_field_value(std::string_view text);
/// "Not Found"; empty for a status nobody named.
std::string_view reason(int status);
/// An answer of the server's own: {"error":"why"}. `why` is ours and plain ASCII without quotes.
Response error_response(int status, std::string_view why);
void append_header(std::string& head, std::string_view name, std::string_view value);

}  // namespace countersign::net

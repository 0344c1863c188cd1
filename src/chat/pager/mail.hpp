// A page as a mail: RFC 5322, plain text. Its Message-ID is made of the notification's id, so a second copy is the same
// message to whoever receives it, and pages of one approval are one thread. Pure; safe for concurrent access.
#pragma once

#include <string>
#include <string_view>

#include "app/chat.hpp"
#include "chat/pager/settings.hpp"

namespace countersign::chat::pager {

/// The whole message, lines ended by CRLF, none longer than 998 bytes (RFC 5322 2.1.1). `link` may be empty.
std::string mail_text(const app::OwedMessage& message, const EmailPagerSettings& settings, std::string_view link);

/// The value of an unstructured header: RFC 2047 encoded words where `text` is not plain ASCII or could be taken for
/// one, folded; never a bare line break.
std::string header_text(std::string_view text);

/// "user@host" of printable ASCII that can stand between angle brackets in SMTP and a header; no quoted forms.
bool is_mail_address(std::string_view text);

}  // namespace countersign::chat::pager

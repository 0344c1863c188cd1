// What a key's fingerprint looks like, as `ssh-keygen -lf` shows it. Pure.
#pragma once

#include <string_view>

namespace countersign::core {

/// "SHA256:" with base64, or "MD5:" with sixteen pairs of hexadecimal digits.
bool is_fingerprint(std::string_view text);

/// Whether it has as many characters as a digest gives; one that does not is nobody's.
bool is_whole_fingerprint(std::string_view text);

}  // namespace countersign::core

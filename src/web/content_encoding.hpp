// Content-Encoding as RFC 9110 section 8.4 writes it, brought to the one word that decoders know. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "net/http.hpp"

namespace countersign::web {

/// What is taken, as Accept-Encoding says it.
inline constexpr std::string_view encodings_taken = "gzip, deflate, zstd, snappy, identity";

/// One of those, or "" where nothing is said. None: an encoding we don't know, or several one upon the other.
std::optional<std::string_view> content_encoding(const net::Headers& headers);

}  // namespace countersign::web

// What the spool keeps, a line each: a checksum, the witness's mark, a kind and a text, so that a torn or rotten line
// is known for one and the file can be read by a person. Passive data; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace countersign::agent {

enum class Kind : char {
  sighting = 's',  // text: one JSON object
  lost = 'l',      // text: "LOGINS DETAIL why", records that came no further than the witness
  dropped = 'd',   // the same, standing for a whole segment that had to make room
  place = 'p',     // text: where the witness's own source stood, once all before is durable
};

struct Line {
  Timestamp at{};  // everything before it had been asked of the witness when this line was written
  Kind kind = Kind::sighting;
  std::string text;  // no line ends
};

struct Loss {
  std::int64_t logins = 0, detail = 0;
  std::string why;

  [[nodiscard]] bool any() const { return logins > 0 || detail > 0; }
  /// Adds counts; the first reason stands, others are joined to it while they are few.
  void add(const Loss& other);
};

/// "0123456789abcdef 1763600000000000 s {…}" with its line end. Line ends within `text` become blanks.
std::string to_text(const Line& line);
/// Of a line without its end. Nullopt where the checksum disagrees or it is no such line.
std::optional<Line> parse_line(std::string_view text);

std::string to_text(const Loss& loss);
/// Nullopt for anything to_text() doesn't write.
std::optional<Loss> parse_loss(std::string_view text);

/// The first sixteen hex digits of the text's SHA-256.
std::string checksum(std::string_view text);

/// Calls `each` with every whole line and where it ends; gives where the last whole line ends.
template <typename Each>
std::size_t for_each_line(std::string_view text, std::size_t from, Each each) {
  while (true) {
    const auto end = text.find('\n', from);
    if (end == std::string_view::npos) return from;
    const auto line = text.substr(from, end - from);
    if (!each(line, end + 1)) return from;
    from = end + 1;
  }
}

}  // namespace countersign::agent

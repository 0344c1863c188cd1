#include "web/content_encoding.hpp"

#include <algorithm>
#include <array>

#include "web/http_words.hpp"

namespace countersign::web {
namespace {

struct Coding {
  std::string_view sent, known;
};
constexpr std::string_view identity = "identity";
constexpr std::array<Coding, 7> codings{{{"", ""},
                                         {identity, identity},
                                         {"gzip", "gzip"},
                                         {"x-gzip", "gzip"},
                                         {"deflate", "deflate"},
                                         {"zstd", "zstd"},
                                         {"snappy", "snappy"}}};

/// One member of the list into `found`; false where it is unknown, or the second that does something to the body.
bool add(std::string_view member, std::string_view& found) {
  const auto* const coding =
      std::ranges::find_if(codings, [&](const Coding& each) { return same_word(each.sent, member); });
  if (coding == codings.end()) return false;
  if (coding->known.empty() || (coding->known == identity && !found.empty())) return true;
  if (!found.empty() && found != identity) return false;
  found = coding->known;
  return true;
}

}  // namespace

std::optional<std::string_view> content_encoding(const net::Headers& headers) {
  std::string_view found;
  for (const auto& [name, value] : headers) {
    if (!same_word(name, "Content-Encoding")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      if (!add(without_blanks(rest.substr(0, comma)), found)) return std::nullopt;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return found;
}

}  // namespace countersign::web

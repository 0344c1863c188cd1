// The grammar of an entry in the journal's export format (systemd.io/JOURNAL_EXPORT_FORMATS): a field as NAME=VALUE or,
// where it holds anything, as NAME, a newline, its length in 8 bytes little-endian, the bytes and a newline; entries
// are apart by an empty line. Pure.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace countersign::webhooks {

enum class EntryEnd {
  whole,
  cut,     // what there is of it is right, but more must follow
  broken,  // no entry
};

constexpr std::uint64_t kLongestField = std::uint64_t{768} << 20;  // DATA_SIZE_MAX of journald
constexpr std::string_view kNextEntry = "\n__CURSOR=";             // each begins with it

/// The length that follows the line of a field's name, where its 8 bytes are there.
inline std::optional<std::uint64_t> field_length(std::string_view rest, std::size_t name) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t length = 0;
  if (rest.size() < name + 1 + sizeof length) return std::nullopt;
  std::memcpy(&length, rest.data() + name + 1, sizeof length);
  return length;
}

/// Hands each field of the entry that `rest` begins with to `field(name, value)`; what begins after it stays in `rest`.
EntryEnd read_entry(std::string_view& rest, auto&& field) {
  while (!rest.empty() && rest.front() != '\n') {
    const auto line_end = rest.find('\n');
    const auto line = rest.substr(0, line_end);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) {
      field(line.substr(0, equals), line.substr(equals + 1));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      continue;
    }
    if (line_end == std::string_view::npos) return EntryEnd::cut;
    const auto length = field_length(rest, line.size());
    const auto head = line.size() + 1 + sizeof(std::uint64_t);
    if (length && *length > kLongestField) return EntryEnd::broken;
    if (!length || *length >= rest.size() - head) return EntryEnd::cut;
    if (rest[head + *length] != '\n') return EntryEnd::broken;
    field(line, rest.substr(head, *length));
    rest.remove_prefix(head + *length + 1);
  }
  return rest.empty() ? EntryEnd::cut : EntryEnd::whole;
}

/// Passes over what is no entry, up to the line that begins the next one. False where none does.
inline bool find_next_entry(std::string_view& rest) {
  const auto next = rest.find(kNextEntry);
  rest.remove_prefix(next == std::string_view::npos ? rest.size() : next + 1);
  return next != std::string_view::npos;
}

}  // namespace countersign::webhooks

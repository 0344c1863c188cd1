#include "core/zone.hpp"

#include <algorithm>
#include <charconv>

namespace countersign::core {
namespace {

bool two_digits(std::string_view text, int most, int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && text.size() == 2 && end == text.data() + 2 && value >= 0 && value <= most;
}

/// Big-endian numbers out of a TZif block; reading past the end gives 0 and is remembered.
class TzifBytes {
 public:
  explicit TzifBytes(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      short_ = true;
      size = rest_.size();
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const char c : take(size))
      value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  [[nodiscard]] bool is_short() const { return short_; }

 private:
  std::string_view rest_;
  bool short_ = false;
};

struct TzifHeader {
  std::size_t utc_flags, standard_flags, leaps, transitions, types, abbreviations;
};

/// RFC 8536 section 3.1.
bool read_header(TzifBytes& in, TzifHeader& header) {
  if (in.take(4) != "TZif" || in.take(1) < "2") return false;
  in.take(15);
  for (auto* count : {&header.utc_flags, &header.standard_flags, &header.leaps, &header.transitions, &header.types,
                      &header.abbreviations}) {
    *count = in.number(4);
  }
  return !in.is_short();
}

}  // namespace

Result<Zone> Zone::from_text(std::string_view text) {
  Zone zone;
  if (text == "UTC" || text == "Z" || text == "GMT" || text == "Etc/UTC") return zone;
  const bool colon = text.size() == 6 && text[3] == ':';
  int hours = 0;
  int minutes = 0;
  if ((text.size() == 5 || colon) && (text[0] == '+' || text[0] == '-') && two_digits(text.substr(1, 2), 23, hours) &&
      two_digits(text.substr(colon ? 4 : 3), 59, minutes)) {
    zone.first_offset_ = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
    return zone;
  }
  return fail(Fault::not_found,
              "\"{}\" is no time zone; write \"UTC\", an offset such as \"+02:00\", or a name such as "
              "\"Europe/Berlin\"",
              text);
}

Result<Zone> Zone::from_tzif(std::string_view bytes) {
  constexpr std::size_t kMost = 100'000;  // transitions or types; real files have a few hundred
  TzifBytes in(bytes);
  TzifHeader header{};
  const auto unreadable = [] { return fail(Fault::invalid, "the time zone's file is no TZif of version 2 or later"); };
  if (!read_header(in, header)) return unreadable();
  // The first block is for readers of 32 bits; the second has the same in 64.
  in.take(header.transitions * 5 + header.types * 6 + header.abbreviations + header.leaps * 8 + header.standard_flags +
          header.utc_flags);
  if (!read_header(in, header) || header.types == 0 || header.transitions > kMost || header.types > kMost) {
    return unreadable();
  }
  Zone zone;
  std::vector<std::size_t> types;
  for (std::size_t i = 0; i < header.transitions; ++i) {
    zone.transitions_.push_back({static_cast<std::int64_t>(in.number(8)), 0});
  }
  for (std::size_t i = 0; i < header.transitions; ++i)
    types.push_back(in.number(1));
  std::vector<std::int32_t> offsets;
  for (std::size_t i = 0; i < header.types; ++i) {
    offsets.push_back(static_cast<std::int32_t>(static_cast<std::uint32_t>(in.number(4))));
    in.take(2);
  }
  if (in.is_short() || std::ranges::any_of(types, [&](std::size_t type) { return type >= offsets.size(); })) {
    return unreadable();
  }
  zone.first_offset_ = offsets.front();
  for (std::size_t i = 0; i < types.size(); ++i)
    zone.transitions_[i].offset = offsets[types[i]];
  return zone;
}

std::chrono::sys_seconds Zone::to_utc(std::chrono::local_seconds local) const {
  const std::int64_t seconds = local.time_since_epoch().count();
  std::int32_t offset = first_offset_;
  for (const auto& transition : transitions_) {
    // Seen by the clock that was in force before it: so a skipped hour and the first of two alike use the old offset.
    if (seconds < transition.at + std::max(offset, transition.offset)) break;
    offset = transition.offset;
  }
  return std::chrono::sys_seconds(std::chrono::seconds(seconds - offset));
}

std::chrono::local_seconds Zone::to_local(std::chrono::sys_seconds utc) const {
  const std::int64_t seconds = utc.time_since_epoch().count();
  std::int32_t offset = first_offset_;
  for (const auto& transition : transitions_) {
    if (seconds < transition.at) break;
    offset = transition.offset;
  }
  return std::chrono::local_seconds(std::chrono::seconds(seconds + offset));
}

}  // namespace countersign::core

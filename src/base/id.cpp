#include "base/id.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace countersign {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford: no i, l, o, u
constexpr std::size_t text_length = 13;
constexpr int counter_bits = 21;
constexpr auto epoch =
    std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::sys_days(std::chrono::year(2020) / 1 / 1));
constexpr std::int64_t last_millisecond = (std::int64_t{1} << 42) - 1;  // in the year 2159

}  // namespace

std::string to_text(Id id) {
  std::string out(text_length, '0');
  auto rest = static_cast<std::uint64_t>(id.value);
  for (auto place = out.rbegin(); place != out.rend(); ++place, rest >>= 5)
    *place = alphabet[rest & 31];
  return out;
}

Result<Id> parse_id(std::string_view text) {
  if (text.size() != text_length || text.front() < '0' || text.front() > '7')
    return fail(Fault::invalid, "not an id: thirteen characters, such as 01hzx3k9v2m4q");
  std::uint64_t value = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    if (digit == std::string_view::npos)
      return fail(Fault::invalid, "not an id: a character that is no digit of Crockford's base32");
    value = value << 5 | digit;
  }
  return Id{static_cast<std::int64_t>(value)};
}

Id first_id(Timestamp at) {
  const std::int64_t since = (std::chrono::floor<std::chrono::milliseconds>(at) - epoch).count();
  return Id{std::clamp<std::int64_t>(since, 0, last_millisecond) << counter_bits};
}

Timestamp time_of(Id id) {
  return epoch + std::chrono::milliseconds(id.value >> counter_bits);
}

Id IdSource::next(Timestamp now) {
  if (last_ == std::numeric_limits<std::int64_t>::max()) throw std::overflow_error("ids are used up");
  const auto earliest = first_id(now).value;
  // A clock behind the last id counts on from it; more than 2^21 ids in a millisecond run into the next one.
  last_ = std::max(earliest, last_ + 1);
  return Id{last_};
}

}  // namespace countersign

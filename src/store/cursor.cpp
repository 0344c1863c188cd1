#include "store/cursor.hpp"

#include "base/encoding.hpp"

namespace countersign::store {
namespace {

constexpr std::size_t length = 17;  // the list's letter and two numbers of 8 bytes

void put(std::string& bytes, std::int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xFFU);
}

std::int64_t get(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(number);
}

}  // namespace

std::string to_cursor(char list, const Place& place) {
  std::string bytes(1, list);
  put(bytes, place.time);
  put(bytes, place.id);
  return to_base64url(bytes);
}

Result<Place> parse_cursor(char list, std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes || bytes->size() != length || bytes->front() != list)
    return fail(Fault::invalid, "not a cursor of this list: give next_cursor as it came, or none");
  return Place{get(std::string_view(*bytes).substr(1)), get(std::string_view(*bytes).substr(9))};
}

}  // namespace countersign::store

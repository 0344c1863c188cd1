#include "agent/spool/line.hpp"

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::agent {
namespace {

constexpr std::size_t sum_length = 16, longest_reason = 200;

std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || next == end || *next != ' ') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(next - text.data()) + 1);
  return value;
}

bool is_kind(char letter) {
  return letter == 's' || letter == 'l' || letter == 'd' || letter == 'p';
}

}  // namespace

std::string checksum(std::string_view text) {
  return to_hex(crypto::sha256(text).substr(0, sum_length / 2));
}

void Loss::add(const Loss& other) {
  logins += other.logins;
  detail += other.detail;
  if (other.why.empty() || why.find(other.why) != std::string::npos) return;
  if (why.empty())
    why = other.why;
  else if (why.size() + other.why.size() < longest_reason)
    why += "; " + other.why;
}

std::string to_text(const Line& line) {
  auto text = fmt::format("{} {} {}", to_micros(line.at), static_cast<char>(line.kind), line.text);
  std::ranges::replace(text, '\n', ' ');
  return fmt::format("{} {}\n", checksum(text), text);
}

std::optional<Line> parse_line(std::string_view text) {
  if (text.size() < sum_length + 1 || text[sum_length] != ' ') return std::nullopt;
  const auto sum = text.substr(0, sum_length);
  text.remove_prefix(sum_length + 1);
  if (checksum(text) != sum) return std::nullopt;
  const auto micros = take_number(text);
  if (!micros || text.size() < 2 || !is_kind(text[0]) || text[1] != ' ') return std::nullopt;
  return Line{from_micros(*micros), static_cast<Kind>(text[0]), std::string(text.substr(2))};
}

std::string to_text(const Loss& loss) {
  return fmt::format("{} {} {}", loss.logins, loss.detail, loss.why);
}

std::optional<Loss> parse_loss(std::string_view text) {
  const auto logins = take_number(text);
  const auto detail = logins ? take_number(text) : std::nullopt;
  if (!detail || *logins < 0 || *detail < 0) return std::nullopt;
  return Loss{*logins, *detail, std::string(text)};
}

}  // namespace countersign::agent

#include "intake/syslog_framing.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace countersign::intake {
namespace {

constexpr std::size_t most_digits = 8;  // 100 MB: a longer length is none
constexpr std::string_view digits = "0123456789";

bool is_digit(char c) {
  return digits.find(c) != std::string_view::npos;
}

std::string_view without_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<void> SyslogFraming::take(std::string_view bytes, const Visit& visit) {
  while (!bytes.empty()) {
    if (method_ == Method::unknown)
      method_ = bytes.front() != '0' && is_digit(bytes.front()) ? Method::counted : Method::lines;
    if (method_ == Method::lines) {
      bytes.remove_prefix(take_line(bytes, visit));
      continue;
    }
    const auto taken = take_counted(bytes, visit);
    if (!taken) return std::unexpected(taken.error());
    bytes.remove_prefix(*taken);
  }
  return {};
}

Result<std::size_t> SyslogFraming::take_counted(std::string_view bytes, const Visit& visit) {
  if (counted_left_ == 0) return take_length(bytes);
  const auto part = bytes.substr(0, counted_left_);
  counted_left_ -= part.size();
  if (counted_left_ == 0)
    finish(part, visit);
  else
    hold(part);
  return part.size();
}

/// The digits and their blank. Some senders end counted messages with a newline all the same.
Result<std::size_t> SyslogFraming::take_length(std::string_view bytes) {
  if (held_.empty() && (bytes.front() == '\n' || bytes.front() == '\r')) return 1;
  const auto more = std::min(bytes.find_first_not_of(digits), bytes.size());
  if (held_.size() + more > most_digits || (held_.empty() && bytes.front() == '0'))
    return fail(Fault::invalid, "where a message's length should stand is none");
  held_.append(bytes.substr(0, more));
  if (more == bytes.size()) return more;
  if (held_.empty() || bytes[more] != ' ') return fail(Fault::invalid, "where a message's length should stand is none");
  std::from_chars(held_.data(), held_.data() + held_.size(), counted_left_);
  held_.clear();
  return more + 1;
}

std::size_t SyslogFraming::take_line(std::string_view bytes, const Visit& visit) {
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos) {
    hold(bytes);
    return bytes.size();
  }
  finish(bytes.substr(0, end + 1), visit);
  return end + 1;
}

void SyslogFraming::hold(std::string_view bytes) {
  const auto fits = bytes.substr(0, longest_ - std::min(longest_, held_.size()));
  held_.append(fits);
  left_out_ += bytes.size() - fits.size();
}

void SyslogFraming::finish(std::string_view last, const Visit& visit) {
  if (held_.empty() && left_out_ == 0 && last.size() <= longest_) {  // all of it is here: no copy
    if (const auto text = without_end(last); !text.empty()) visit({text, 0});
    return;
  }
  hold(last);
  const auto text = std::exchange(held_, {});
  const auto left_out = std::exchange(left_out_, 0);
  if (const auto whole = left_out == 0 ? without_end(text) : std::string_view(text); !whole.empty())
    visit({whole, left_out});
}

}  // namespace countersign::intake

#include "webhooks/journal_cutter.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "webhooks/journal_entry.hpp"

namespace countersign::webhooks {
namespace {

constexpr std::size_t longest_name = 64;  // of a field (systemd.journal-fields(7))

}  // namespace

std::string JournalCutter::take(std::string_view piece, bool last) {
  held_ += piece;
  if (passing_ && !pass_over()) {
    if (last) held_.clear();
    return {};
  }
  const auto whole = last ? held_.size() : whole_entries();
  auto out = held_.substr(0, whole);
  held_.erase(0, whole);
  if (held_.size() > most_) {
    begin_passing_over();
    out += take({}, last);
  }
  return out;
}

std::size_t JournalCutter::whole_entries() const {
  const std::string_view body = held_;
  std::size_t whole = 0;
  for (auto rest = body; !rest.empty(); whole = body.size() - rest.size()) {
    if (rest.starts_with('\n')) {
      rest.remove_prefix(1);
      continue;
    }
    const auto end = read_entry(rest, [](std::string_view, std::string_view) {});
    if (end == EntryEnd::cut || (end == EntryEnd::broken && !find_next_entry(rest))) break;
  }
  return whole;
}

void JournalCutter::begin_passing_over() {
  passing_ = true;
  passed_over_.push_back({clean_utf8(std::string_view(held_).substr(0, 512)),
                          fmt::format("the entry is larger than the {} bytes that are held of one", most_),
                          crypto::sha256(held_).substr(0, 16)});
}

/// Drops of held_ what belongs to the entry. Whether that is all of it; held_ then begins with the next one.
bool JournalCutter::pass_over() {
  std::string_view rest = held_;
  while (passing_ && !rest.empty()) {
    if (broken_) {
      passing_ = broken_ = !find_next_entry(rest);
      if (passing_) rest = std::string_view(held_).substr(held_.size() - std::min(held_.size(), kNextEntry.size() - 1));
      break;
    }
    if (to_skip_ > 0) {
      const auto skipped = std::min<std::uint64_t>(to_skip_, rest.size());
      rest.remove_prefix(skipped);
      to_skip_ -= skipped;
      continue;
    }
    if (!in_line_ && rest.front() == '\n') {
      passing_ = false;
      break;
    }
    const auto line_end = rest.find('\n');
    const auto line = rest.substr(0, line_end);
    const bool text = in_line_ || line.contains('=') || line.size() > longest_name;
    if (text) {
      in_line_ = line_end == std::string_view::npos;
      rest.remove_prefix(in_line_ ? rest.size() : line.size() + 1);
      continue;
    }
    const auto length = line_end == std::string_view::npos ? std::nullopt : field_length(rest, line.size());
    if (!length) break;  // more of its name or length must come
    const auto head = line.size() + 1 + sizeof *length;
    rest.remove_prefix(head);
    broken_ = *length > kLongestField;
    to_skip_ = *length + 1;  // and the newline after it
  }
  held_.erase(0, held_.size() - rest.size());
  return !passing_;
}

}  // namespace countersign::webhooks

#include "webhooks/json_sequence.hpp"

#include <algorithm>

#include "webhooks/json_parts.hpp"
#include "webhooks/json_scan.hpp"

namespace countersign::webhooks {
namespace {

bool opens(char c) {
  return c == '{' || c == '[';
}

}  // namespace

void JsonSequence::skip_gap(Gap& gap) {
  const auto end = std::min(rest_.find_first_not_of(of_ == Of::lines ? " \t\r\n" : " \t\r\n,"), rest_.size());
  auto skipped = rest_.substr(0, end);
  const bool text = of_ == Of::lines && end < rest_.size() && rest_[end] != '{';
  if (text) skipped = skipped.substr(0, skipped.rfind('\n') + 1);  // a line's own blanks are its own
  gap.comma |= skipped.find(',') != std::string_view::npos;
  gap.line_end |= skipped.find('\n') != std::string_view::npos;
  rest_.remove_prefix(skipped.size());
}

bool JsonSequence::refill() {
  by_line_ = !lines_.empty();
  auto& source = by_line_ ? lines_ : after_;
  const auto size = by_line_ ? first_line_size(source) : source.size();
  rest_ = source.substr(0, size);
  source.remove_prefix(size);
  return !rest_.empty();
}

bool JsonSequence::pass_bracket(Gap& gap) {
  if (of_ != Of::elements) return false;
  const char c = rest_.front();
  const bool closes = in_array_ && c == ']';
  // An array that was left open ends with its line where the next begins as a value of its own.
  if (in_array_ && gap.line_end && !gap.comma && (!broken_ || c == '[')) in_array_ = false;
  if (!closes && (in_array_ || c != '[')) return false;
  in_array_ = !closes;
  broken_ = false;
  gap = {.comma = true};
  rest_.remove_prefix(1);
  return true;
}

bool JsonSequence::begins_value() const {
  const char c = rest_.front();
  return of_ == Of::lines ? c == '{' : opens(c) || c == '"';
}

std::size_t JsonSequence::stray_size() const {
  if (of_ == Of::lines) return std::min(rest_.find('\n'), rest_.size());
  return std::min(rest_.find_first_of(in_array_ ? "\n{[,]" : "\n{[", 1), rest_.size());
}

/// Up to where a line may begin a value.
std::size_t JsonSequence::first_line_size(std::string_view text) const {
  auto at = text.find('\n');
  while (at < text.size() - 1 && of_ != Of::lines && !opens(text[at + 1]))
    at = text.find('\n', at + 1);
  return at < text.size() - 1 ? at + 1 : text.size();
}

std::string_view JsonSequence::take() {
  const bool value = begins_value();
  auto scanned = value ? scan_json(rest_, JsonKind::value) : ScannedJson{stray_size()};
  if (value && !scanned.whole && !by_line_) {
    if (of_ == Of::lines) scanned.size = std::min(rest_.find('\n', scanned.size), rest_.size());
    lines_ = rest_.substr(0, scanned.size);
    after_ = rest_.substr(scanned.size);
    refill();
    scanned = scan_json(rest_, JsonKind::value);
  }
  if (value && !scanned.whole && of_ == Of::lines) scanned.size = rest_.size();
  broken_ = value && !scanned.whole;
  const auto part = rest_.substr(0, scanned.size);
  line_end_ = broken_ && part.ends_with('\n');
  rest_.remove_prefix(scanned.size);
  return value || of_ != Of::lines ? trim_json(part) : part;
}

std::optional<std::string_view> JsonSequence::next() {
  Gap gap{.line_end = line_end_};
  while (true) {
    skip_gap(gap);
    if (rest_.empty()) {
      if (!refill()) return std::nullopt;
    } else if (!pass_bracket(gap)) {
      const bool of_broken = broken_ && !gap.line_end && !opens(rest_.front());  // left of it on its line
      const auto part = take();
      if (!of_broken) return part;
      broken_ = true;
    }
  }
}

}  // namespace countersign::webhooks

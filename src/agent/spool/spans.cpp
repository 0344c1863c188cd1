#include "agent/spool/spans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/text.hpp"

namespace countersign::agent {
namespace {

constexpr std::size_t slots_of_spans = 64 * 1024,
                      most_spans = 128;  // spans; a restart makes one while the server is away

}  // namespace

Result<Spans> Spans::open(const std::string& path) {
  auto slots = Slots::open(path, slots_of_spans);
  if (!slots) return std::unexpected(slots.error());
  Spans spans(std::move(*slots));
  std::istringstream lines(spans.slots_.text());
  std::int64_t from = 0, until = 0;
  for (std::string boot_id, why; lines >> from >> until >> boot_id && std::getline(lines >> std::ws, why);)
    spans.spans_.push_back({from_micros(from), from_micros(until), boot_id, why == "-" ? "" : why});
  return spans;
}

void Spans::begin(Span span) {
  span.why = one_line(span.why, 200);
  span.until = std::max(span.from, span.until);
  spans_.push_back(std::move(span));
  open_ = true;
  // What the oldest ones could see is given up rather than claimed for the time between them.
  while (spans_.size() > most_spans)
    spans_.pop_front();
}

void Spans::reach(Timestamp until) {
  if (open_ && until > spans_.back().until) spans_.back().until = until;
}

void Spans::forget_oldest() {
  if (oldest_is_open()) return;
  spans_.pop_front();
}

Result<void> Spans::save(bool synced) {
  std::string text;
  for (const auto& span : spans_)
    text += fmt::format("{} {} {} {}\n", to_micros(span.from), to_micros(span.until), span.boot_id,
                        span.why.empty() ? "-" : span.why);
  return slots_.store(std::move(text), synced);
}

}  // namespace countersign::agent

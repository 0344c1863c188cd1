#include <algorithm>
#include <cstring>

#include "core/rules/direct.hpp"
#include "core/short_text.hpp"

namespace countersign::core {
namespace {

constexpr int kMostSteps = 400;

// What dispatch can make use of: a choice behind as many bytes as this tells little more.
constexpr std::size_t kMostPrefixes = 48, kLongestPrefix = 48, kTelling = 8;

}  // namespace

/// What one node says about one place in the message, and the budget of steps.
class DirectPattern::Scan {
 public:
  explicit Scan(std::string_view message) : end_(message.data() + message.size()) {}

  [[nodiscard]] bool gave_up() const { return steps_ < 0; }

 protected:
  [[nodiscard]] bool begins(const char* at, const Node& node) const {
    return static_cast<std::size_t>(end_ - at) >= node.least && same_bytes(at, node.text, node.least);
  }

  /// Necessary, not sufficient: spares most attempts that would fail at once.
  [[nodiscard]] bool can_begin(const Node& node, const char* at) const {
    if (node.kind == Kind::text) return begins(at, node);
    return at == end_ ? node.ends : node.first[byte(*at)];
  }

  [[nodiscard]] const char* run_end(const Node& node, const char* at) const {
    const auto left = static_cast<std::size_t>(end_ - at);
    const char* const limit = node.most < left ? at + node.most : end_;
    if (node.any) return limit;
    if (node.stop >= 0) return find_byte(at, limit, static_cast<char>(node.stop));
    while (at < limit && node.table[byte(*at)]) {
      ++at;
    }
    return at;
  }

  const char* end_;
  int steps_ = kMostSteps;
};

/// One message against the nodes: depth-first, within a budget. Recursion is at most as deep as the pattern is long.
class DirectPattern::Attempt : Scan {
 public:
  using Scan::gave_up;
  using Scan::Scan;

  bool from(const Node* node, const char* at) {
    while (--steps_ >= 0) {
      if (at == end_) return node->ends;
      switch (node->kind) {
        case Kind::end:
        case Kind::mark:  // not in what is only matched
          return false;
        case Kind::text:
          if (!begins(at, *node)) return false;
          at += node->least;
          node = node->next;
          break;
        case Kind::choice:
          if (can_begin(*node->next, at) && from(node->next, at)) return true;
          node = node->other;
          break;
        case Kind::run: {
          const char* const last = run_end(*node, at);
          if (last - at < static_cast<std::ptrdiff_t>(node->least)) return false;
          if (!node->exclusive) return some_end(*node->next, at + node->least, last);
          at = last;
          node = node->next;
          break;
        }
      }
    }
    return false;
  }

 private:
  /// What follows a run, tried at each of its possible ends. The first one first: which one matches is all the same
  /// here, and in log lines a word seldom holds what the next one begins with.
  bool some_end(const Node& next, const char* first, const char* last) {
    const char* const until = std::min(last + 1, end_);  // past the last end that has a byte behind it
    for (const char* at = first; at <= last && steps_ >= 0; ++at) {
      if (next.kind == Kind::text) {
        if (at >= until) return false;
        at = find_byte(at, until, *next.text);
        if (at == until) return false;
      }
      if (can_begin(next, at) && from(&next, at)) return true;
    }
    return false;
  }
};

/// The same, but in the pattern's own order of preference, and noting where the marks were passed.
class DirectPattern::Capturing : Scan {
 public:
  using Scan::gave_up;
  Capturing(std::string_view message, std::vector<const char*>& marks) : Scan(message), marks_(marks) {}

  bool from(const Node* node, const char* at) {
    while (--steps_ >= 0) {
      switch (node->kind) {
        case Kind::end:
          return at == end_;
        case Kind::text:
          if (!begins(at, *node)) return false;
          at += node->least;
          node = node->next;
          break;
        case Kind::mark:
          // Noted on the way back: a path that failed leaves nothing, and the last of a group's repeats comes first.
          if (!from(node->next, at)) return false;
          if (marks_[node->least] == nullptr) marks_[node->least] = at;
          return true;
        case Kind::choice:
          if (can_begin(*node->next, at) && from(node->next, at)) return true;
          node = node->other;
          break;
        case Kind::run: {
          const char* const last = run_end(*node, at);
          if (last - at < static_cast<std::ptrdiff_t>(node->least)) return false;
          if (!node->exclusive) return some_end(*node, at + node->least, last);
          at = last;
          node = node->next;
          break;
        }
      }
    }
    return false;
  }

 private:
  bool some_end(const Node& run, const char* first, const char* last) {
    const auto ways = last - first;
    for (std::ptrdiff_t i = 0; i <= ways && steps_ >= 0; ++i) {
      const char* const at = run.lazy ? first + i : last - i;
      if (can_begin(*run.next, at) && from(run.next, at)) return true;
    }
    return false;
  }

  std::vector<const char*>& marks_;
};

std::string_view DirectPattern::prefix() const {
  return start_->kind == Kind::text ? std::string_view(start_->text, start_->least) : std::string_view();
}

void DirectPattern::collect_prefixes(const Node& node, std::string so_far, std::vector<std::string>& found) {
  if (found.size() > kMostPrefixes) return;
  if (node.kind == Kind::text && so_far.size() < kLongestPrefix) {
    so_far.append(node.text, std::min<std::size_t>(node.least, kLongestPrefix - so_far.size()));
    return collect_prefixes(*node.next, std::move(so_far), found);
  }
  if (node.kind == Kind::choice && so_far.size() < kTelling) {
    collect_prefixes(*node.next, so_far, found);
    return collect_prefixes(*node.other, std::move(so_far), found);
  }
  found.push_back(std::move(so_far));
}

std::vector<std::string> DirectPattern::prefixes() const {
  std::vector<std::string> found;
  collect_prefixes(*start_, "", found);
  if (found.size() > kMostPrefixes) return {std::string(prefix())};
  return found;
}

std::optional<bool> DirectPattern::matches(std::string_view message, std::size_t known) const {
  Attempt attempt(message);
  const bool begun = start_->kind == Kind::text && start_->least <= known;
  const bool found =
      begun ? attempt.from(start_->next, message.data() + start_->least) : attempt.from(start_, message.data());
  if (attempt.gave_up()) return std::nullopt;
  return found;
}

std::optional<std::vector<Capture>> DirectPattern::capture(std::string_view message) const {
  std::vector<const char*> marks(std::size_t{2} * groups_);
  Capturing capturing(message, marks);
  const bool found = capturing.from(marked_, message.data());
  if (capturing.gave_up()) return std::nullopt;
  std::vector<Capture> captures;
  if (!found) return captures;
  marks[0] = message.data();
  marks[1] = message.data() + message.size();
  captures.reserve(groups_);
  for (std::size_t i = 0; i < marks.size(); i += 2)
    captures.push_back({marks[i] == nullptr ? std::string_view() : std::string_view(marks[i], marks[i + 1])});
  return captures;
}

}  // namespace countersign::core

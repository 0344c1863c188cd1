#include "core/rules/pattern.hpp"

#include <algorithm>
#include <mutex>

namespace countersign::core {
namespace {

RE2::Options options() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // logs have bytes that are no UTF-8
  options.set_dot_nl(true);
  options.set_log_errors(false);
  return options;
}

}  // namespace

class Pattern::Automaton {
 public:
  explicit Automaton(std::string_view pattern) : whole_(fmt::format("\\A(?:{})\\z", pattern)) {}

  const RE2& get() {
    std::call_once(made_, [this] { regex_.emplace(whole_, options()); });
    return *regex_;
  }

 private:
  const std::string whole_;
  std::once_flag made_;
  std::optional<RE2> regex_;
};

Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view pattern) {
  auto direct = DirectPattern::compile(pattern);
  auto automaton = std::make_unique<Automaton>(pattern);
  if (!direct) {
    // By itself first: "a)|(b" is only right inside our own parentheses. Direct patterns are known to be whole.
    const RE2 alone(pattern, options());
    if (!alone.ok()) return fail(Fault::invalid, "bad pattern: {}", alone.error());
    if (!automaton->get().ok()) return fail(Fault::invalid, "bad pattern: {}", automaton->get().error());
  }
  return Pattern(std::move(automaton), std::move(direct));
}

Pattern::Pattern(std::unique_ptr<Automaton> automaton, std::optional<DirectPattern> direct)
    : automaton_(std::move(automaton)), direct_(std::move(direct)) {
  if (direct_) {
    prefix_ = direct_->prefix();
    prefixes_ = direct_->prefixes();
    return;
  }
  // All matches lie between `least` and `most`, so they begin with what those two have in common.
  std::string least;
  std::string most;
  constexpr int longest_prefix = 48;
  if (automaton_->get().PossibleMatchRange(&least, &most, longest_prefix)) {
    prefix_.assign(least.begin(), std::ranges::mismatch(least, most).in1);
  }
  prefixes_ = {prefix_};
}

bool Pattern::matches(std::string_view message) const {
  if (direct_) {
    if (const auto settled = direct_->matches(message, prefix_.size())) return *settled;
  }
  return matches_by_automaton(message);
}

bool Pattern::matches_by_automaton(std::string_view message) const {
  return automaton_->get().Match(message, 0, message.size(), RE2::ANCHOR_BOTH, nullptr, 0);
}

std::vector<Capture> Pattern::capture(std::string_view message) const {
  if (direct_) {
    if (auto captures = direct_->capture(message)) return *std::move(captures);
  }
  return capture_by_automaton(message);
}

std::vector<Capture> Pattern::capture_by_automaton(std::string_view message) const {
  const RE2& regex = automaton_->get();
  const int groups = regex.NumberOfCapturingGroups() + 1;
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(groups));
  std::vector<Capture> captures;
  if (!regex.Match(message, 0, message.size(), RE2::ANCHOR_BOTH, found.data(), groups)) return captures;
  captures.reserve(found.size());
  for (const auto& piece : found)
    captures.push_back({std::string_view(piece.data(), piece.size())});
  return captures;
}

int Pattern::group(std::string_view name) const {
  if (direct_) return direct_->group(name);
  const auto& groups = automaton_->get().NamedCapturingGroups();
  const auto found = groups.find(std::string(name));
  return found == groups.end() ? 0 : found->second;
}

}  // namespace countersign::core

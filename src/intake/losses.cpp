#include "intake/losses.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace countersign::intake {
namespace {

constexpr auto between_writes = std::chrono::seconds(1);
constexpr auto between_words = std::chrono::minutes(1);
constexpr auto remembered = std::chrono::minutes(10);

struct Kind {
  std::uint64_t count = 0;    // since the start
  std::uint64_t written = 0;  // of them, those the store was given
  std::uint64_t recent = 0;   // since it was quiet for `remembered`
  Timestamp last{};
  std::optional<Timestamp> told;
  std::string words;
};

}  // namespace

struct Losses::State : std::enable_shared_from_this<Losses::State> {
  State(std::string name_, app::Store& store_, app::Scheduler& scheduler_, const Clock& clock_, Tell tell_)
      : name(std::move(name_)), store(&store_), scheduler(scheduler_), clock(clock_), tell(std::move(tell_)) {}

  const std::string name;
  app::Store* store;  // null once the owner is gone
  app::Scheduler& scheduler;
  const Clock& clock;
  const Tell tell;
  std::map<std::string, Kind, std::less<>> kinds;
  bool writing_later = false;

  void write() {
    writing_later = false;
    if (!store) return;
    std::map<std::string, std::uint64_t> counts;
    for (auto& [kind, state] : kinds)
      if (const auto fresh = state.count - std::exchange(state.written, state.count); fresh > 0)
        counts.emplace(fmt::format("{}.{}", kind, name), fresh);
    if (counts.empty()) return;
    store->write(
        [counts, now = clock.now()](app::Ledger& ledger) -> Result<void> {
          for (const auto& [what, count] : counts)
            if (auto counted = ledger.count(what, static_cast<std::int64_t>(count), now); !counted) return counted;
          return {};
        },
        [](const Result<void>&) {});  // the store counts and shows its own failures
  }
};

Losses::Losses(std::string name, app::Store& store, app::Scheduler& scheduler, const Clock& clock, Tell tell)
    : state_(std::make_shared<State>(std::move(name), store, scheduler, clock, std::move(tell))) {}

Losses::~Losses() {
  state_->store = nullptr;
}

void Losses::note(std::string_view kind, std::string words, std::uint64_t count) {
  auto& state = state_->kinds.try_emplace(std::string(kind)).first->second;
  const auto now = state_->clock.now();
  if (state.last + remembered < now) state.recent = 0;
  state.count += count;
  state.recent += count;
  state.last = now;
  state.words = std::move(words);
  if (!state.told || *state.told + between_words <= now) {
    state.told = now;
    state_->tell(state.words);
  }
  if (std::exchange(state_->writing_later, true)) return;
  state_->scheduler.after(between_writes, [weak = std::weak_ptr(state_)] {
    if (const auto alive = weak.lock()) alive->write();
  });
}

std::string Losses::trouble() const {
  std::string text;
  for (const auto& [kind, state] : state_->kinds)
    if (state.recent > 0 && state.last + remembered >= state_->clock.now())
      text += fmt::format("{}{} ({} of late)", text.empty() ? "" : "; ", state.words, state.recent);
  return text;
}

std::map<std::string, std::uint64_t, std::less<>> Losses::counts() const {
  std::map<std::string, std::uint64_t, std::less<>> counts;
  for (const auto& [kind, state] : state_->kinds)
    counts.emplace(kind, state.count);
  return counts;
}

void Losses::flush() {
  state_->write();
}

}  // namespace countersign::intake

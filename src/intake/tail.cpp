#include "intake/tail.hpp"

#include <fmt/format.h>

#include <mutex>
#include <optional>

#include "intake/file_feed.hpp"
#include "intake/losses.hpp"

namespace countersign::intake {
namespace {

constexpr auto between_looks = std::chrono::milliseconds(250);
constexpr auto after_trouble = std::chrono::seconds(1);

std::unique_ptr<Feed> open_feed(const TailSettings& settings, const std::string& mark) {
  if (settings.path.empty())
    return std::make_unique<JournalFeed>(settings.directory, mark, settings.from_start, settings.matches);
  return std::make_unique<FileFeed>(settings.path, mark, settings.from_start, settings.host, settings.zone);
}

}  // namespace

struct Tail::State : std::enable_shared_from_this<Tail::State> {
  State(TailSettings with, app::Ingest& to, app::Store& store_, app::Scheduler& scheduler_, const Clock& clock_,
        Tell tell_)
      : settings(std::move(with)),
        ingest(to),
        store(store_),
        scheduler(scheduler_),
        clock(clock_),
        tell(std::move(tell_)),
        losses(settings.source.name, store, scheduler, clock, tell) {}

  const TailSettings settings;
  app::Ingest& ingest;
  app::Store& store;
  app::Scheduler& scheduler;
  const Clock& clock;
  const Tell tell;
  Losses losses;
  std::unique_ptr<Feed> feed;  // the scheduler's thread's, as are the flags
  bool stopped = false;
  bool marked = false;  // the store knows a position
  mutable std::mutex mutex;
  std::string trouble;  // guarded by mutex

  [[nodiscard]] std::string mark_name() const { return "tail." + settings.source.name; }

  void later(Duration delay) {
    scheduler.after(delay, [self = weak_from_this()] {
      if (const auto alive = self.lock()) alive->look();
    });
  }

  /// Says it when it changes, not at every look.
  void note(std::string what) {
    {
      const std::lock_guard lock(mutex);
      if (what == trouble) return;
      trouble = what;
    }
    tell(what.empty() ? fmt::format("tail {}: reading {}", settings.source.name,
                                    settings.path.empty() ? "the journal" : settings.path)
                      : fmt::format("tail {}: {}", settings.source.name, what));
  }

  /// Of a chunk that is given again they are said again: a store that refuses is rare, and counted too.
  void note_losses(const Chunk& chunk) {
    if (chunk.cut > 0)
      losses.note("tail.too_long", fmt::format("tail {}: lines longer than 64 KiB were cut", settings.source.name),
                  chunk.cut);
    if (!chunk.lost.empty())
      losses.note("tail.place_lost", fmt::format("tail {}: {}", settings.source.name, chunk.lost));
  }

  void find_position() {
    auto found = std::make_shared<std::optional<std::string>>();
    store.write(
        [name = mark_name(), found](app::Ledger& ledger) -> Result<void> {
          const auto mark = ledger.mark(name);
          if (!mark) return std::unexpected(mark.error());
          *found = *mark;
          return {};
        },
        [self = shared_from_this(), found](Result<void> read) {
          self->scheduler.post([self, found, read = std::move(read)] {
            if (self->stopped) return;
            if (!read) {
              self->note(read.error().message);
              return self->scheduler.after(after_trouble, [self] { self->find_position(); });
            }
            self->marked = found->has_value();
            self->feed = open_feed(self->settings, found->value_or(""));
            self->look();
          });
        });
  }

  void look() {
    if (stopped) return;
    auto chunk = feed->next(clock.now());
    if (!chunk) {
      note(chunk.error().message);
      return later(after_trouble);
    }
    note("");
    note_losses(*chunk);
    // The very first place is kept too, or what is written before the first restart would be passed over.
    if (chunk->records.empty() && (marked || chunk->mark.empty()))
      return later(chunk->more ? Duration::zero() : Duration(between_looks));
    app::Decoded decoded;
    decoded.records = std::move(chunk->records);
    ingest.messages(
        settings.source, std::move(decoded),
        [self = shared_from_this(), more = chunk->more](Result<app::Tally> tally) {
          self->scheduler.post([self, more, tally = std::move(tally)] { self->durable(more, tally); });
        },
        app::Mark{mark_name(), std::move(chunk->mark)});
  }

  void durable(bool more, const Result<app::Tally>& tally) {
    if (stopped) return;
    if (!tally) {
      note(tally.error().message);
      return later(after_trouble);
    }
    feed->advance();
    marked = true;
    later(more ? Duration::zero() : Duration(between_looks));
  }
};

Tail::Tail(TailSettings settings, app::Ingest& ingest, app::Store& store, app::Scheduler& scheduler, const Clock& clock,
           Tell tell)
    : state_(std::make_shared<State>(std::move(settings), ingest, store, scheduler, clock, std::move(tell))) {}

Tail::~Tail() {
  stop();
}

void Tail::start() {
  state_->find_position();
}

void Tail::stop() {
  state_->stopped = true;
}

std::string Tail::trouble() const {
  const std::lock_guard lock(state_->mutex);
  return state_->trouble.empty() ? state_->losses.trouble() : state_->trouble;
}

}  // namespace countersign::intake

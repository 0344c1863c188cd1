#include "intake/tail.hpp"

#include <fmt/format.h>

#include <mutex>
#include <optional>

#include "core/syslog.hpp"

namespace countersign::intake {
namespace {

constexpr auto between_looks = std::chrono::milliseconds(250);
constexpr auto after_trouble = std::chrono::seconds(1);

core::Record record_of(const Line& line, const TailSettings& settings, Timestamp now) {
  core::Record record;
  record.received_at = now;
  record.host = settings.host;
  // The place alone is no id: an inode is used again. With the line it is.
  record.provider_id = fmt::format("{}:{:016x}", to_text(line.at), std::hash<std::string_view>{}(line.text));
  const auto read = core::read_syslog(line.text);
  if (!read) {
    record.message = line.text;
    return record;
  }
  record.time = core::read_stamp(read->stamp, settings.zone, now);
  if (!read->host.empty()) record.host = read->host;
  record.program = read->program;
  if (!read->pid.empty()) record.pid = std::atoll(std::string(read->pid).c_str());
  record.message = read->message;
  return record;
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
        tell(std::move(tell_)) {}

  const TailSettings settings;
  app::Ingest& ingest;
  app::Store& store;
  app::Scheduler& scheduler;
  const Clock& clock;
  const Tell tell;
  std::unique_ptr<FileReader> reader;  // the scheduler's thread's, as are the flags
  bool stopped = false;
  bool marked = false;  // the store knows a position
  mutable std::mutex mutex;
  std::string trouble;  // guarded by mutex

  [[nodiscard]] std::string mark_name() const { return "tail." + settings.name; }

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
    tell(what.empty() ? fmt::format("tail {}: reading {}", settings.name, settings.path)
                      : fmt::format("tail {}: {}", settings.name, what));
  }

  void find_position() {
    auto found = std::make_shared<std::optional<Position>>();
    store.write(
        [name = mark_name(), found](app::Ledger& ledger) -> Result<void> {
          const auto mark = ledger.mark(name);
          if (!mark) return std::unexpected(mark.error());
          if (*mark) *found = parse_position(**mark);
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
            self->reader = std::make_unique<FileReader>(self->settings.path, *found, self->settings.from_start);
            self->look();
          });
        });
  }

  void look() {
    if (stopped) return;
    auto lines = reader->next();
    if (!lines) {
      note(lines.error().message);
      return later(after_trouble);
    }
    note("");
    // The very first place is kept too, or what is written before the first restart would be passed over.
    if (lines->lines.empty() && marked) return later(lines->more ? Duration::zero() : Duration(between_looks));
    app::Decoded decoded;
    const auto now = clock.now();
    for (const auto& line : lines->lines)
      decoded.records.push_back(record_of(line, settings, now));
    ingest.messages(
        {.name = settings.name, .witness = "log", .hosts = {"*"}, .default_program = "", .ask = true},
        std::move(decoded),
        [self = shared_from_this(), next = lines->next, more = lines->more](Result<app::Tally> tally) {
          self->scheduler.post([self, next, more, tally = std::move(tally)] { self->durable(next, more, tally); });
        },
        app::Mark{mark_name(), to_text(lines->next)});
  }

  void durable(const Position& next, bool more, const Result<app::Tally>& tally) {
    if (stopped) return;
    if (!tally) {
      note(tally.error().message);
      return later(after_trouble);
    }
    reader->advance(next);
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
  return state_->trouble;
}

}  // namespace countersign::intake

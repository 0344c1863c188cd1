#include "intake/backfill/backfill.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <set>

#include "app/delivered.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "intake/backfill/mark.hpp"

namespace countersign::intake {
namespace {

constexpr std::size_t at_first = 1000, at_least = 100;  // messages of a page
constexpr std::size_t most_failures = 10;               // in a row: then it ends, to be resumed
constexpr Duration longest_retry = std::chrono::minutes(5);
constexpr Duration overlap = std::chrono::minutes(10);  // what was under way when the source was last heard
constexpr std::size_t kept_of_unread = 65'536;

std::optional<Duration> retry_after(const net::Response& response) {
  const auto text = net::header(response.headers, "Retry-After");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || seconds < 0) return std::nullopt;
  return std::min<Duration>(std::chrono::seconds(seconds), longest_retry);
}

void add_tally(app::Tally& sum, const app::Tally& more) {
  sum.received += more.received;
  sum.events += more.events;
  sum.duplicates += more.duplicates;
  sum.quarantined += more.quarantined;
  sum.ignored += more.ignored;
}

}  // namespace

struct Backfill::State : std::enable_shared_from_this<Backfill::State> {
  State(BackfillSettings with, app::Ingest& to, app::Store& store_, net::Client& client_, app::Scheduler& scheduler_,
        const Clock& clock_, Tell tell_)
      : settings(std::move(with)),
        ingest(to),
        store(store_),
        client(client_),
        scheduler(scheduler_),
        clock(clock_),
        tell(std::move(tell_)) {
    shown.name = settings.name;
  }

  const BackfillSettings settings;
  app::Ingest& ingest;
  app::Store& store;
  net::Client& client;
  app::Scheduler& scheduler;
  const Clock& clock;
  const Tell tell;
  // the scheduler's thread's
  bool stopped = false;
  Place place;
  Timestamp wanted_until{};    // of the span asked for, where an older one is finished first
  std::set<std::string> seen;  // provider's ids of the page before: neighbouring pages may overlap
  std::size_t failures = 0;    // in a row
  mutable std::mutex mutex;
  app::BackfillProgress shown;  // guarded by mutex

  [[nodiscard]] std::string mark_name() const { return "backfill." + settings.name; }

  void later(Duration delay) {
    scheduler.after(delay, [self = weak_from_this()] {
      if (const auto alive = self.lock()) alive->ask();
    });
  }

  void end(app::BackfillState state, std::string trouble) {
    app::BackfillProgress ended;
    {
      const std::lock_guard lock(mutex);
      shown.state = state;
      if (!trouble.empty()) shown.trouble = std::move(trouble);
      ended = shown;
    }
    tell(fmt::format("backfill {}: {} from {} to {}: {} messages, {} events, {} known already{}{}", ended.name,
                     to_text(state), to_rfc3339(ended.span.since), to_rfc3339(ended.reached), ended.tally.received,
                     ended.tally.events, ended.tally.duplicates, ended.trouble.empty() ? "" : "; ", ended.trouble));
  }

  struct Before {
    std::optional<BackfillMark> mark;
    std::optional<Timestamp> heard;
  };

  /// Reads what the store knows, then goes on with `then` on the scheduler's thread.
  void look_back(std::function<void(const Before&)> then) {
    auto before = std::make_shared<Before>();
    store.write(
        [name = mark_name(), source = settings.source.name, before](app::Ledger& ledger) -> Result<void> {
          const auto mark = ledger.mark(name);
          if (!mark) return std::unexpected(mark.error());
          if (*mark) before->mark = read_backfill_mark(**mark);
          const auto heard = ledger.heard_of(source, "");
          if (!heard) return std::unexpected(heard.error());
          if (*heard) before->heard = (*heard)->heard;
          return {};
        },
        [self = shared_from_this(), before, then = std::move(then)](Result<void> read) {
          self->scheduler.post([self, before, then, read = std::move(read)] {
            if (self->stopped) return;
            if (!read) return self->end(app::BackfillState::failed, read.error().message);
            then(*before);
          });
        });
  }

  /// Goes on from where an earlier one of this span was cut off, or begins.
  void begin(const app::BackfillSpan& span, const std::optional<BackfillMark>& mark) {
    const bool resumed = mark && !mark->done && mark->place.span.since <= span.since &&
                         span.since <= mark->place.from && mark->place.span.ask == span.ask;
    place = resumed ? mark->place : Place{span, "", span.since, 0};
    place.most = std::min(at_first, settings.search->most());
    wanted_until = span.until;
    seen.clear();
    failures = 0;
    {
      const std::lock_guard lock(mutex);
      shown.span = {place.span.since, std::max(span.until, place.span.until), span.ask};
      shown.reached = place.from;
      shown.resumed = resumed;
    }
    ask();
  }

  void ask() {
    if (stopped) return;
    auto call = settings.search->request(place, clock.now());
    if (!call) return failed(call.error(), std::nullopt);
    client.send(*std::move(call), [self = weak_from_this()](std::expected<net::Response, net::ClientFailure> answer) {
      if (const auto alive = self.lock()) alive->answered(std::move(answer));
    });
  }

  void answered(std::expected<net::Response, net::ClientFailure> answer) {
    if (stopped) return;
    if (!answer) {
      place.most = std::max(std::min(at_least, place.most), place.most / 2);  // it may have been too much at once
      return failed({Fault::unavailable, answer.error().message}, std::nullopt);
    }
    if (answer->status != 200) return failed(settings.search->refusal(*answer), retry_after(*answer));
    auto found = settings.search->read(place, answer->body);
    if (!found) return failed(found.error(), std::nullopt);
    if (!found->lacking.empty()) {
      const std::lock_guard lock(mutex);
      shown.trouble = found->lacking;
    }
    write(*std::move(found));
  }

  void failed(const Error& error, std::optional<Duration> wait) {
    const bool token_ended = error.fault == Fault::conflict;
    const bool may_pass = token_ended || error.fault == Fault::overloaded || error.fault == Fault::unavailable;
    if (!may_pass || ++failures > most_failures) return end(app::BackfillState::failed, error.message);
    if (token_ended) place.token.clear();
    {
      const std::lock_guard lock(mutex);
      ++shown.retries;
      shown.trouble = error.message;
    }
    later(wait.value_or(app::back_off(static_cast<std::int64_t>(failures) - 1)));
  }

  /// The messages of the span that the page before didn't have.
  app::Decoded decoded(const std::string& body) {
    app::Delivery delivery;
    delivery.content_type = "application/json";
    delivery.body = body;
    delivery.arrival = clock.now();
    app::Decoded result;
    if (body.empty()) return result;
    if (auto read = settings.decoder->decode(delivery))
      result = *std::move(read);
    else
      result.unreadable.push_back(
          {body.substr(0, kept_of_unread), read.error().message, crypto::sha256(body).substr(0, 16)});
    std::set<std::string> ids;
    std::erase_if(result.records, [&](const core::Record& record) {
      const auto at = record.received_at ? record.received_at : record.time;
      if (at && (*at >= place.span.until || *at < place.span.since - std::chrono::seconds(1))) return true;
      if (!record.provider_id.empty()) ids.insert(record.provider_id);
      return seen.contains(record.provider_id);
    });
    seen = std::move(ids);
    return result;
  }

  void write(Found found) {
    auto brought = decoded(found.body);
    const app::Mark mark{mark_name(), to_text(BackfillMark{found.next, found.last})};
    auto source = settings.source;
    source.ask = place.span.ask;
    source.live = false;
    ingest.messages(
        source, std::move(brought),
        [self = shared_from_this(), next = std::move(found.next), last = found.last](Result<app::Tally> tally) mutable {
          self->scheduler.post([self, next = std::move(next), last, tally = std::move(tally)] {
            if (!self->stopped) self->durable(next, last, tally);
          });
        },
        mark);
  }

  void durable(const Place& next, bool last, const Result<app::Tally>& tally) {
    if (!tally) {  // nothing of the page is there, so it is asked for again
      seen.clear();
      return failed({Fault::unavailable, tally.error().message}, std::nullopt);
    }
    place = next;
    if (failures > 0) place.most = std::max(place.most, std::min(at_first, settings.search->most()));
    {
      const std::lock_guard lock(mutex);
      add_tally(shown.tally, *tally);
      ++shown.pages;
      shown.reached = last ? place.span.until : place.from;
      if (std::exchange(failures, 0) > 0) shown.trouble.clear();
    }
    if (!last) return ask();
    if (place.span.until >= wanted_until) return end(app::BackfillState::done, "");
    place = Place{{place.span.until, wanted_until, place.span.ask}, "", place.span.until, place.most};
    ask();
  }
};

Backfill::Backfill(BackfillSettings settings, app::Ingest& ingest, app::Store& store, net::Client& client,
                   app::Scheduler& scheduler, const Clock& clock, Tell tell)
    : state_(std::make_shared<State>(std::move(settings), ingest, store, client, scheduler, clock, std::move(tell))) {}

Backfill::~Backfill() {
  stop();
}

Result<app::BackfillProgress> Backfill::start(app::BackfillSpan span) {
  auto& state = *state_;
  span.until = std::min(span.until, state.clock.now());
  if (span.since >= span.until)
    return fail(Fault::invalid, "the span is empty: it must begin before it ends, and before now");
  app::BackfillProgress begun;
  {
    const std::lock_guard lock(state.mutex);
    if (state.shown.state == app::BackfillState::running)
      return fail(Fault::conflict, "a backfill of {} is running; wait for its end", state.settings.name);
    state.shown = {};
    state.shown.name = state.settings.name;
    state.shown.state = app::BackfillState::running;
    state.shown.span = span;
    state.shown.reached = span.since;
    begun = state.shown;
  }
  state.scheduler.post([self = state_, span] {
    if (!self->stopped) self->look_back([self, span](const State::Before& before) { self->begin(span, before.mark); });
  });
  return begun;
}

void Backfill::catch_up() {
  const auto& settings = state_->settings;
  if (settings.catch_up <= Duration::zero()) return;
  state_->look_back([self = state_.get(), this](const State::Before& before) {
    const auto now = self->clock.now();
    app::BackfillSpan span{now, now, self->settings.ask};
    if (before.mark && !before.mark->done) {
      span = before.mark->place.span;
      span.until = now;
    } else if (before.heard) {
      auto known = *before.heard;
      if (before.mark) known = std::max(known, before.mark->place.span.until);
      span.since = std::max(known - overlap, now - self->settings.catch_up);
    } else {
      return;  // it never spoke: nothing is known to be missing
    }
    if (auto started = start(span); !started)
      self->tell(fmt::format("backfill {}: {}", self->settings.name, started.error().message));
  });
}

void Backfill::stop() {
  state_->stopped = true;
}

app::BackfillProgress Backfill::progress() const {
  const std::lock_guard lock(state_->mutex);
  return state_->shown;
}

}  // namespace countersign::intake

#include "app/export.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/delivered.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t entries_at_once = 20;
constexpr Duration store_rest = std::chrono::seconds(1);  // the store counts and shows its own failures

std::string body_of(const FeedEntry& entry, std::string_view name, Timestamp now) {
  const nlohmann::ordered_json body{{"version", 1},
                                    {"export", name},
                                    {"sent_at", to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(now))},
                                    {"entry", feed_json(entry)}};
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

Export::Export(Store& store, Scheduler& scheduler, const Clock& clock, ExportSettings settings, Send send)
    : store_(store),
      scheduler_(scheduler),
      clock_(clock),
      settings_(std::move(settings)),
      send_(std::move(send)),
      alarm_(scheduler, clock, [this] { look(); }) {}

std::string Export::mark_of(std::string_view name) {
  return fmt::format("export.{}", name);
}

void Export::start() {
  look();
}

void Export::wake() {
  scheduler_.post([this] {
    if (!failing_since_) look();  // else it waits for its next try
  });
}

void Export::stop() {
  stopped_ = true;
  alarm_.stop();
}

std::string Export::trouble() const {
  if (!failing_since_) return {};
  return fmt::format("export {}: nothing delivered since {}: {}", settings_.name,
                     to_rfc3339(std::chrono::floor<std::chrono::seconds>(*failing_since_)), error_);
}

/// Where it stands; the first time at the end of the feed, or at its start.
void Export::begin() {
  auto mark = std::make_shared<std::string>();
  const auto write = [this, mark](std::string first) {
    store_.write(
        [name = mark_of(settings_.name), mark, first = std::move(first)](Ledger& ledger) -> Result<void> {
          const auto known = ledger.mark(name);
          if (!known) return std::unexpected(known.error());
          *mark = known->value_or(first);
          return *known ? Result<void>() : ledger.set_mark(name, first);
        },
        [this, mark](Result<void> written) {
          scheduler_.post([this, mark, written = std::move(written)] {
            busy_ = false;
            if (!written) return alarm_.set(clock_.now() + store_rest);
            begun_ = true;
            cursor_ = *mark;
            look();
          });
        });
  };
  if (settings_.from_start) return write("");
  const bool queued = store_.read([this, write](View& view) {
    auto end = view.feed_end();
    scheduler_.post([this, write, end = std::move(end)] {
      if (end) return write(*end);
      busy_ = false;
      alarm_.set(clock_.now() + store_rest);
    });
  });
  if (queued) return;
  busy_ = false;
  alarm_.set(clock_.now() + store_rest);
}

void Export::look() {
  if (stopped_) return;
  if (busy_) {
    again_ = true;
    return;
  }
  busy_ = true;
  again_ = false;
  if (!begun_) return begin();
  if (!waiting_.empty()) return deliver();
  FeedFilter filter{cursor_, entries_at_once, settings_.kinds};
  const bool queued = store_.read([this, filter = std::move(filter)](View& view) {
    auto page = read_feed(view, filter);
    scheduler_.post([this, page = std::move(page)]() mutable { looked(std::move(page)); });
  });
  if (queued) return;
  busy_ = false;
  alarm_.set(clock_.now() + store_rest);
}

void Export::looked(Result<FeedPage> page) {
  if (!page) {
    busy_ = false;
    return failed(page.error().message, back_off(failures_));
  }
  after_waiting_ = page->cursor;
  for (auto& row : page->rows)
    waiting_.push_back(std::move(row));
  if (!waiting_.empty()) return deliver();
  if (after_waiting_ != cursor_) return pass(after_waiting_, false);
  busy_ = false;
  if (again_) look();
}

void Export::deliver() {
  if (stopped_) return;
  const auto now = clock_.now();
  const auto& entry = waiting_.front().entry;
  send_(body_of(entry, settings_.name, now), to_text(entry.id), now,
        [this](std::optional<Undelivered> refusal) { answered(std::move(refusal)); });
}

void Export::answered(std::optional<Undelivered> refusal) {
  if (refusal) {
    busy_ = false;
    const auto wait = std::max(refusal->retry_after.value_or(Duration::zero()), back_off(failures_));
    store_.write([name = "export.failed." + settings_.name,
                  now = clock_.now()](Ledger& ledger) { return ledger.count(name, 1, now); },
                 [](const Result<void>&) {});
    return failed(std::move(refusal->why), wait);
  }
  failing_since_.reset();
  failures_ = 0;
  auto cursor = std::move(waiting_.front().cursor);
  waiting_.pop_front();
  if (waiting_.empty()) cursor = after_waiting_;
  pass(cursor, true);
}

/// Where it can't be written, what was taken is sent again: at least once.
void Export::pass(const std::string& cursor, bool delivered) {
  store_.write(
      [name = settings_.name, cursor, delivered, now = clock_.now()](Ledger& ledger) -> Result<void> {
        if (delivered)
          if (auto counted = ledger.count("export.delivered." + name, 1, now); !counted) return counted;
        return ledger.set_mark(mark_of(name), cursor);
      },
      [this, cursor](Result<void> written) {
        scheduler_.post([this, cursor, written = std::move(written)] { passed(written, cursor); });
      });
}

void Export::passed(const Result<void>& written, std::string cursor) {
  busy_ = false;
  if (stopped_) return;
  if (!written) {
    waiting_.clear();
    return alarm_.set(clock_.now() + store_rest);
  }
  cursor_ = std::move(cursor);
  look();  // the next one, or what came meanwhile
}

void Export::failed(std::string why, Duration wait) {
  if (!failing_since_) failing_since_ = clock_.now();
  error_ = std::move(why);
  ++failures_;
  if (!stopped_) alarm_.set(clock_.now() + wait);
}

}  // namespace countersign::app

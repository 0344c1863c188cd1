#include "intake/gathering.hpp"

#include <fmt/format.h>

#include <deque>
#include <utility>
#include <vector>

namespace countersign::intake {
namespace {

constexpr std::size_t most_messages = 2000, most_bytes = std::size_t{4} << 20;  // that wait beside the batch under way
constexpr auto after_refusal = std::chrono::seconds(1);

std::size_t size_of(const core::Record& record) {
  return sizeof record + record.message.size() + record.host.size() + record.program.size();
}

}  // namespace

struct Gathering::State : std::enable_shared_from_this<Gathering::State> {
  State(app::Source from, app::Ingest& to, app::Scheduler& scheduler_)
      : source(std::move(from)), ingest(to), scheduler(scheduler_) {}

  const app::Source source;
  app::Ingest& ingest;
  app::Scheduler& scheduler;
  app::Decoded next;                         // gathered
  std::shared_ptr<const app::Decoded> sent;  // under way; null: nothing
  std::size_t bytes = 0;                     // of `next`
  std::deque<Task> for_room, for_empty;
  std::string trouble;
  bool sending_later = false, closed = false;

  [[nodiscard]] std::size_t gathered() const { return next.records.size() + next.unreadable.size(); }
  [[nodiscard]] bool full() const { return gathered() >= most_messages || bytes >= most_bytes; }

  void added(std::size_t size) {
    bytes += size;
    if (sent || std::exchange(sending_later, true)) return;
    // What else has arrived on this turn of the loop comes along.
    scheduler.post([weak = weak_from_this()] {
      if (const auto alive = weak.lock()) alive->send_next();
    });
  }

  void send_next() {
    sending_later = false;
    if (sent || gathered() == 0) return;
    sent = std::make_shared<const app::Decoded>(std::exchange(next, {}));
    bytes = 0;
    send();
    run(for_room);
  }

  void send() {
    ingest.messages(source, app::Decoded(*sent), [weak = weak_from_this(), &to = scheduler](Result<app::Tally> tally) {
      to.post([weak, tally = std::move(tally)] {
        if (const auto alive = weak.lock()) alive->durable(tally);
      });
    });
  }

  void durable(const Result<app::Tally>& tally) {
    if (!tally) {
      trouble = tally.error().message;
      return scheduler.after(after_refusal, [weak = weak_from_this()] {
        if (const auto alive = weak.lock(); alive && !alive->closed) alive->send();
      });
    }
    trouble.clear();
    sent.reset();
    send_next();
    if (!sent) run(for_empty);
  }

  void run(std::deque<Task>& tasks) {
    while (!tasks.empty() && (&tasks != &for_room || !full())) {
      auto task = std::move(tasks.front());
      tasks.pop_front();
      task();
    }
  }
};

Gathering::Gathering(app::Source source, app::Ingest& ingest, app::Scheduler& scheduler)
    : state_(std::make_shared<State>(std::move(source), ingest, scheduler)) {}

Gathering::~Gathering() {
  state_->closed = true;
}

void Gathering::add(core::Record record) {
  const auto size = size_of(record);
  state_->next.records.push_back(std::move(record));
  state_->added(size);
}

void Gathering::add_unreadable(std::string sample, std::string why) {
  const auto size = sample.size() + why.size();
  state_->next.unreadable.push_back({std::move(sample), std::move(why)});
  state_->added(size);
}

bool Gathering::full() const {
  return state_->full();
}

void Gathering::when_room(Task task) {
  if (!state_->full()) return task();
  state_->for_room.push_back(std::move(task));
}

void Gathering::when_empty(Task task) {
  if (waiting() == 0) return task();
  state_->for_empty.push_back(std::move(task));
}

std::size_t Gathering::waiting() const {
  return state_->gathered() + (state_->sent ? state_->sent->records.size() + state_->sent->unreadable.size() : 0);
}

std::string Gathering::trouble() const {
  return state_->trouble;
}

}  // namespace countersign::intake

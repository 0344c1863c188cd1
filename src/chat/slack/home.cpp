#include "chat/slack/home.hpp"

#include <algorithm>
#include <utility>

#include "app/offer.hpp"
#include "chat/slack/actor.hpp"
#include "chat/slack/read_waiting.hpp"

namespace countersign::chat::slack {
namespace {

constexpr std::size_t most_readers = 1000;
constexpr Duration kept_fresh = std::chrono::hours(12);
constexpr Duration between_rounds = std::chrono::seconds(1);
constexpr Duration after_failure = std::chrono::seconds(10);
// views.publish is of tier 4, 100 a minute in a workspace: rounds take three quarters, opened pages have the rest.
constexpr Duration each_publish = std::chrono::milliseconds(800);

}  // namespace

struct Home::Read {
  std::optional<core::Actor> reader;
  WaitingRows rows;
  std::vector<app::FullApproval> approvals;  // mine, then all
  std::vector<Offered> buttons;              // one each; without a value where it is to be made
  bool failed = false;
  std::string says;  // the page without values: two that say the same are the same
};

Home::Offered Home::button_for(const app::FullApproval& full, std::string to) {
  Offered out{full.approval.id, std::move(to), {}, {}};
  for (const auto& asked : full.approval.events)
    out.events.push_back(asked.event);
  return out;
}

bool Home::same_button(const Offered& a, const Offered& b) {
  return a.approval == b.approval && a.to == b.to && a.events == b.events;
}

Home::Home(app::Store& store, app::Scheduler& scheduler, const Clock& clock, Random& random,
           const app::PolicySource& policy, const SlackSettings& settings, Api& api)
    : store_(store),
      scheduler_(scheduler),
      clock_(clock),
      random_(random),
      policy_(policy),
      settings_(settings),
      api_(api),
      alarm_(scheduler, clock, [this] { round(); }) {}

void Home::opened(std::string user) {
  scheduler_.post([this, user = std::move(user)] {
    if (stopped_) return;
    if (readers_.size() >= most_readers && !readers_.contains(user))
      readers_.erase(std::ranges::min_element(readers_, {}, [](const auto& one) { return one.second.opened; }));
    auto& reader = readers_[user];
    reader.opened = clock_.now();
    reader.shown.clear();
    reader.due = true;
    reader.opened_anew = reader.busy;
    if (!reader.told_to_wait) reader.not_before = {};
    begin(user, reader);
  });
}

std::string Home::same_for() const {
  const auto span = policy_.current()->schedule.trust_for;
  return span > Duration::zero() ? to_text(span) : std::string();
}

void Home::wake() {
  scheduler_.post([this] {
    if (stopped_ || readers_.empty()) return;
    for (auto& [user, reader] : readers_)
      reader.due = true;
    alarm_.set(std::max(clock_.now() + between_rounds, paced_until_));
  });
}

void Home::stop() {
  stopped_ = true;
  alarm_.stop();
}

void Home::round() {
  if (stopped_) return;
  if (clock_.now() < paced_until_) return alarm_.set(paced_until_);
  std::erase_if(readers_, [now = clock_.now()](const auto& one) {
    return !one.second.busy && one.second.opened < now - kept_fresh;
  });
  for (auto& [user, reader] : readers_)
    begin(user, reader);
}

void Home::begin(const std::string& user, Reader& reader) {
  if (!reader.due || reader.busy) return;  // one that is under way looks again when it has finished
  if (clock_.now() < reader.not_before) return alarm_.set(reader.not_before);
  reader.due = false;
  reader.busy = true;
  auto state = std::make_shared<Read>();
  state->reader = actor_of(settings_, policy_.current()->directory, user);
  const bool queued = store_.read([this, user, state, now = clock_.now()](app::View& view) {
    auto rows = read_waiting(view, state->reader, now);
    state->failed = !rows;
    if (rows) state->rows = *std::move(rows);
    scheduler_.post([this, user, state] { read(user, state); });
  });
  if (!queued) finished(user, {}, after_failure);
}

void Home::read(const std::string& user, std::shared_ptr<Read> state) {
  if (stopped_) return;
  if (state->failed) return finished(user, {}, after_failure);
  const auto found = readers_.find(user);
  if (found == readers_.end()) return;
  const auto& rows = state->rows;
  state->approvals = rows.mine;
  state->approvals.insert(state->approvals.end(), rows.all.begin(), rows.all.end());
  Waiting plain{
      {}, {}, rows.total_mine, rows.total, state->reader.has_value(), state->reader && state->reader->security};
  for (std::size_t i = 0; i < state->approvals.size(); ++i) {
    const bool mine = i < rows.mine.size();
    auto wanted = button_for(state->approvals[i], mine ? state->reader->name : std::string(core::security_channel));
    (mine ? plain.mine : plain.all).push_back(as_message(state->approvals[i], wanted.to, "value", same_for()));
    state->buttons.push_back(std::move(wanted));
  }
  state->says = home_view(plain).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (found->second.shown == state->says) return finished(user, state->says, std::nullopt);
  for (auto& button : state->buttons)
    for (const auto& earlier : found->second.offered)
      if (same_button(button, earlier)) button.value = earlier.value;
  offer(user, std::move(state));
}

/// Makes the values that no earlier page bore.
void Home::offer(const std::string& user, std::shared_ptr<Read> state) {
  std::vector<app::FullApproval> approvals;
  std::vector<std::string> to;
  for (std::size_t i = 0; i < state->buttons.size(); ++i) {
    if (!state->buttons[i].value.empty()) continue;
    approvals.push_back(state->approvals[i]);
    to.push_back(state->buttons[i].to);
  }
  app::offer(store_, random_, approvals, to, [this, user, state](Result<std::vector<std::string>> values) mutable {
    scheduler_.post([this, user, state, values = std::move(values)]() mutable {
      if (stopped_) return;
      if (!values) return finished(user, {}, after_failure);
      auto next = values->begin();
      for (auto& button : state->buttons)
        if (button.value.empty() && next != values->end()) button.value = std::move(*next++);
      if (const auto found = readers_.find(user); found != readers_.end()) found->second.offered = state->buttons;
      publish(user, state);
    });
  });
}

void Home::publish(const std::string& user, std::shared_ptr<Read> state) {
  const auto& rows = state->rows;
  Waiting waiting{
      {}, {}, rows.total_mine, rows.total, state->reader.has_value(), state->reader && state->reader->security};
  for (std::size_t i = 0; i < state->approvals.size(); ++i) {
    const bool mine = i < rows.mine.size();
    // What is about the reader is somebody else's of the team: a button would only refuse.
    const bool about_them = !mine && state->approvals[i].approval.subject == state->reader->name;
    const auto& button = state->buttons[i];
    (mine ? waiting.mine : waiting.all)
        .push_back(as_message(state->approvals[i], button.to, about_them ? std::string() : button.value, same_for()));
  }
  paced_until_ = std::max(paced_until_, clock_.now()) + each_publish;
  api_.call(
      "views.publish", {{"user_id", user}, {"view", home_view(waiting)}}, [this, user, state](Api::Answer answer) {
        using Why = app::Undelivered::Kind;
        if (answer) return finished(user, std::move(state->says), std::nullopt);
        const auto& undelivered = answer.error().undelivered;
        // A page that can't be shown is no message lost: it is published again when its reader opens it.
        const bool hopeless = undelivered.kind == Why::bad_target || undelivered.kind == Why::our_bug;
        const auto again = hopeless ? std::nullopt : std::optional(undelivered.retry_after.value_or(after_failure));
        finished(user, {}, again, undelivered.kind == Why::wait);
      });
}

void Home::finished(const std::string& user, std::string shown, std::optional<Duration> again, bool told_to_wait) {
  const auto found = readers_.find(user);
  if (found == readers_.end() || stopped_) return;
  auto& reader = found->second;
  reader.busy = false;
  reader.shown = std::move(shown);
  reader.told_to_wait = told_to_wait;
  // Who opened it anew meanwhile doesn't sit out a failure.
  if (std::exchange(reader.opened_anew, false) && !told_to_wait) again.reset();
  if (again) {
    reader.due = true;
    reader.not_before = clock_.now() + *again;
  }
  if (reader.due) alarm_.set(std::max(clock_.now() + again.value_or(between_rounds), paced_until_));
}

}  // namespace countersign::chat::slack

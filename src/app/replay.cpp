#include "app/replay.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/admission.hpp"
#include "app/read_batch.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t messages_a_piece = 200;

/// The message as its source brought it, read by today's rules.
ReadBatch read_again(std::shared_ptr<const Policy> policy, const std::vector<Source>& sources,
                     const Quarantined& message, bool ask) {
  Source source;
  const auto known = std::ranges::find(sources, message.source, &Source::name);
  if (known != sources.end()) source.json_rules = known->json_rules;
  source.name = message.source;
  source.witness = message.witness;
  source.ask = ask;
  source.live = false;
  if (message.replay == Quarantined::Replay::own_host) source.hosts = {message.host};
  core::Record record;
  (message.arrival_stamped ? record.received_at : record.time) = message.time;
  record.writer = message.writer;
  record.host = message.host;
  record.program = message.program;
  record.pid = message.pid;
  record.message = message.message;
  ReadBatch batch;
  batch.policy = std::move(policy);
  batch.now = message.received_at;
  read_message(batch, source, std::move(record));
  for (auto& arrival : batch.arrivals) {  // as it would have been then, so that a redelivery finds it
    arrival.sighting.provider_id = message.provider_id;
    arrival.sighting.digest = message.digest;
  }
  return batch;
}

std::string detail_of(const QuarantineFilter& filter, bool ask) {
  nlohmann::json detail{{"ask", ask}};
  if (!filter.program.empty()) detail["program"] = filter.program;
  if (filter.shape) detail["shape"] = to_text(*filter.shape);
  return detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

struct Replay::Run {
  QuarantineFilter filter;
  bool ask = false;
  std::string by;
  Done done;
  std::shared_ptr<const Policy> policy;
  const std::vector<Source>* sources = nullptr;
  Id after, until;
  bool over = false;
  Replayed sum;

  Result<void> piece(Ledger& ledger, Timestamp now) {
    if (!until) {
      until = ledger.new_id();
      if (auto noted = ledger.audit(now, "replay", by, detail_of(filter, ask)); !noted) return noted;
    }
    const auto messages = ledger.to_replay(filter, after, until, messages_a_piece);
    if (!messages) return std::unexpected(messages.error());
    Admission admission(ledger, *policy, now);
    for (const auto& message : *messages)
      if (auto done_one = one(ledger, admission, message); !done_one) return done_one;
    over = messages->size() < messages_a_piece;
    return {};
  }

  Result<void> one(Ledger& ledger, Admission& admission, const Quarantined& message) {
    after = message.id;
    ++sum.read;
    auto batch = read_again(policy, *sources, message, ask);
    if (!batch.unread.empty()) {
      ++sum.left;
      return {};
    }
    if (batch.arrivals.empty()) ++sum.ignored;
    for (auto& arrival : batch.arrivals) {
      const auto admitted = admission.admit(std::move(arrival));
      if (!admitted) return std::unexpected(admitted.error());
      ++(admitted->duplicate ? sum.duplicates : sum.events);
    }
    return ledger.leave_quarantine(message.id);
  }
};

void Replay::run(QuarantineFilter filter, bool ask, std::string by, Done done) {
  auto run = std::make_shared<Run>();
  run->filter = std::move(filter);
  run->ask = ask;
  run->by = std::move(by);
  run->done = std::move(done);
  run->policy = policy_.current();
  run->sources = &sources_;
  step(run);
}

void Replay::step(const std::shared_ptr<Run>& run) {
  store_.write([run, now = clock_.now()](Ledger& ledger) { return run->piece(ledger, now); },
               [this, run](Result<void> written) {
                 if (!written) return run->done(std::unexpected(written.error()));
                 if (run->over) return run->done(run->sum);
                 step(run);
               });
}

}  // namespace countersign::app

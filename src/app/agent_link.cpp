#include "app/agent_link.hpp"

#include <algorithm>
#include <memory>

#include "app/agent_findings.hpp"
#include "app/contain.hpp"
#include "app/read_batch.hpp"
#include "app/ways.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace countersign::app {
namespace {

constexpr auto furthest_ahead = std::chrono::hours(24);  // as for lines without a year: later can't be meant
constexpr auto lively = std::chrono::seconds(60);        // six heartbeats
constexpr std::size_t longest_why = 200;

Source source_of(const AgentBatch& batch) {
  Source source;
  source.name = "agent:" + batch.host;
  source.witness = batch.witness;
  source.hosts = {batch.host};
  return source;
}

/// Reads what the batch brought. Ids of the classes beside the kernel's are told apart from its own.
ReadBatch read_all(AgentBatch& batch, std::shared_ptr<const Policy> policy, Timestamp now) {
  const auto source = source_of(batch);
  const auto prefix = batch.witness == "kernel" ? std::string() : batch.witness + ":";
  ReadBatch read;
  read.policy = std::move(policy);
  read.now = now;
  read.tally.received = batch.events.size() + batch.lines.size() + batch.unreadable.size();
  for (auto& event : batch.events) {
    if (!event.id.empty()) event.id = prefix + event.id;
    read_event(read, source, std::move(event));
  }
  for (auto& line : batch.lines) {
    if (!line.provider_id.empty()) line.provider_id = prefix + line.provider_id;
    read_message(read, source, std::move(line));
  }
  for (const auto& [sample, why] : batch.unreadable)
    keep_unreadable(read, source, batch.host, {sample, why}, 1);
  read.tally.quarantined = read.unread.size();
  return read;
}

/// One batch on its way into the ledger.
class Taking {
 public:
  Taking(Ledger& ledger, const AgentBatch& batch, ReadBatch& read, bool joined)
      : ledger_(ledger), policy_(*read.policy), batch_(batch), read_(read), joined_(joined), now_(read.now) {}

  Result<Acknowledged> take() {
    if (auto known = meet_agent(); !known) return std::unexpected(known.error());
    auto stream = ledger_.stream(batch_.host, batch_.agent, batch_.witness);
    if (!stream) return std::unexpected(stream.error());
    const bool fresh_stream = !*stream;
    stream_ = fresh_stream ? new_stream() : **std::move(stream);
    if (!fresh_stream && batch_.sequence <= stream_.sequence) return take_earlier();
    if (auto followed = follow(fresh_stream); !followed) return std::unexpected(followed.error());
    if (auto covered = note_coverage(); !covered) return std::unexpected(covered.error());
    if (auto written = write_sightings(); !written) return std::unexpected(written.error());
    if (batch_.ways)
      if (auto noted = note_ways(ledger_, policy_, batch_.host, *batch_.ways, now_); !noted)
        return std::unexpected(noted.error());
    if (auto kept = keep_stream(); !kept) return std::unexpected(kept.error());
    return acknowledge();
  }

 private:
  [[nodiscard]] AgentStream new_stream() const {
    AgentStream stream;
    stream.host = batch_.host;
    stream.agent = batch_.agent;
    stream.witness = batch_.witness;
    return stream;
  }

  /// With what the agent is asked to do, and told anew until it has reported.
  Result<Acknowledged> acknowledge() {
    for (const auto& arrival : read_.arrivals)
      if (arrival.event.action == "containment")
        if (auto noted = note_containment(ledger_, batch_.host, batch_.agent, arrival.event, now_); !noted)
          return std::unexpected(noted.error());
    auto commands = ledger_.owed_to_agent(batch_.host, batch_.agent, now_);
    if (!commands) return std::unexpected(commands.error());
    return Acknowledged{batch_.sequence, {}, *std::move(commands)};
  }

  /// Knows the agent, or gets to know one with a fixed token, and whether it is where it was.
  Result<void> meet_agent() {
    auto known = ledger_.agent(batch_.host, batch_.agent);
    if (!known) return std::unexpected(known.error());
    if (joined_ && (!*known || (*known)->removed_at))
      return fail(Fault::forbidden, "this agent was removed from the server; join again");
    Agent agent;
    if (*known) {
      agent = **std::move(known);
    } else {
      agent.host = batch_.host;
      agent.id = batch_.agent;
      agent.first_seen = now_;
    }
    if (auto alone = look_for_second(agent); !alone) return alone;
    agent.removed_at.reset();
    agent.silence = {};
    agent.last_seen = now_;
    agent.boot = batch_.boot;
    if (!batch_.version.empty()) agent.version = batch_.version;
    if (batch_.contains) agent.contains = batch_.contains;
    if (!batch_.machine.empty() && batch_.machine != agent.machine) {
      if (auto same = look_for_clone(agent); !same) return same;
      if (agent.machine.empty()) agent.machine = batch_.machine;
    }
    return ledger_.put(agent);
  }

  /// A machine has one agent id and an agent id one machine.
  Result<void> look_for_clone(const Agent& agent) {
    if (!agent.machine.empty()) {
      const auto found =
          find_clone(ledger_, policy_, agent, "its batches come from another machine than they used to", now_);
      if (!found) return std::unexpected(found.error());
    }
    const auto same_machine = ledger_.agents_of_machine(batch_.machine);
    if (!same_machine) return std::unexpected(same_machine.error());
    for (const auto& other : *same_machine)
      if (other.host != agent.host && other.last_seen > now_ - lively) {
        const auto elsewhere = fmt::format("the same machine also reports as {}", one_line(other.host, 80));
        if (const auto found = find_clone(ledger_, policy_, agent, elsewhere, now_); !found)
          return std::unexpected(found.error());
      }
    return {};
  }

  /// An agent that was set up anew takes the place of one that fell silent. Where the older one speaks on beside it,
  /// one of them is not ours.
  Result<void> look_for_second(const Agent& agent) {
    const auto others = ledger_.agents_of_host(agent.host);
    if (!others) return std::unexpected(others.error());
    for (const auto& other : *others) {
      if (other.id == agent.id || other.first_seen <= agent.first_seen || other.last_seen <= now_ - lively) continue;
      const auto same_class = ledger_.stream(agent.host, other.id, batch_.witness);
      if (!same_class) return std::unexpected(same_class.error());
      if (!*same_class || (*same_class)->last_seen <= now_ - lively) continue;
      const auto what = fmt::format("{} and {} both speak for its {} witness", one_line(agent.id, 80),
                                    one_line(other.id, 80), batch_.witness);
      if (const auto found = find_second_agent(ledger_, policy_, agent.host, what, now_); !found)
        return std::unexpected(found.error());
    }
    return {};
  }

  /// A number that is not new: the same batch again, another one under its number, or one that was skipped.
  Result<Acknowledged> take_earlier() {
    const auto content = ledger_.batch(stream_.id, batch_.sequence);
    if (!content) return std::unexpected(content.error());
    if (*content && **content == batch_.content) return acknowledge();
    if (*content) {
      const auto found = find_conflict(ledger_, policy_, stream_, batch_.sequence, now_);
      if (!found) return std::unexpected(found.error());
      stream_.disputed = *found;
      if (auto kept = ledger_.put(stream_); !kept) return std::unexpected(kept.error());
      return Acknowledged{
          batch_.sequence,
          fmt::format("batch {} came before with other content; the security team was told", batch_.sequence),
          {}};
    }
    // Its place in the coverage is lost already; what it saw is not.
    if (auto written = write_sightings(); !written) return std::unexpected(written.error());
    return acknowledge();
  }

  /// And what is judged by them is looked at again: what was blind before may be known now.
  Result<void> write_sightings() {
    if (auto written = write_batch(ledger_, source_of(batch_), read_); !written) return written;
    auto from = batch_.coverage.from, until = batch_.coverage.until;
    for (const auto& arrival : read_.arrivals) {
      from = std::min(from.value_or(arrival.event.time), arrival.event.time);
      until = std::max(until.value_or(arrival.event.time), arrival.event.time);
    }
    return from && until ? ledger_.look_again(batch_.host, *from, *until, now_) : Result<void>();
  }

  /// Whether it is the next one, and follows the one before.
  Result<void> follow(bool fresh_stream) {
    if (stream_.disputed) {
      const auto finding = ledger_.approval(stream_.disputed);
      if (!finding && finding.error().fault != Fault::not_found) return std::unexpected(finding.error());
      if (!finding || finding->state != core::ApprovalState::pending) stream_.disputed = {};
    }
    if (fresh_stream) return {};
    if (batch_.sequence == stream_.sequence + 1) {
      if (!batch_.previous || *batch_.previous == to_hex(stream_.digest)) return {};
      const auto found = find_broken_chain(ledger_, policy_, stream_, batch_.sequence, now_);
      if (!found) return std::unexpected(found.error());
      stream_.disputed = *found;
      return {};
    }
    missing_ = batch_.sequence == stream_.sequence + 2
                   ? fmt::format("batch {} is missing", stream_.sequence + 1)
                   : fmt::format("batches {} to {} are missing", stream_.sequence + 1, batch_.sequence - 1);
    return ledger_.count(fmt::format("agents.batches_missing.{}", batch_.host), batch_.sequence - stream_.sequence - 1,
                         now_);
  }

  Result<void> note_coverage() {
    const auto& said = batch_.coverage;
    if (said.lost > 0)
      if (auto counted = ledger_.count(fmt::format("agents.lost.{}", batch_.host), said.lost, now_); !counted)
        return counted;
    if (said.lost_detail > 0)
      if (auto counted = ledger_.count(fmt::format("agents.lost_detail.{}", batch_.host), said.lost_detail, now_);
          !counted)
        return counted;
    if (!said.from || !said.until) return {};
    if (*said.until > now_ + furthest_ahead)  // a clock that is wrong proves nothing
      return ledger_.count(fmt::format("agents.coverage_refused.{}", batch_.host), 1, now_);
    if (!missing_.empty())
      if (auto lost = note_missing(*said.from, *said.until); !lost) return lost;
    stream_.covered_until = std::max(stream_.covered_until.value_or(*said.until), *said.until);
    const auto why = why_not(said);
    if (why.empty()) return ledger_.cover(batch_.host, batch_.witness, *said.from, *said.until);
    return ledger_.lose(batch_.host, batch_.witness, {*said.from, *said.until, said.lost, why});
  }

  /// Why the batch's span is no coverage; empty: it is.
  [[nodiscard]] std::string why_not(const ClaimedCoverage& said) const {
    if (stream_.disputed) return "the agent's batches are disputed";
    if (said.lost > 0)
      return said.why.empty() ? "login records lost"
                              : fmt::format("login records lost: {}", one_line(said.why, longest_why));
    return abuts_missing_ ? missing_ : std::string();
  }

  /// The missing batches' span lies between the last one and this one; where nothing lies between, they were part of
  /// this one's.
  Result<void> note_missing(Timestamp from, Timestamp until) {
    const auto last = stream_.covered_until.value_or(from);
    if (last >= from) {
      abuts_missing_ = from < until;
      return {};
    }
    return ledger_.lose(batch_.host, batch_.witness, {last, from, 0, missing_});
  }

  Result<void> keep_stream() {
    stream_.sequence = batch_.sequence;
    stream_.digest = batch_.digest;
    stream_.last_seen = now_;
    const auto id = ledger_.put(stream_);
    if (!id) return std::unexpected(id.error());
    return ledger_.add_batch(*id, batch_.sequence, batch_.content);
  }

  Ledger& ledger_;
  const Policy& policy_;
  const AgentBatch& batch_;
  ReadBatch& read_;
  const bool joined_;
  const Timestamp now_;
  AgentStream stream_;
  std::string missing_;         // which batches, in words; empty: none
  bool abuts_missing_ = false;  // this batch's own span is not believed for them
};

}  // namespace

void AgentLink::accept(AgentBatch batch, bool joined, Done done) {
  struct Under {
    AgentBatch batch;
    ReadBatch read;
    Acknowledged acknowledged;
  };
  auto under = std::make_shared<Under>();
  under->batch = std::move(batch);
  under->read = read_all(under->batch, policy_.current(), clock_.now());
  store_.write_repeatable(
      [under, joined](Ledger& ledger) -> Result<void> {
        auto taken = Taking(ledger, under->batch, under->read, joined).take();
        if (!taken) return std::unexpected(taken.error());
        under->acknowledged = *std::move(taken);
        return {};
      },
      [under, done = std::move(done)](Result<void> written) mutable {
        if (written)
          done(std::move(under->acknowledged));
        else
          done(std::unexpected(written.error()));
      });
}

}  // namespace countersign::app

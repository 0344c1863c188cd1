#include "app/agent_watch.hpp"

#include <algorithm>
#include <memory>

#include "app/contain.hpp"
#include "app/finding.hpp"
#include "base/text.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t most_named = 10;

struct Silent {
  std::string host;
  std::optional<Timestamp> since;  // none: it never spoke
  std::vector<Agent> agents;       // the living ones
};

std::string words_of_silent(const Silent& silent) {
  return silent.since ? fmt::format("{} since {}", one_line(silent.host, 80),
                                    to_rfc3339(std::chrono::floor<std::chrono::seconds>(*silent.since)))
                      : fmt::format("{}, which never spoke", one_line(silent.host, 80));
}

/// Of each host with an agent, what was heard last; only the ones heard long ago, or never.
std::vector<Silent> silent_hosts(const std::vector<AgentHost>& hosts, Timestamp now, Timestamp begun) {
  std::vector<Silent> all;
  if (now < begun + AgentWatch::patience_at_start) return all;
  for (const auto& host : hosts) {
    Silent silent{host.host, std::nullopt, host.agents};
    for (const auto& agent : host.agents)
      silent.since = std::max(silent.since.value_or(agent.last_seen), agent.last_seen);
    if (!silent.since || *silent.since <= now - AgentWatch::silent_after) all.push_back(std::move(silent));
  }
  return all;
}

std::string words_of_all(const std::vector<Silent>& silent) {
  std::vector<std::string> names;
  for (const auto& one : silent)
    if (names.size() < most_named) names.push_back(words_of_silent(one));
  const auto more = silent.size() > most_named ? fmt::format(" and {} more", silent.size() - most_named) : "";
  return fmt::format("no word from the agent{} of {}{}; what happens there is not witnessed",
                     silent.size() == 1 ? "" : "s", fmt::join(names, "; "), more);
}

/// Those that fell silent since the last look are said in one message; while it stands undecided, others join it.
Result<void> say_silent(Ledger& ledger, const Policy& policy, const std::vector<Silent>& silent, Timestamp now) {
  const auto unsaid = [](const Agent& agent) { return !agent.silence; };
  std::optional<Raised> raised;
  for (const auto& host : silent) {
    // One that never spoke is the operator's to install: health says so, and no finding.
    if (host.agents.empty() || std::ranges::none_of(host.agents, unsaid)) continue;
    if (!raised) {
      Finding finding;
      finding.kind = "agent_silent";
      finding.event.time = now;
      if (silent.size() == 1) finding.event.host = host.host;
      finding.reason = words_of_all(silent);
      auto made = raise_finding(ledger, policy, std::move(finding), now);
      if (!made) return std::unexpected(made.error());
      raised = *made;
    }
    for (auto agent : host.agents) {
      agent.silence = raised->approval;
      if (auto kept = ledger.put(agent); !kept) return kept;
    }
  }
  if (raised && !raised->fresh) return amend_finding(ledger, raised->approval, words_of_all(silent), now);
  return {};
}

}  // namespace

AgentWatch::AgentWatch(Store& store, Scheduler& scheduler, const Clock& clock, const PolicySource& policy)
    : store_(store), scheduler_(scheduler), clock_(clock), policy_(policy), alarm_(scheduler, clock, [this] {
        look();
      }) {}

void AgentWatch::start() {
  begun_ = clock_.now();
  look();
}

void AgentWatch::stop() {
  stopped_ = true;
  alarm_.stop();
}

std::vector<std::string> AgentWatch::reasons() const {
  const std::lock_guard lock(mutex_);
  return reasons_;
}

void AgentWatch::look() {
  if (stopped_) return;
  struct Looked {
    std::vector<std::string> reasons;
  };
  auto looked = std::make_shared<Looked>();
  store_.write(
      [policy = policy_.current(), now = clock_.now(), begun = begun_, looked](Ledger& ledger) -> Result<void> {
        const auto hosts = ledger.agent_hosts();
        if (!hosts) return std::unexpected(hosts.error());
        const auto silent = silent_hosts(*hosts, now, begun);
        if (auto said = say_silent(ledger, *policy, silent, now); !said) return said;
        if (silent.size() > most_named)
          looked->reasons.push_back(words_of_all(silent));
        else
          for (const auto& one : silent)
            looked->reasons.push_back(
                one.since ? fmt::format("agent of {} silent since {}", one_line(one.host, 80),
                                        to_rfc3339(std::chrono::floor<std::chrono::seconds>(*one.since)))
                          : fmt::format("agent of {} never spoke", one_line(one.host, 80)));
        return note_expired(ledger, now);
      },
      [this, looked](Result<void> written) {
        if (written) {
          const std::lock_guard lock(mutex_);
          reasons_ = std::move(looked->reasons);
        }
        scheduler_.post([this] {
          if (!stopped_) alarm_.set(clock_.now() + look_every);
        });
      });
}

}  // namespace countersign::app

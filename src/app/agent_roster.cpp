#include "app/agent_roster.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/agent_findings.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/host_name.hpp"
#include "crypto/random.hpp"
#include "crypto/signature.hpp"

namespace countersign::app {
namespace {

Result<void> audit_agent(Ledger& ledger, std::string_view kind, std::string_view by, const Agent& agent,
                         Timestamp now) {
  const nlohmann::json detail{{"agent", agent.id}, {"host", agent.host}, {"public_key", to_base64(agent.public_key)}};
  return ledger.audit(now, kind, by, detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

class Joining {
 public:
  Joining(Ledger& ledger, const Policy& policy, const JoinRequest& request, const std::string& id, Timestamp now)
      : ledger_(ledger), policy_(policy), request_(request), id_(id), now_(now) {}

  Result<Joined> join() {
    auto server_key = server_public_key(ledger_);
    if (!server_key) return std::unexpected(server_key.error());
    const auto same_key = ledger_.agents_of_key(request_.public_key);
    if (!same_key) return std::unexpected(same_key.error());
    for (const auto& agent : *same_key) {
      if (agent.host == request_.host && agent.machine == request_.machine)
        return Joined{agent.id, agent.host, *std::move(server_key), false, {}};
      return refuse_clone(
          agent, fmt::format("another machine, as {}, asks to join with its key", one_line(request_.host, 80)));
    }
    const auto same_machine = ledger_.agents_of_machine(request_.machine);
    if (!same_machine) return std::unexpected(same_machine.error());
    for (const auto& agent : *same_machine)
      if (agent.host != request_.host && agent.joined())
        return refuse_clone(agent, fmt::format("the same machine asks to join as {}", one_line(request_.host, 80)));
    const auto same_host = ledger_.agents_of_host(request_.host);
    if (!same_host) return std::unexpected(same_host.error());
    for (const auto& agent : *same_host)
      if (agent.joined()) return refuse_second();
    return add(*std::move(server_key));
  }

 private:
  Result<Joined> refuse_clone(const Agent& agent, const std::string& elsewhere) {
    if (const auto found = find_clone(ledger_, policy_, agent, elsewhere, now_); !found)
      return std::unexpected(found.error());
    return refuse(
        fmt::format("{} has joined with this machine or key; to move it, run on the server: countersign "
                    "agents remove {}",
                    agent.host, agent.host));
  }

  Result<Joined> refuse_second() {
    if (const auto found = find_second_agent(ledger_, policy_, request_.host, "another key asks to join for it", now_);
        !found)
      return std::unexpected(found.error());
    return refuse(
        fmt::format("{} has an agent with another key; if that one is gone, run on the server: countersign "
                    "agents remove {}",
                    request_.host, request_.host));
  }

  static Joined refuse(std::string why) {
    Joined joined;
    joined.refused = std::move(why);
    return joined;
  }

  Result<Joined> add(std::string server_key) {
    Agent agent;
    agent.host = request_.host;
    agent.id = id_;
    agent.public_key = request_.public_key;
    agent.machine = request_.machine;
    agent.version = request_.version;
    agent.boot = request_.boot;
    agent.first_seen = agent.last_seen = now_;
    if (auto added = ledger_.put(agent); !added) return std::unexpected(added.error());
    if (auto noted = audit_agent(ledger_, "agent_joined", "countersign", agent, now_); !noted)
      return std::unexpected(noted.error());
    return Joined{agent.id, agent.host, std::move(server_key), true, {}};
  }

  Ledger& ledger_;
  const Policy& policy_;
  const JoinRequest& request_;
  const std::string& id_;
  const Timestamp now_;
};

Result<std::size_t> remove_agents(Ledger& ledger, const std::string& host, const std::string& by, Timestamp now) {
  const auto agents = ledger.agents_of_host(host);
  if (!agents) return std::unexpected(agents.error());
  if (agents->empty()) return fail(Fault::not_found, "no agent speaks for {}", one_line(host, 80));
  for (auto agent : *agents) {
    agent.removed_at = now;
    if (auto kept = ledger.put(agent); !kept) return std::unexpected(kept.error());
    if (auto noted = audit_agent(ledger, "agent_removed", by, agent, now); !noted)
      return std::unexpected(noted.error());
  }
  return agents->size();
}

}  // namespace

Result<std::string> server_public_key(AgentRecords& records) {
  const auto bytes = records.server_key();
  if (!bytes) return std::unexpected(bytes.error());
  const auto key = crypto::SigningKey::from_private(Secret(*bytes));
  if (!key) return std::unexpected(key.error());
  return key->public_bytes();
}

void AgentRoster::join(JoinRequest request, std::move_only_function<void(Result<Joined>)> done) {
  if (!core::is_host_name(request.host))
    return done(fail(Fault::invalid, "'{}' is no host name", one_line(request.host, 80)));
  auto policy = policy_.current();
  request.host = policy->directory.host_name(request.host);
  auto joined = std::make_shared<Joined>();
  store_.write(
      [policy, joined, request = std::move(request), id = crypto::make_token(random_),
       now = clock_.now()](Ledger& ledger) -> Result<void> {
        auto came = Joining(ledger, *policy, request, id, now).join();
        if (!came) return std::unexpected(came.error());
        *joined = *std::move(came);
        return {};
      },
      [joined, done = std::move(done)](Result<void> written) mutable {
        if (written)
          done(std::move(*joined));
        else
          done(std::unexpected(written.error()));
      });
}

void AgentRoster::remove(std::string host, std::string by, std::move_only_function<void(Result<std::size_t>)> done) {
  host = policy_.current()->directory.host_name(host);
  auto removed = std::make_shared<std::size_t>();
  store_.write(
      [removed, host = std::move(host), by = std::move(by), now = clock_.now()](Ledger& ledger) -> Result<void> {
        const auto gone = remove_agents(ledger, host, by, now);
        if (!gone) return std::unexpected(gone.error());
        *removed = *gone;
        return {};
      },
      [removed, done = std::move(done)](Result<void> written) mutable {
        if (written)
          done(*removed);
        else
          done(std::unexpected(written.error()));
      });
}

}  // namespace countersign::app

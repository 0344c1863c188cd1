#include "app/containable.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/store.hpp"
#include "base/text.hpp"

namespace countersign::app {
namespace {

using nlohmann::json;

constexpr std::size_t most_sessions = 1000;
constexpr std::size_t longest_host = 60;

std::optional<std::int64_t> whole(const json& sighting, const char* key) {
  const auto found = sighting.find(key);
  if (found == sighting.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

/// The session that a kernel's sighting speaks of; nullopt where it says too little.
std::optional<OpenSession> session_in(const std::string& raw) {
  const auto sighting = json::parse(raw, nullptr, false);
  if (!sighting.is_object()) return std::nullopt;
  const auto pid = whole(sighting, "process.pid"), start = whole(sighting, "process.start");
  const auto boot = sighting.find("host.boot_id");
  if (!pid || !start || *pid <= 1 || boot == sighting.end() || !boot->is_string()) return std::nullopt;
  OpenSession session;
  session.pid = *pid;
  session.start = *start;
  session.boot = boot->get<std::string>();
  return session;
}

/// As the newest account of a kernel's witness names it.
std::optional<OpenSession> session_of(const StoredEvent& login) {
  for (auto sighting = login.sightings.rbegin(); sighting != login.sightings.rend(); ++sighting)
    if (sighting->witness == "kernel") return session_in(sighting->raw);
  return std::nullopt;
}

bool seen_by_kernel(const StoredEvent& login) {
  return std::ranges::find(login.sightings, std::string_view("kernel"), &Sighting::witness) != login.sightings.end();
}

/// The login it is about: itself, or the one that a finding disputes; none where there is none to end.
Id login_of(const StoredEvent& stored) {
  if (const auto about = parse_id(core::field(stored.event, "finding.about"))) return *about;
  return stored.event.action == "ssh_login" ? stored.id : Id{};
}

/// The agent whose kernel stream spoke last for that host.
Result<std::optional<Agent>> agent_on(Ledger& ledger, std::string_view host) {
  const auto agents = ledger.agents_of_host(host);
  if (!agents) return std::unexpected(agents.error());
  std::optional<Agent> newest;
  Timestamp heard{};
  for (const auto& agent : *agents) {
    const auto stream = ledger.stream(host, agent.id, "kernel");
    if (!stream) return std::unexpected(stream.error());
    if (!*stream || (newest && (*stream)->last_seen <= heard)) continue;
    newest = agent;
    heard = (*stream)->last_seen;
  }
  return newest;
}

class Looking {
 public:
  Looking(Ledger& ledger, const std::vector<Containment>& earlier, Timestamp now)
      : ledger_(ledger), earlier_(earlier), now_(now) {}

  Result<void> look(const StoredEvent& stored) {
    const auto id = login_of(stored);
    if (!id) return {};
    const auto of_this = [&](const Containment& one) { return one.event == stored.id; };
    if (std::ranges::any_of(earlier_, [&](const auto& one) { return of_this(one) && waits(one); })) {
      found_.asked = true;
      return {};
    }
    const auto login = ledger_.login(id);
    if (!login && login.error().fault == Fault::not_found) return {};  // erased meanwhile
    if (!login) return std::unexpected(login.error());
    const auto& event = login->event;
    const auto host = one_line(event.host, longest_host);
    if (!seen_by_kernel(*login))
      return not_this(fmt::format("no agent saw this session, so it can't be ended from here: end it on {}", host));
    auto session = session_of(*login);
    if (!session)
      return not_this(fmt::format("the agent told too little of this session to end it from here: end it on {}", host));
    const bool done =
        std::ranges::any_of(earlier_, [&](const auto& one) { return of_this(one) && one.outcome == "success"; });
    const auto ended = done ? Result<bool>(true) : ledger_.session_ended(event, now_);
    if (!ended) return std::unexpected(ended.error());
    if (*ended) return not_this("the session has ended");
    const auto agent = agent_on(ledger_, event.host);
    if (!agent) return std::unexpected(agent.error());
    if (!*agent) return not_this(fmt::format("{} has no agent any more: end the session there", host));
    if (!(*agent)->contains.value_or(true))
      return not_this(fmt::format("the agent of {} may not end sessions (contain = false): end it there", host));
    session->agent = (*agent)->id;
    session->event = stored.id;
    session->host = event.host;
    session->user = event.user;
    session->address = event.address;
    session->port = event.port;
    found_.sessions.push_back(*std::move(session));
    return {};
  }

  [[nodiscard]] Containable found() && { return std::move(found_); }

 private:
  [[nodiscard]] bool waits(const Containment& one) const { return one.outcome.empty() && one.expires_at > now_; }

  Result<void> not_this(std::string why) {
    if (found_.why_not.empty()) found_.why_not = std::move(why);
    return {};
  }

  Ledger& ledger_;
  const std::vector<Containment>& earlier_;
  const Timestamp now_;
  Containable found_;
};

}  // namespace

Result<Containable> containable(Ledger& ledger, const core::Approval& approval, Timestamp now) {
  if (approval.state != core::ApprovalState::denied) return Containable{};
  const auto events = ledger.asked_events(approval.id, most_sessions);
  if (!events) return std::unexpected(events.error());
  const auto earlier = ledger.containments(approval.id);
  if (!earlier) return std::unexpected(earlier.error());
  Looking looking(ledger, *earlier, now);
  for (const auto& stored : *events)
    if (stored.state == core::ApprovalState::denied)
      if (auto looked = looking.look(stored); !looked) return std::unexpected(looked.error());
  return std::move(looking).found();
}

bool may_be_containable(const FullApproval& full) {
  return full.approval.state == core::ApprovalState::denied &&
         std::ranges::any_of(full.events, [](const StoredEvent& stored) {
           return stored.state == core::ApprovalState::denied && session_of(stored);
         });
}

}  // namespace countersign::app

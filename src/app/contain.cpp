#include "app/contain.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/audit_detail.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/signature.hpp"

namespace countersign::app {
namespace {

using nlohmann::json;

constexpr std::size_t longest_words = 200;

/// A session as the kernel's witness names it; nullopt where the sighting does not.
struct Session {
  std::int64_t pid = 0, start = 0;
  std::string boot;
};

std::optional<std::int64_t> whole(const json& sighting, const char* key) {
  const auto found = sighting.find(key);
  if (found == sighting.end()) return std::nullopt;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  return std::nullopt;
}

std::optional<Session> session_in(const std::string& raw) {
  const auto sighting = json::parse(raw, nullptr, false);
  if (!sighting.is_object()) return std::nullopt;
  const auto pid = whole(sighting, "process.pid"), start = whole(sighting, "process.start");
  const auto boot = sighting.find("host.boot_id");
  if (!pid || !start || *pid <= 1 || boot == sighting.end() || !boot->is_string()) return std::nullopt;
  return Session{*pid, *start, boot->get<std::string>()};
}

Result<void> may_contain(const core::Approval& approval, const core::Actor& by) {
  if (!by.security) return fail(Fault::forbidden, "only the security team can end a session");
  if (by.is_person && by.name == approval.subject)
    return fail(Fault::forbidden, "this is about you, so somebody else of the security team must do it");
  if (approval.state != core::ApprovalState::denied)
    return fail(Fault::conflict, "only a denied login's session can be ended; this one is {}",
                core::to_text(approval.state));
  return {};
}

/// The agent whose kernel stream spoke last for that host.
Result<std::string> agent_on(Ledger& ledger, std::string_view host) {
  const auto agents = ledger.agents_of_host(host);
  if (!agents) return std::unexpected(agents.error());
  std::optional<AgentStream> newest;
  for (const auto& agent : *agents) {
    auto stream = ledger.stream(host, agent.id, "kernel");
    if (!stream) return std::unexpected(stream.error());
    if (*stream && (!newest || (*stream)->last_seen > newest->last_seen)) newest = **stream;
  }
  return newest ? newest->agent : std::string();
}

/// The decision that denied it, to which what follows is added.
Id denial_of(const core::Approval& approval) {
  for (auto decision = approval.decisions.rbegin(); decision != approval.decisions.rend(); ++decision)
    if (decision->settles) return decision->id;
  return {};
}

Result<void> add_to_record(Ledger& ledger, Id approval_id, std::string_view by, std::string_view via, std::string words,
                           std::string_view kind, Timestamp now) {
  const auto approval = ledger.approval(approval_id);
  if (!approval) return std::unexpected(approval.error());
  core::Note note{std::string(by), now, std::string(via), std::move(words)};
  const auto denial = denial_of(*approval);
  if (denial)
    if (auto added = ledger.add(denial, note); !added) return added;
  if (auto noted = ledger.audit(now, kind, by, detail_of_note(approval_id, denial, note)); !noted) return noted;
  return ledger.revise_messages(approval_id, now, false);
}

std::string payload_of(const Containment& asked, const Session& session, std::string_view user) {
  return json{{"id", to_text(asked.id)},
              {"action", "end_session"},
              {"agent_id", asked.agent},
              {"host", asked.host},
              {"boot_id", session.boot},
              {"pid", session.pid},
              {"start", session.start},
              {"user", user},
              {"issued_at", to_rfc3339(asked.issued_at)},
              {"expires_at", to_rfc3339(asked.expires_at)}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

class Asking {
 public:
  Asking(Ledger& ledger, const core::Actor& by, std::string_view via, Timestamp now)
      : ledger_(ledger), by_(by), via_(via), now_(now) {}

  Result<Contained> ask(Id id) {
    const auto approval = ledger_.approval(id);
    if (!approval) return std::unexpected(approval.error());
    if (auto allowed = may_contain(*approval, by_); !allowed) return std::unexpected(allowed.error());
    const auto accounts = ledger_.kernel_accounts(id);
    if (!accounts) return std::unexpected(accounts.error());
    const auto earlier = ledger_.containments(id);
    if (!earlier) return std::unexpected(earlier.error());
    const auto key_bytes = ledger_.server_key();
    if (!key_bytes) return std::unexpected(key_bytes.error());
    const auto key = crypto::SigningKey::from_private(Secret(*key_bytes));
    if (!key) return std::unexpected(key.error());

    Contained contained;
    bool waits = false;
    for (const auto& account : *accounts) {
      if (!account.denied) continue;
      const auto stands = [&](const Containment& other) {
        return other.event == account.event && other.outcome.empty() && other.expires_at > now_;
      };
      if (std::ranges::any_of(*earlier, stands)) {
        waits = true;
        continue;
      }
      auto asked = ask_one(id, account, *key);
      if (!asked) return std::unexpected(asked.error());
      if (*asked) contained.asked.push_back(**std::move(asked));
    }
    if (!contained.asked.empty()) return contained;
    if (waits) return fail(Fault::conflict, "the agent was asked already and has not answered yet");
    return fail(Fault::conflict,
                "no agent can end it: the kernel's witness did not see this session, or told too "
                "little of it");
  }

 private:
  Result<std::optional<Containment>> ask_one(Id approval, const KernelAccount& account, const crypto::SigningKey& key) {
    const auto session = session_in(account.raw);
    if (!session) return std::nullopt;
    const auto agent = agent_on(ledger_, account.host);
    if (!agent) return std::unexpected(agent.error());
    if (agent->empty()) return std::nullopt;
    Containment asked;
    asked.id = ledger_.new_id();
    asked.approval = approval;
    asked.event = account.event;
    asked.host = account.host;
    asked.agent = *agent;
    asked.by = by_.name;
    asked.issued_at = now_;
    asked.expires_at = now_ + Contain::good_for;
    asked.payload = payload_of(asked, *session, account.user);
    asked.signature = key.sign(asked.payload);
    if (auto added = ledger_.put_containment(asked); !added) return std::unexpected(added.error());
    auto words =
        fmt::format("asked the agent of {} to end the session of {} (pid {})", one_line(account.host, longest_words),
                    one_line(account.user, longest_words), session->pid);
    if (auto noted = add_to_record(ledger_, approval, by_.name, via_, std::move(words), "containment", now_); !noted)
      return std::unexpected(noted.error());
    return asked;
  }

  Ledger& ledger_;
  const core::Actor& by_;
  const std::string_view via_;
  const Timestamp now_;
};

/// The work fills it on the writer's thread before `done` is called there.
auto answer_contained(std::shared_ptr<Contained> contained, Contain::Done done) {
  return [contained = std::move(contained), done = std::move(done)](Result<void> written) mutable {
    if (written)
      done(std::move(*contained));
    else
      done(std::unexpected(written.error()));
  };
}

Result<void> keep_contained(Contained& into, Result<Contained> asked) {
  if (!asked) return std::unexpected(asked.error());
  into = *std::move(asked);
  return {};
}

}  // namespace

void Contain::by_id(Id approval, core::Actor by, std::string_view via, Done done) {
  auto contained = std::make_shared<Contained>();
  store_.write([approval, by = std::move(by), via = std::string(via), contained, now = clock_.now()](
                   Ledger& ledger) { return keep_contained(*contained, Asking(ledger, by, via, now).ask(approval)); },
               answer_contained(contained, std::move(done)));
}

void Contain::by_button(std::string_view value, core::Actor by, std::string_view via, Done done) {
  auto contained = std::make_shared<Contained>();
  store_.write(
      [digest = crypto::sha256(value), by = std::move(by), via = std::string(via), contained,
       now = clock_.now()](Ledger& ledger) -> Result<void> {
        const auto button = ledger.button(digest);
        if (!button) return std::unexpected(button.error());
        if (!*button) return fail(Fault::not_found, "this button is not one of ours");
        return keep_contained(*contained, Asking(ledger, by, via, now).ask((*button)->approval));
      },
      answer_contained(contained, std::move(done)));
}

bool can_contain(const FullApproval& full) {
  if (full.approval.state != core::ApprovalState::denied) return false;
  return std::ranges::any_of(full.events, [](const StoredEvent& stored) {
    return stored.state == core::ApprovalState::denied &&
           std::ranges::any_of(stored.sightings, [](const Sighting& sighting) {
             return sighting.witness == "kernel" && session_in(sighting.raw);
           });
  });
}

Result<void> note_containment(Ledger& ledger, std::string_view host, std::string_view agent, const core::Event& event,
                              Timestamp now) {
  const auto id = parse_id(core::field(event, "containment.id"));
  if (!id) return {};
  auto asked = ledger.containment(*id);
  if (!asked) return std::unexpected(asked.error());
  if (!*asked || (*asked)->host != host || (*asked)->agent != agent) return {};
  const bool late = (*asked)->outcome == "expired";
  if (!(*asked)->outcome.empty() && !late) return {};
  (*asked)->outcome = event.outcome.empty() ? "unknown" : one_line(event.outcome, 40);
  (*asked)->detail = one_line(core::field(event, "message"), longest_words);
  (*asked)->reported_at = now;
  if (auto kept = ledger.put_containment(**asked); !kept) return kept;
  const bool done = (*asked)->outcome == "success";
  return add_to_record(ledger, (*asked)->approval, fmt::format("agent of {}", one_line(host, longest_words)), "agent",
                       fmt::format("{}{}{}", done ? "ended the session" : "did not end the session",
                                   (*asked)->detail.empty() ? "" : ": ", (*asked)->detail),
                       "containment", now);
}

Result<void> note_expired(Ledger& ledger, Timestamp now) {
  const auto expired = ledger.expired_containments(now);
  if (!expired) return std::unexpected(expired.error());
  for (auto asked : *expired) {
    asked.outcome = "expired";
    if (auto kept = ledger.put_containment(asked); !kept) return kept;
    if (auto noted = add_to_record(
            ledger, asked.approval, "countersign", "agent",
            fmt::format("the agent of {} did not answer within {}: the session may still be open",
                        one_line(asked.host, longest_words), countersign::to_text(Duration(Contain::good_for))),
            "containment", now);
        !noted)
      return noted;
  }
  return {};
}

}  // namespace countersign::app

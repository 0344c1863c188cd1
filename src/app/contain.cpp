#include "app/contain.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/answered.hpp"
#include "app/audit_detail.hpp"
#include "app/containable.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/signature.hpp"

namespace countersign::app {
namespace {

using nlohmann::json;

constexpr std::size_t longest_words = 200;

Result<void> may_contain(const core::Approval& approval, const core::Actor& by) {
  if (!by.security) return fail(Fault::forbidden, "only the security team can end a session");
  if (by.is_person && by.name == approval.subject)
    return fail(Fault::forbidden, "this is about you, so somebody else of the security team must do it");
  if (approval.state != core::ApprovalState::denied)
    return fail(Fault::conflict, "only a denied login's session can be ended; this one is {}",
                core::to_text(approval.state));
  return {};
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

std::string payload_of(const Containment& asked, const OpenSession& session) {
  return json{{"id", to_text(asked.id)},
              {"action", "end_session"},
              {"agent_id", asked.agent},
              {"host", asked.host},
              {"boot_id", session.boot},
              {"pid", session.pid},
              {"start", session.start},
              {"user", session.user},
              {"issued_at", to_rfc3339(asked.issued_at)},
              {"expires_at", to_rfc3339(asked.expires_at)}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

class Asking {
 public:
  Asking(Ledger& ledger, const core::Actor& by, std::string_view via, Timestamp now)
      : ledger_(ledger), by_(by), via_(via), now_(now) {}

  /// `shown`: only sessions under these events, which the reader was shown; null: all of the approval's.
  Result<Contained> ask(Id id, const std::vector<Id>* shown) {
    const auto approval = ledger_.approval(id);
    if (!approval) return std::unexpected(approval.error());
    if (auto allowed = may_contain(*approval, by_); !allowed) return std::unexpected(allowed.error());
    const auto found = containable(ledger_, *approval, now_);
    if (!found) return std::unexpected(found.error());
    const auto key_bytes = ledger_.server_key();
    if (!key_bytes) return std::unexpected(key_bytes.error());
    const auto key = crypto::SigningKey::from_private(Secret(*key_bytes));
    if (!key) return std::unexpected(key.error());

    Contained contained;
    for (const auto& session : found->sessions) {
      if (shown != nullptr && std::ranges::find(*shown, session.event) == shown->end()) continue;
      auto asked = ask_one(id, session, *key);
      if (!asked) return std::unexpected(asked.error());
      contained.asked.push_back(*std::move(asked));
    }
    if (!contained.asked.empty()) return contained;
    if (found->asked) return fail(Fault::conflict, "the agent was asked already and has not answered yet");
    return fail(Fault::conflict, "{}", found->why_not.empty() ? "no session belongs to this" : found->why_not);
  }

 private:
  Result<Containment> ask_one(Id approval, const OpenSession& session, const crypto::SigningKey& key) {
    Containment asked;
    asked.id = ledger_.new_id();
    asked.approval = approval;
    asked.event = session.event;
    asked.host = session.host;
    asked.agent = session.agent;
    asked.by = by_.name;
    asked.issued_at = now_;
    asked.expires_at = now_ + Contain::good_for;
    asked.payload = payload_of(asked, session);
    asked.signature = key.sign(asked.payload);
    if (auto added = ledger_.put_containment(asked); !added) return std::unexpected(added.error());
    auto words = fmt::format("asked the agent of {} to end the session of {} (pid {})",
                             one_line(session.host, longest_words), one_line(session.user, longest_words), session.pid);
    if (auto noted = add_to_record(ledger_, approval, by_.name, via_, std::move(words), "containment", now_); !noted)
      return std::unexpected(noted.error());
    return asked;
  }

  Ledger& ledger_;
  const core::Actor& by_;
  const std::string_view via_;
  const Timestamp now_;
};

}  // namespace

void Contain::by_id(Id approval, core::Actor by, std::string_view via, Done done) {
  auto contained = std::make_shared<Contained>();
  store_.write([approval, by = std::move(by), via = std::string(via), contained, now = clock_.now()](
                   Ledger& ledger) { return keep_in(*contained, Asking(ledger, by, via, now).ask(approval, nullptr)); },
               answered(contained, std::move(done)));
}

void Contain::by_button(std::string_view value, core::Actor by, std::string_view via, Done done) {
  auto contained = std::make_shared<Contained>();
  store_.write(
      [digest = crypto::sha256(value), by = std::move(by), via = std::string(via), contained,
       now = clock_.now()](Ledger& ledger) -> Result<void> {
        const auto button = ledger.button(digest);
        if (!button) return std::unexpected(button.error());
        if (!*button) return fail(Fault::not_found, "this button is not one of ours");
        return keep_in(*contained, Asking(ledger, by, via, now).ask((*button)->approval, &(*button)->events));
      },
      answered(contained, std::move(done)));
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

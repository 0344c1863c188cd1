#include "app/audit_detail.hpp"

#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "core/login.hpp"
#include "crypto/digest.hpp"

namespace countersign::app {
namespace {

using nlohmann::json;

/// Text may hold any bytes; what is not UTF-8 is replaced, the same way every time.
std::string dump(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

json standing(const core::Approval& approval, core::ApprovalState state) {
  return {
      {"addressed_to", approval.addressed_to},        {"approvers", approval.approvers}, {"kind", approval.kind},
      {"needs_reason", approval.needs_reason},        {"person", approval.person},       {"reason", approval.reason},
      {"severity", core::to_text(approval.severity)}, {"state", core::to_text(state)}};
}

}  // namespace

std::string detail_of(const core::Approval& approval, const core::Outcome& outcome) {
  json events = json::array();
  for (const auto event : outcome.decision.events)
    events.push_back(to_text(event));
  return dump(
      {{"approval", to_text(approval.id)},
       {"decision", core::to_text(outcome.decision.act)},
       {"events", events},
       {"now", standing(approval, outcome.state)},
       {"reason", outcome.decision.reason},
       {"settled_as", core::to_text(outcome.settled_as)},
       {"state", core::to_text(outcome.state)},
       {"trusted_until", outcome.decision.trusted_until ? json(to_rfc3339(*outcome.decision.trusted_until)) : json()},
       {"via", outcome.decision.via}});
}

std::string detail_of_finding(const core::Approval& approval) {
  return dump({{"approval", to_text(approval.id)},
               {"kind", approval.kind},
               {"now", standing(approval, approval.state)},
               {"reason", approval.reason}});
}

std::string detail_of_standing(const core::Approval& approval) {
  return dump({{"approval", to_text(approval.id)}, {"now", standing(approval, approval.state)}});
}

std::string detail_of_verdict(const StoredEvent& login, std::string_view was) {
  return dump({{"event", to_text(login.id)},
               {"independent", login.independent},
               {"reasons", login.reasons},
               {"verdict", login.verdict},
               {"version", 2},
               {"was", was}});
}

std::string detail_of_taking(const core::Approval& approval, std::string_view via) {
  return dump({{"approval", to_text(approval.id)},
               {"until", approval.taken_until ? json(to_rfc3339(*approval.taken_until)) : json()},
               {"via", via}});
}

std::string detail_of_note(Id approval, Id decision, const core::Note& note) {
  return dump(
      {{"approval", to_text(approval)}, {"decision", to_text(decision)}, {"reason", note.text}, {"via", note.via}});
}

std::string detail_of_change(const core::ExpectedChange& change) {
  return dump({{"account", change.account},
               {"from", change.from ? json(to_rfc3339(*change.from)) : json()},
               {"host", change.host},
               {"id", to_text(change.id)},
               {"key", change.key},
               {"network", change.network ? json(change.network->text()) : json()},
               {"of", change.made_from ? json(to_text(change.made_from)) : json()},
               {"person", change.person},
               {"reason", change.reason},
               {"until", to_rfc3339(change.until)},
               {"via", change.via}});
}

std::string detail_of_seal(const Seal& seal, const SealedForms& forms) {
  json digests = json::object();
  for (const auto& [form, body] : forms)
    digests[form] = to_hex(crypto::sha256(body));
  return dump({{"digests", std::move(digests)},
               {"entries", seal.entries},
               {"from", to_rfc3339(seal.from)},
               {"head", to_hex(seal.head)},
               {"id", to_text(seal.id)},
               {"logins", core::login_kinds},
               {"to", to_rfc3339(seal.to)},
               {"waiting", seal.waiting}});
}

std::string detail_of_end(const core::ExpectedChange& change, std::string_view via) {
  return dump(
      {{"id", to_text(change.id)}, {"reason", change.reason}, {"until", to_rfc3339(change.until)}, {"via", via}});
}

}  // namespace countersign::app

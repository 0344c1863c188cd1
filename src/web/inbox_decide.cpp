// POST /inbox/decide: a form's word about an approval.
#include <memory>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "web/form.hpp"
#include "web/inbox.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

constexpr std::size_t longest_reason = 2000;

struct Said {
  Id approval;
  core::Word word;
  bool ticked = false;  // at least one event
  bool takes = false;   // no word: somebody of the security team takes it
};

/// nullopt where no form of ours can have said this.
std::optional<Said> read_form(const std::string& form) {
  Said said;
  const auto approval = parse_id(form_value(form, "approval").value_or(""));
  const auto what = form_value(form, "act").value_or("");
  said.takes = what == "take";
  said.word.trust = what == "approve_for";
  said.word.disputes = what == "not_me";
  const auto act = said.word.disputes              ? Result<core::Act>(core::Act::deny)
                   : said.takes || said.word.trust ? Result<core::Act>(core::Act::approve)
                                                   : core::parse_act(what);
  if (!approval || !act) return std::nullopt;
  said.approval = *approval;
  said.word.act = *act;
  said.word.reason = form_value(form, "reason").value_or("").substr(0, longest_reason);
  said.word.via = "inbox";
  for (const auto& text : form_values(form, "event")) {
    const auto event = parse_id(text);
    if (!event) return std::nullopt;
    said.word.events.push_back(*event);
  }
  said.ticked = !said.word.events.empty();
  if (*act == core::Act::revise) {
    const auto state = core::parse_approval_state(form_value(form, "state").value_or(""));
    if (!state || (*state != core::ApprovalState::approved && *state != core::ApprovalState::denied))
      return std::nullopt;
    said.word.revised = *state;
  }
  return said;
}

std::string problem(const Error& error, bool trust) {
  switch (error.fault) {
    case Fault::conflict:
      return "decided";
    case Fault::forbidden:
      return trust ? "same" : "forbidden";
    case Fault::not_found:
      return "unknown";
    case Fault::invalid:
      return "reason";
    default:
      return "busy";
  }
}

std::string_view done(const core::Outcome& outcome) {
  if (outcome.rerouted) return "rerouted";
  if (outcome.awaits_second) return "second";
  if (outcome.decision.act == core::Act::revise) return "revised";
  if (outcome.revises) return "disputed";
  if (outcome.decision.trusted_until) return "trusted";
  return outcome.settled_as == core::ApprovalState::denied ? "denied" : "approved";
}

}  // namespace

void Inbox::decide(net::Request request, net::Respond respond) const {
  const auto token = token_of(request);
  if (token.empty()) return respond(see_other("/"));
  const auto proof = form_value(request.body, "proof").value_or("");
  if (!from_our_page(request, parts_.public_url()) || !crypto::equal_in_constant_time(proof, form_proof(token)))
    return respond(parts_.pages.message(403, "This did not come from our page",
                                        "The form was sent from somewhere else, or your session has ended. Nothing "
                                        "was changed."));
  auto said = read_form(request.body);
  if (!said)
    return respond(parts_.pages.message(400, "That form can't be read", "Nothing was changed. Please go back."));
  const auto page = "/inbox/approvals/" + to_text(said->approval);
  const bool whole = said->takes || said->word.disputes;
  if (!whole && !said->ticked && said->word.act != core::Act::revise && said->word.act != core::Act::wrong_person)
    return respond(see_other(page + "?problem=none"));

  auto shared = std::make_shared<net::Respond>(std::move(respond));
  const bool queued = parts_.store.read(
      [this, shared, token, page, said = *std::move(said), now = parts_.clock.now()](app::View& view) mutable {
        const auto session = sessions_.find(view, token, now);
        if (!session) return (*shared)(see_other("/"));
        if (said.takes) return take(said.approval, *session, shared);
        said.word.by = {.name = session->name, .security = session->security, .is_person = session->is_person};
        said.word.from_channel = session->security;  // what the security team's page shows is the channel's copy
        const bool trust = said.word.trust;
        parts_.decide.by_id(said.approval, std::move(said.word), [shared, page, trust](Result<core::Outcome> outcome) {
          (*shared)(outcome ? see_other("/inbox?done=" + std::string(done(*outcome)))
                            : see_other(page + "?problem=" + problem(outcome.error(), trust)));
        });
      });
  if (!queued) (*shared)(see_other(page + "?problem=busy"));
}

void Inbox::take(Id approval, const Session& session, std::shared_ptr<net::Respond> respond) const {
  take_.by_id(approval, {.name = session.name, .security = session.security, .is_person = session.is_person}, "inbox",
              [respond = std::move(respond), approval](Result<Timestamp> until) {
                (*respond)(until ? see_other("/inbox?done=taken")
                                 : see_other("/inbox/approvals/" + to_text(approval) +
                                             "?problem=" + problem(until.error(), false)));
              });
}

}  // namespace countersign::web

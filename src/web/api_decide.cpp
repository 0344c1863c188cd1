// POST /api/v1/approvals/ID/decision and …/take.
#include "web/api.hpp"
#include "web/json.hpp"

namespace countersign::web {
namespace {

Result<std::string> text_member(const Json& body, const char* key) {
  const auto found = body.find(key);
  if (found == body.end() || found->is_null()) return std::string();
  if (!found->is_string()) return fail(Fault::invalid, "'{}' must be text", key);
  return found->get<std::string>();
}

/// `{"decision":"approve","reason":"…","events":["…"]}`; a revision may say "state", an approval
/// "trust": true, which is "and the same for trust_for".
Result<core::Word> read_word(const std::string& text) {
  constexpr std::size_t longest_reason = 2000;
  const auto body = Json::parse(text, nullptr, false);
  if (!body.is_object()) return fail(Fault::invalid, "the body must be a JSON object");
  core::Word word;
  const auto decision = text_member(body, "decision");
  if (!decision) return std::unexpected(decision.error());
  const auto act = core::parse_act(*decision);
  if (!act) return std::unexpected(act.error());
  word.act = *act;
  auto reason = text_member(body, "reason");
  if (!reason) return std::unexpected(reason.error());
  if (reason->size() > longest_reason)
    return fail(Fault::invalid, "the reason is longer than {} bytes", longest_reason);
  word.reason = *std::move(reason);
  const auto state = text_member(body, "state");
  if (!state) return std::unexpected(state.error());
  if (!state->empty()) {
    const auto revised = core::parse_approval_state(*state);
    if (!revised) return std::unexpected(revised.error());
    if (*revised != core::ApprovalState::approved && *revised != core::ApprovalState::denied)
      return fail(Fault::invalid, "a revision makes it approved or denied");
    word.revised = *revised;
  }
  const auto trust = body.find("trust");
  if (trust != body.end() && !trust->is_boolean()) return fail(Fault::invalid, "'trust' must be true or false");
  word.trust = trust != body.end() && trust->get<bool>();
  if (word.trust && word.act != core::Act::approve) return fail(Fault::invalid, "only an approval can be for longer");
  const auto events = body.find("events");
  if (events == body.end() || events->is_null()) return word;
  if (!events->is_array() || events->empty()) return fail(Fault::invalid, "'events' must be a list of event ids");
  for (const auto& event : *events) {
    const auto id = event.is_string() ? parse_id(event.get<std::string>()) : Result<Id>(Id{});
    if (!id || !*id) return fail(Fault::not_found, "there is no such event");
    word.events.push_back(*id);
  }
  return word;
}

/// The approval as it stands now, with `error` beside it where the word was refused because one stands.
net::Response standing_reply(app::View& view, Id id, const Error* error) {
  const auto approval = view.approval(id);
  if (!approval) return json_error(error ? *error : approval.error());
  if (!error) return json_reply(200, approval_json(*approval));
  Json body{{"error", error->message}};
  const auto* standing = standing_decision(approval->approval);
  body["decision"] = standing ? decision_json(*standing) : Json();
  body["approval"] = approval_json(*approval);
  return json_reply(status_of(error->fault), body);
}

}  // namespace

void Api::decide(const Caller& caller, net::Request request, std::vector<std::string> segments, net::Respond respond) {
  const auto id = parse_id(segments.at(0));
  if (!id) return respond(json_error(404, "there is no such approval"));
  auto word = read_word(request.body);
  if (!word) return respond(json_error(word.error()));
  word->by = {.name = caller.name, .security = true, .is_person = false};
  word->via = "api";
  parts_.decide.by_id(*id, *std::move(word),
                      [this, id = *id, respond = std::move(respond)](Result<core::Outcome> outcome) mutable {
                        if (!outcome && outcome.error().fault != Fault::conflict)
                          return respond(json_error(outcome.error()));
                        from_view(parts_.store, std::move(respond), [id, outcome](app::View& view) {
                          return standing_reply(view, id, outcome ? nullptr : &outcome.error());
                        });
                      });
}

void Api::take(const Caller& caller, net::Request /*request*/, std::vector<std::string> segments,
               net::Respond respond) {
  const auto id = parse_id(segments.at(0));
  if (!id) return respond(json_error(404, "there is no such approval"));
  take_.by_id(*id, {.name = caller.name, .security = true, .is_person = false}, "api",
              [this, id = *id, respond = std::move(respond)](Result<Timestamp> taken) mutable {
                if (!taken && taken.error().fault != Fault::conflict) return respond(json_error(taken.error()));
                from_view(parts_.store, std::move(respond), [id, taken](app::View& view) {
                  return standing_reply(view, id, taken ? nullptr : &taken.error());
                });
              });
}

}  // namespace countersign::web

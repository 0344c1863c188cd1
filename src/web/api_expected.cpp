// /api/v1/expected: what is announced, announcing it, and ending it before its time.
#include "base/encoding.hpp"
#include "web/api.hpp"
#include "web/form.hpp"
#include "web/json.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

constexpr std::size_t longest_text = 2000;

Result<std::string> member(const Json& body, const char* key) {
  const auto found = body.find(key);
  if (found == body.end() || found->is_null()) return std::string();
  if (!found->is_string()) return fail(Fault::invalid, "'{}' must be text", key);
  auto text = found->get<std::string>();
  if (text.size() > longest_text) return fail(Fault::invalid, "'{}' is longer than {} bytes", key, longest_text);
  return text;
}

Result<std::optional<Timestamp>> time_member(const Json& body, const char* key) {
  const auto text = member(body, key);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return std::optional<Timestamp>();
  const auto at = parse_rfc3339(*text);
  if (!at) return fail(Fault::invalid, "'{}': {}", key, at.error().message);
  return std::optional(*at);
}

/// `{"account","host","network","key","person","reason","from","until"}`; reason, until and some scope are needed.
Result<core::ExpectedChange> read_change(const std::string& text, const core::Directory& directory) {
  const auto body = Json::parse(text, nullptr, false);
  if (!body.is_object()) return fail(Fault::invalid, "the body must be a JSON object");
  core::ExpectedChange change;
  for (const auto& [key, target] :
       {std::pair("account", &change.account), std::pair("host", &change.host), std::pair("key", &change.key),
        std::pair("person", &change.person), std::pair("reason", &change.reason)}) {
    auto value = member(body, key);
    if (!value) return std::unexpected(value.error());
    if (!value->empty()) *target = *std::move(value);
  }
  if (!change.person.empty() && !directory.person(change.person))
    return fail(Fault::invalid, "no person of this name is configured");
  const auto network = member(body, "network");
  if (!network) return std::unexpected(network.error());
  if (!network->empty()) {
    const auto parsed = core::Network::parse(*network);
    if (!parsed) return std::unexpected(parsed.error());
    change.network = *parsed;
  }
  const auto from = time_member(body, "from");
  if (!from) return std::unexpected(from.error());
  change.from = *from;
  const auto until = time_member(body, "until");
  if (!until) return std::unexpected(until.error());
  if (!*until) return fail(Fault::invalid, "'until' is missing: an expected change needs its end");
  change.until = **until;
  return change;
}

Json change_json(const core::ExpectedChange& change) {
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  const auto time = [](const std::optional<Timestamp>& at) { return at ? Json(to_rfc3339(*at)) : Json(); };
  return {{"id", change.id ? Json(to_text(change.id)) : Json()},
          {"kind", !change.id     ? "configured"
                   : change.trust ? "trust"
                                  : "announced"},
          {"person", text(change.person)},
          {"account", text(change.account)},
          {"host", change.host},
          {"network", change.network ? Json(change.network->text()) : Json()},
          {"key", text(change.key)},
          {"reason", change.reason},
          {"author", change.author},
          {"via", text(change.via)},
          {"approval", change.made_from ? Json(to_text(change.made_from)) : Json()},
          {"from", time(change.from)},
          {"until", to_rfc3339(change.until)},
          {"ended_at", time(change.ended_at)},
          {"ended_by", text(change.ended_by)}};
}

}  // namespace

void Api::list_expected(const Caller& /*caller*/, net::Request request, std::vector<std::string> /*none*/,
                        net::Respond respond) {
  const bool all = form_value(request.query, "all").value_or("") == "true";
  from_view(parts_.store, std::move(respond),
            [policy = parts_.policy.current(), all, now = parts_.clock.now()](app::View& view) {
              auto changes = view.expected_changes(all ? Timestamp{} : now, all);
              if (!changes) return json_error(changes.error());
              for (const auto& change : policy->directory.entries().expected)
                if (all || change.until > now) changes->push_back(change);
              Json rows = Json::array();
              for (const auto& change : *changes)
                rows.push_back(change_json(change));
              return json_reply(200, {{"expected", std::move(rows)}});
            });
}

void Api::announce(const Caller& caller, net::Request request, std::vector<std::string> /*none*/,
                   net::Respond respond) {
  auto change = read_change(request.body, parts_.policy.current()->directory);
  if (!change) return respond(json_error(change.error()));
  change->via = "api";
  expect_.announce(*std::move(change), {.name = caller.name, .security = true, .is_person = false},
                   [respond = std::move(respond)](Result<core::ExpectedChange> kept) mutable {
                     respond(kept ? json_reply(201, change_json(*kept)) : json_error(kept.error()));
                   });
}

void Api::end_expected(const Caller& caller, net::Request /*request*/, std::vector<std::string> segments,
                       net::Respond respond) {
  const auto id = parse_id(segments.at(0));
  if (!id) return respond(json_error(404, "there is no such expected change"));
  expect_.end(*id, {.name = caller.name, .security = true, .is_person = false}, "api",
              [this, id = *id, respond = std::move(respond)](Result<void> ended) mutable {
                if (!ended) return respond(json_error(ended.error()));
                from_view(parts_.store, std::move(respond), [id](app::View& view) {
                  const auto change = view.expected_change(id);
                  if (!change) return json_error(change.error());
                  return *change ? json_reply(200, change_json(**change)) : json_error(404, "it is gone");
                });
              });
}

}  // namespace countersign::web

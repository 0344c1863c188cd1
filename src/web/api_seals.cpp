// /api/v1/report/seals: fixing a span's report, the list of those fixed, and each as it was fixed, byte for byte.
#include "base/encoding.hpp"
#include "web/api.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

Json seal_json(const app::Seal& seal) {
  return {{"id", countersign::to_text(seal.id)},
          {"from", to_rfc3339(seal.from)},
          {"to", to_rfc3339(seal.to)},
          {"at", to_rfc3339(seal.as_of)},
          {"by", seal.made_by},
          {"waiting", seal.waiting},
          {"digest", to_hex(seal.digest)},
          {"audit", {{"entries", seal.entries}, {"head", seal.head.empty() ? Json() : Json(to_hex(seal.head))}}}};
}

Result<Timestamp> time_of_member(const Json& body, const char* key) {
  const auto found = body.find(key);
  if (found == body.end() || !found->is_string())
    return fail(Fault::invalid, "'{}' is missing: an RFC 3339 time, such as 2026-11-01T00:00:00Z", key);
  const auto at = parse_rfc3339(found->get<std::string>());
  if (!at) return fail(Fault::invalid, "'{}': {}", key, at.error().message);
  return *at;
}

Result<app::SealWanted> read_wanted(const std::string& text) {
  const auto body = Json::parse(text, nullptr, false);
  if (!body.is_object()) return fail(Fault::invalid, "the body must be a JSON object");
  const auto from = time_of_member(body, "from");
  if (!from) return std::unexpected(from.error());
  const auto to = time_of_member(body, "to");
  if (!to) return std::unexpected(to.error());
  return app::SealWanted{*from, *to, body.contains("force") && body["force"] == true, ""};
}

}  // namespace

/// `{"from","to","force"}`; 201 with the seal, 409 where the span is sealed already or logins still wait.
void Api::seal_report(const Caller& caller, net::Request request, std::vector<std::string> /*none*/,
                      net::Respond respond) {
  auto wanted = read_wanted(request.body);
  if (!wanted) return respond(json_error(wanted.error()));
  wanted->by = caller.name;
  sealing_.seal(*wanted, [respond = std::move(respond)](Result<app::Seal> seal) mutable {
    respond(seal ? json_reply(201, seal_json(*seal)) : json_error(seal.error()));
  });
}

void Api::list_seals(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> /*none*/,
                     net::Respond respond) {
  from_view(parts_.store, std::move(respond), [](app::View& view) {
    const auto seals = view.seals();
    if (!seals) return json_error(seals.error());
    Json rows = Json::array();
    for (const auto& seal : *seals)
      rows.push_back(seal_json(seal));
    return json_reply(200, {{"seals", std::move(rows)}});
  });
}

/// In the form `format` says, json where it says none.
void Api::get_sealed(const Caller& /*caller*/, net::Request request, std::vector<std::string> segments,
                     net::Respond respond) {
  const auto id = parse_id(segments.at(0));
  if (!id) return respond(json_error(404, "there is no such seal"));
  const auto form = form_value(request.query, "format").value_or("json");
  from_view(parts_.store, std::move(respond), [id = *id, form](app::View& view) {
    auto document = view.sealed_form(id, form);
    if (!document) return json_error(document.error());
    if (!*document) return json_error(404, "there is no such seal, or not in that form");
    // Never shown as a page: it is a record.
    return net::Response{.status = 200,
                         .headers = {{"Content-Type", form == "json" ? "application/json" : "application/octet-stream"},
                                     {"X-Content-Type-Options", "nosniff"},
                                     {"Cache-Control", "no-store"}},
                         .body = **std::move(document)};
  });
}

}  // namespace countersign::web

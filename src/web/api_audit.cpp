// The audit chain over the API: entries as they are hashed, so that whoever reads them can hold them to it.
#include "app/daily_root.hpp"
#include "app/policy_document.hpp"
#include "app/sighting_record.hpp"
#include "base/encoding.hpp"
#include "web/api.hpp"
#include "web/list_query.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

constexpr std::size_t most_taken = 10'000;

/// "2026-11-20" as the moment it begins, UTC.
Result<Timestamp> read_date(std::string_view query) {
  const auto text = form_value(query, "date").value_or("");
  const auto at = parse_rfc3339(text + "T00:00:00Z");
  if (!at || text.size() != 10) return fail(Fault::invalid, "date: a UTC day is needed, such as 2026-11-20");
  return *at;
}

Json audit_entry_json(const app::AuditEntry& entry) {
  return {{"id", countersign::to_text(entry.id)},
          {"at", to_rfc3339(entry.at)},
          {"kind", entry.kind},
          {"actor", entry.actor},
          {"detail", entry.detail},
          {"hash", to_hex(entry.hash)}};
}

}  // namespace

/// `{"chain","entries":[…],"next_after"}`, oldest first, after the entry `after`.
void Api::list_audit(const Caller& /*caller*/, net::Request request, std::vector<std::string> /*none*/,
                     net::Respond respond) {
  const auto limit = read_limit(request.query);
  if (!limit) return respond(json_error(limit.error()));
  Id after;
  if (const auto text = form_value(request.query, "after"); text && !text->empty()) {
    const auto id = parse_id(*text);
    if (!id) return respond(json_error(400, "after: that is no entry's id"));
    after = *id;
  }
  from_view(parts_.store, std::move(respond), [limit = *limit, after](app::View& view) {
    const auto chain = view.audit_chain();
    if (!chain) return json_error(chain.error());
    const auto entries = view.audit(after, limit);
    if (!entries) return json_error(entries.error());
    Json body{{"chain", to_hex(*chain)}, {"entries", Json::array()}};
    for (const auto& entry : *entries)
      body["entries"].push_back(audit_entry_json(entry));
    if (entries->size() == limit) body["next_after"] = countersign::to_text(entries->back().id);
    return json_reply(200, body);
  });
}

/// `{"chain","entries":N,"head","at","next_root"}`; head and at are null where there is no entry yet, next_root, the
/// UTC day whose root is next, where there was no sighting yet.
void Api::audit_head(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> /*none*/,
                     net::Respond respond) {
  from_view(parts_.store, std::move(respond), [](app::View& view) {
    const auto chain = view.audit_chain();
    if (!chain) return json_error(chain.error());
    const auto head = view.audit_head();
    if (!head) return json_error(head.error());
    const auto next = app::next_root(view);
    if (!next) return json_error(next.error());
    return json_reply(200, {{"chain", to_hex(*chain)},
                            {"next_root", next->empty() ? Json() : Json(*next)},
                            {"entries", head->entries},
                            {"head", head->newest ? Json(to_hex(head->newest->hash)) : Json()},
                            {"at", head->newest ? Json(to_rfc3339(head->newest->at)) : Json()}});
  });
}

/// `{"sightings":["RECORD",…],"next_after"}`: what arrived on the UTC day `date`, after the id `after`, as the day's
/// root hashes it: each record is text, in the root's `version` (1 where none is given).
void Api::list_taken(const Caller& /*caller*/, net::Request request, std::vector<std::string> /*none*/,
                     net::Respond respond) {
  const auto day = read_date(request.query);
  if (!day) return respond(json_error(day.error()));
  auto after = Id{first_id(*day).value - 1};
  if (const auto text = form_value(request.query, "after"); text && !text->empty()) {
    const auto id = parse_id(*text);
    if (!id) return respond(json_error(400, "after: that is no sighting's id"));
    after = std::max(after, *id);
  }
  const int version = form_value(request.query, "version").value_or("1") == "1" ? 1 : app::record_version;
  from_view(parts_.store, std::move(respond),
            [after, version, before = first_id(*day + std::chrono::days(1))](app::View& view) {
              const auto taken = view.taken(after, before, most_taken);
              if (!taken) return json_error(taken.error());
              Json records = Json::array();
              for (const auto& sighting : *taken)
                records.push_back(app::record_of(sighting, version));
              Json body{{"sightings", std::move(records)}};
              if (taken->size() == most_taken) body["next_after"] = countersign::to_text(taken->back().id);
              return json_reply(200, body);
            });
}

/// The document whose digest the chain's newest configuration row bears, byte for byte.
void Api::audit_policy(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> /*none*/,
                       net::Respond respond) {
  respond(net::Response{.status = 200,
                        .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                        .body = app::policy_document(*parts_.policy.current())});
}

/// `{"manifest"}`; 201 with `{"statement","signature","public_key"}`, the last two in base64.
void Api::attest(const Caller& caller, net::Request request, std::vector<std::string> /*none*/, net::Respond respond) {
  const auto body = Json::parse(request.body, nullptr, false);
  const bool told = body.is_object() && body.contains("manifest") && body["manifest"].is_string();
  attest_.state(told ? body["manifest"].get<std::string>() : "", caller.name,
                [respond = std::move(respond)](Result<app::Attested> attested) mutable {
                  if (!attested) return respond(json_error(attested.error()));
                  respond(json_reply(201, {{"statement", attested->statement},
                                           {"signature", to_base64(attested->signature)},
                                           {"public_key", to_base64(attested->public_key)}}));
                });
}

}  // namespace countersign::web

// The audit chain over the API: entries as they are hashed, so that whoever reads them can hold them to it.
#include "base/encoding.hpp"
#include "web/api.hpp"
#include "web/list_query.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

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

/// `{"chain","entries":N,"head","at"}`; head and at are null where there is no entry yet.
void Api::audit_head(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> /*none*/,
                     net::Respond respond) {
  from_view(parts_.store, std::move(respond), [](app::View& view) {
    const auto chain = view.audit_chain();
    if (!chain) return json_error(chain.error());
    const auto head = view.audit_head();
    if (!head) return json_error(head.error());
    return json_reply(200, {{"chain", to_hex(*chain)},
                            {"entries", head->entries},
                            {"head", head->newest ? Json(to_hex(head->newest->hash)) : Json()},
                            {"at", head->newest ? Json(to_rfc3339(head->newest->at)) : Json()}});
  });
}

}  // namespace countersign::web

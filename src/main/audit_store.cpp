#include "main/audit_store.hpp"

#include "base/encoding.hpp"
#include "core/login.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json;

constexpr const char* approvals = "/api/v1/approvals?limit=20";  // each with up to 1,000 events, 0.7 MiB

std::string named(const json& row, const char* name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<json> read_page(const Remote& remote, const std::string& path, const char* list) {
  auto reply = remote.get(path);
  if (!reply) return std::unexpected(reply.error());
  if (reply->status != 200) return fail(Fault::unavailable, "{}", complaint(*reply));
  if (!reply->body.is_object() || !reply->body.contains(list))
    return fail(Fault::invalid, "the server's answer has no {}", list);
  return std::move(reply->body);
}

constexpr std::size_t most_events = 1000;  // that an approval of the API lists

bool flag(const json& row, const char* name) {
  const auto found = row.find(name);
  return found != row.end() && *found == true;
}

std::vector<std::string> texts(const json& row, const char* name) {
  std::vector<std::string> found;
  if (const auto list = row.find(name); list != row.end())
    for (const auto& one : *list)
      if (one.is_string()) found.push_back(one.get<std::string>());
  return found;
}

std::int64_t number(const json& row, const char* name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

void tell_approval(const json& approval, audit::Claims& claims) {
  const auto id = named(approval, "id");
  for (const auto& decision : approval["decisions"]) {
    audit::StoodDecision said{id,
                              named(decision, "by"),
                              named(decision, "decision"),
                              named(decision, "at"),
                              named(decision, "via"),
                              named(decision, "reason"),
                              named(decision, "trusted_until"),
                              flag(decision, "settles")};
    said.events = texts(decision, "events");
    said.settled = texts(decision, "settled");
    said.revised = texts(decision, "revised");
    claims.decision(std::move(said));
  }
  audit::StoodApproval stood{id,
                             named(approval, "addressed_to"),
                             named(approval, "kind"),
                             named(approval, "person"),
                             named(approval, "reason"),
                             named(approval, "severity"),
                             named(approval, "state"),
                             named(approval, "created_at"),
                             number(approval, "approvers"),
                             flag(approval, "needs_reason")};
  for (const auto& event : approval["events"])
    stood.events.emplace_back(named(event, "id"), named(event, "approval.state"));
  stood.whole = stood.events.size() < most_events;
  claims.approval(std::move(stood));
}

audit::StoodSeal read_seal(const json& seal) {
  const auto chain = seal.value("audit", json::object());
  return {named(seal, "id"),     named(seal, "from"),     named(seal, "to"),
          named(seal, "at"),     named(seal, "by"),       named(chain, "head"),
          named(seal, "digest"), number(seal, "waiting"), number(chain, "entries")};
}

/// By the names the chain's entry has.
void tell_expected(const json& change, audit::Claims& claims) {
  if (named(change, "id").empty()) return;  // of the configuration
  std::string fields;
  for (const auto& [name, shown] :
       {std::pair("account", "account"), std::pair("from", "from"), std::pair("host", "host"), std::pair("key", "key"),
        std::pair("network", "network"), std::pair("of", "approval"), std::pair("person", "person"),
        std::pair("reason", "reason"), std::pair("until", "until"), std::pair("via", "via")})
    if (const auto value = named(change, shown); !value.empty()) fields += fmt::format("{}={}\n", name, value);
  claims.expected(named(change, "id"), fields + "author=" + named(change, "author"));
}

}  // namespace

Result<void> read_list(const Remote& remote, const std::string& path, const char* member, const RowSink& sink) {
  std::string cursor;
  do {
    const auto page = read_page(remote, path + "&cursor=" + to_percent(cursor), member);
    if (!page) return std::unexpected(page.error());
    for (const auto& row : (*page)[member])
      if (auto taken = sink(row); !taken) return taken;
    cursor = named(*page, "next_cursor");
  } while (!cursor.empty());
  return {};
}

Result<void> read_taken(const Remote& remote, const audit::ClaimedRoot& root,
                        const std::function<Result<void>(const std::string& record)>& sink) {
  std::string after;
  do {
    const auto page = read_page(
        remote,
        fmt::format("/api/v1/audit/sightings?date={}&version={}&after={}", to_percent(root.date), root.version, after),
        "sightings");
    if (!page) return std::unexpected(page.error());
    for (const auto& record : (*page)["sightings"])
      if (auto taken = sink(record.is_string() ? record.get<std::string>() : std::string()); !taken) return taken;
    after = named(*page, "next_after");
  } while (!after.empty());
  return {};
}

Result<std::string> read_sealed(const Remote& remote, const std::string& id, const std::string& form) {
  auto reply = remote.get("/api/v1/report/seals/" + to_percent(id) + "?format=" + to_percent(form));
  if (!reply) return std::unexpected(reply.error());
  if (reply->status == 404)
    return fail(Fault::conflict, "the sealed report {} is not in the store any more, as {}", id, form);
  if (reply->status != 200) return fail(Fault::unavailable, "{}", complaint(*reply));
  return std::move(reply->text);
}

namespace {

Result<void> hold_days(const Remote& remote, audit::Claims& claims) {
  for (const auto& root : claims.roots()) {
    core::MerkleTree tree;
    if (auto read = read_taken(remote, root,
                               [&](const std::string& record) -> Result<void> {
                                 tree.add(record);
                                 claims.logins().told(named(json::parse(record, nullptr, false), "event"));
                                 return {};
                               });
        !read)
      return read;
    if (auto agreed = agree(root, tree); !agreed) return agreed;
    claims.logins().day_is_told(root.date);
  }
  const auto reply = remote.get("/api/v1/audit/head");
  if (!reply) return std::unexpected(reply.error());
  if (reply->status != 200) return fail(Fault::unavailable, "{}", complaint(*reply));
  claims.next_root(named(reply->body, "next_root"));
  return {};
}

Result<void> hold_seals(const Remote& remote, audit::Claims& claims) {
  const auto page = read_page(remote, "/api/v1/report/seals", "seals");
  if (!page) return std::unexpected(page.error());
  for (const auto& seal : (*page)["seals"])
    claims.seal(read_seal(seal));
  for (const auto& seal : claims.seals())
    for (const auto& [form, digest] : seal.digests) {
      const auto document = read_sealed(remote, seal.id, form);
      if (!document) return std::unexpected(document.error());
      if (auto agreed = agree(seal, form, *document); !agreed) return agreed;
    }
  return {};
}

}  // namespace

Result<void> hold_store(const Remote& remote, audit::Claims& claims) {
  if (auto held = hold_days(remote, claims); !held) return held;
  if (auto held = hold_seals(remote, claims); !held) return held;
  if (auto read = read_list(remote, approvals, "approvals",
                            [&](const json& row) -> Result<void> {
                              tell_approval(row, claims);
                              return {};
                            });
      !read)
    return read;
  if (auto read = read_list(remote, "/api/v1/events?limit=1000&query=" + to_percent(core::login_query()), "events",
                            [&](const json& row) -> Result<void> {
                              claims.logins().see(named(row, "id"),
                                                  {named(row, "verdict"), flag(row, "verdict.independent")});
                              return {};
                            });
      !read)
    return read;
  return read_list(remote, "/api/v1/expected?all=true", "expected", [&](const json& row) -> Result<void> {
    tell_expected(row, claims);
    return {};
  });
}

}  // namespace countersign::cli

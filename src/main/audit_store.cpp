#include "main/audit_store.hpp"

#include "base/encoding.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json;

constexpr const char* logins = "/api/v1/events?limit=1000&query=event.action%3D%2A_login";
constexpr const char* approvals = "/api/v1/approvals?limit=100";

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

void tell_approval(const json& approval, audit::Claims& claims) {
  const auto id = named(approval, "id");
  if (named(approval, "kind") == "finding") claims.finding(id);
  for (const auto& decision : approval["decisions"])
    claims.decision(id, named(decision, "by"), named(decision, "decision"), named(decision, "at"),
                    named(decision, "via"), named(decision, "reason"));
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

Result<void> read_taken(const Remote& remote, const std::string& date,
                        const std::function<Result<void>(const std::string& record)>& sink) {
  std::string after;
  do {
    const auto page =
        read_page(remote, fmt::format("/api/v1/audit/sightings?date={}&after={}", date, after), "sightings");
    if (!page) return std::unexpected(page.error());
    for (const auto& record : (*page)["sightings"])
      if (auto taken = sink(record.is_string() ? record.get<std::string>() : std::string()); !taken) return taken;
    after = named(*page, "next_after");
  } while (!after.empty());
  return {};
}

Result<std::string> read_sealed(const Remote& remote, const std::string& id) {
  auto reply = remote.get("/api/v1/report/seals/" + to_percent(id));
  if (!reply) return std::unexpected(reply.error());
  if (reply->status == 404) return fail(Fault::conflict, "the sealed report {} is not in the store any more", id);
  if (reply->status != 200) return fail(Fault::unavailable, "{}", complaint(*reply));
  return std::move(reply->text);
}

Result<void> hold_store(const Remote& remote, audit::Claims& claims) {
  for (const auto& root : claims.roots()) {
    core::MerkleTree tree;
    if (auto read = read_taken(remote, root.date,
                               [&](const std::string& record) -> Result<void> {
                                 tree.add(record);
                                 return {};
                               });
        !read)
      return read;
    if (auto agreed = agree(root, tree); !agreed) return agreed;
  }
  for (const auto& seal : claims.seals()) {
    const auto document = read_sealed(remote, seal.id);
    if (!document) return std::unexpected(document.error());
    if (auto agreed = agree(seal, *document); !agreed) return agreed;
  }
  if (auto read = read_list(remote, approvals, "approvals",
                            [&](const json& row) -> Result<void> {
                              tell_approval(row, claims);
                              return {};
                            });
      !read)
    return read;
  if (auto read = read_list(remote, logins, "events",
                            [&](const json& row) -> Result<void> {
                              claims.verdict(named(row, "id"), named(row, "verdict"));
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

#include "main/audit_source.hpp"

#include <fstream>

#include "base/encoding.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json;

std::string member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Tells the chain's id, which stands as hex.
Result<void> begin(const json& object, const std::function<void(const std::string&)>& chain) {
  const auto id = from_hex(member(object, "chain"));
  if (!id || id->empty()) return fail(Fault::invalid, "the chain's id is missing");
  chain(*id);
  return {};
}

}  // namespace

Result<app::AuditEntry> read_audit_entry(const json& object) {
  if (!object.is_object()) return fail(Fault::invalid, "an entry of the chain is no JSON object");
  const auto id = parse_id(member(object, "id"));
  const auto at = parse_rfc3339(member(object, "at"));
  const auto hash = from_hex(member(object, "hash"));
  if (!id || !at || !hash || hash->size() != 32)
    return fail(Fault::invalid, "an entry of the chain lacks its id, time or hash");
  return app::AuditEntry{*id, *at, member(object, "kind"), member(object, "actor"), member(object, "detail"), *hash};
}

Result<void> read_chain(const Remote& remote, const std::function<void(const std::string&)>& chain,
                        const EntrySink& sink, std::string after) {
  bool told = false;
  do {
    const auto reply = remote.get("/api/v1/audit?limit=1000&after=" + after);
    if (!reply) return std::unexpected(reply.error());
    if (reply->status != 200) return fail(Fault::unavailable, "{}", complaint(*reply));
    if (!reply->body.is_object() || !reply->body.contains("entries"))
      return fail(Fault::invalid, "the server's answer is no page of an audit chain");
    if (!std::exchange(told, true))
      if (auto begun = begin(reply->body, chain); !begun) return begun;
    for (const auto& object : reply->body["entries"]) {
      const auto entry = read_audit_entry(object);
      if (!entry) return std::unexpected(entry.error());
      if (auto taken = sink(*entry, object); !taken) return taken;
    }
    after = member(reply->body, "next_after");
  } while (!after.empty());
  return {};
}

Result<void> read_chain(const std::string& file, const std::function<void(const std::string&)>& chain,
                        const EntrySink& sink) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Fault::not_found, "can't read {}", file);
  std::string line;
  bool told = false;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto object = json::parse(line, nullptr, false);
    if (!std::exchange(told, true)) {
      if (!object.is_object() || !object.contains("chain"))
        return fail(Fault::invalid, "{}:1: no {{\"chain\"}} line; is this a bundle's audit.jsonl?", file);
      if (auto begun = begin(object, chain); !begun) return begun;
      continue;
    }
    const auto entry = read_audit_entry(object);
    if (!entry) return fail(Fault::invalid, "{}:{}: {}", file, number, entry.error().message);
    if (auto taken = sink(*entry, object); !taken) return taken;
  }
  return {};
}

}  // namespace countersign::cli

#include "agent/contain.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "crypto/signature.hpp"

namespace countersign::agent {
namespace {

constexpr auto clock_tolerance = std::chrono::minutes(5);  // an issuer's clock may be ahead by so much

Result<EndSession> judge(const nlohmann::json& json, const Addressee& addressee, Timestamp now) {
  if (json.at("action") != "end_session") return fail(Fault::invalid, "only end_session is understood");
  if (json.at("agent_id") != addressee.agent_id || json.at("host") != addressee.host)
    return fail(Fault::forbidden, "it is for another agent");
  if (json.at("boot_id") != addressee.boot_id) return fail(Fault::not_found, "the host was started anew since");
  const auto issued = parse_rfc3339(json.at("issued_at").get<std::string>());
  const auto expires = parse_rfc3339(json.at("expires_at").get<std::string>());
  if (!issued || !expires || *issued > now + clock_tolerance) return fail(Fault::invalid, "its times can't be");
  if (now >= *expires) return fail(Fault::not_found, "it came too late");
  return EndSession{json.at("id"), json.value("user", ""), json.at("pid"), json.at("start"), *expires};
}

}  // namespace

Reading read_request(std::string_view payload, std::string_view signature, const Addressee& addressee, Timestamp now) {
  if (!crypto::verify_signature(addressee.server_key, payload, signature))
    return {"", fail(Fault::unauthorized, "a request bears a signature that is not the server's")};
  const auto json = nlohmann::json::parse(payload, nullptr, false);
  try {
    const auto id = json.at("id").get<std::string>();
    try {
      return {id, judge(json, addressee, now)};
    } catch (const nlohmann::json::exception&) {
      return {id, fail(Fault::invalid, "it can't be understood")};
    }
  } catch (const nlohmann::json::exception&) {
    return {"", fail(Fault::unauthorized, "a signed request without an id")};
  }
}

}  // namespace countersign::agent

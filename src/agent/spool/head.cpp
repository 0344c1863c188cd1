#include "agent/spool/head.hpp"

#include <nlohmann/json.hpp>

namespace countersign::agent {
namespace {

Position position_of(const nlohmann::json& pair) {
  return {pair.at(0), pair.at(1)};
}

}  // namespace

std::string to_text(const Head& head) {
  return nlohmann::json{{"agent_id", head.agent_id},
                        {"place", head.place},
                        {"sequence", head.sequence},
                        {"until", head.until ? to_micros(*head.until) : -1},
                        {"logins", {head.logins.segment, head.logins.offset}},
                        {"detail", {head.detail.segment, head.detail.offset}}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<Head> parse_head(std::string_view text) {
  if (text.empty()) return Head{};
  try {
    const auto json = nlohmann::json::parse(text);
    Head head{json.at("agent_id"),
              json.at("place"),
              json.at("sequence"),
              std::nullopt,
              position_of(json.at("logins")),
              position_of(json.at("detail"))};
    if (const auto until = json.at("until").get<std::int64_t>(); until >= 0) head.until = from_micros(until);
    return head;
  } catch (const nlohmann::json::exception& error) {
    return fail(Fault::internal, "the spool's state can't be read: {}", error.what());
  }
}

}  // namespace countersign::agent

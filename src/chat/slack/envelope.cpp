#include "chat/slack/envelope.hpp"

#include "chat/slack/json.hpp"

namespace countersign::chat::slack {

Result<Envelope> read_envelope(std::string_view text) {
  auto json = parse_object(text);
  if (!json) return std::unexpected(json.error());
  Envelope out{string_at(*json, {"type"}), string_at(*json, {"envelope_id"}), string_at(*json, {"reason"}), false, {}};
  if (out.type.empty()) return fail(Fault::invalid, "it has no type");
  if (const auto payload = json->find("payload"); payload != json->end()) out.payload = std::move(*payload);
  if (const auto takes = json->find("accepts_response_payload"); takes != json->end())
    out.takes_payload = takes->is_boolean() && takes->get<bool>();
  return out;
}

std::string acknowledgement(std::string_view envelope_id, const nlohmann::json& payload) {
  nlohmann::json out{{"envelope_id", envelope_id}};
  if (!payload.is_null()) out["payload"] = payload;
  return to_bytes(out);
}

}  // namespace countersign::chat::slack

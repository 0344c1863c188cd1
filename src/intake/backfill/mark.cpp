#include "intake/backfill/mark.hpp"

#include <nlohmann/json.hpp>

namespace countersign::intake {

using nlohmann::json;

std::string to_text(const BackfillMark& mark) {
  const auto& [span, token, from, most] = mark.place;
  return json{{"since", to_micros(span.since)},
              {"until", to_micros(span.until)},
              {"ask", span.ask},
              {"from", to_micros(from)},
              {"token", token},
              {"done", mark.done}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<BackfillMark> read_backfill_mark(std::string_view text) {
  const auto body = json::parse(text, nullptr, false);
  if (!body.is_object()) return std::nullopt;
  const auto time = [&](const char* key) {
    return from_micros(body.contains(key) && body[key].is_number_integer() ? body[key].get<std::int64_t>() : 0);
  };
  const auto flag = [&](const char* key) { return body.contains(key) && body[key] == json(true); };
  BackfillMark mark;
  mark.place.span = {time("since"), time("until"), flag("ask")};
  mark.place.from = time("from");
  if (body.contains("token") && body["token"].is_string()) mark.place.token = body["token"].get<std::string>();
  mark.done = flag("done");
  if (mark.place.span.until <= mark.place.span.since) return std::nullopt;
  return mark;
}

}  // namespace countersign::intake

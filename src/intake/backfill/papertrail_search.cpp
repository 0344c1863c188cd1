#include "intake/backfill/papertrail_search.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"

namespace countersign::intake {
namespace {

using nlohmann::json;

/// An id is an int64, as digits in a string or bare.
std::string id_text(const json& body, const char* key) {
  if (!body.contains(key)) return {};
  const auto& value = body[key];
  auto text = value.is_string() ? value.get<std::string>() : value.is_number_integer() ? value.dump() : std::string();
  const bool digits = !text.empty() && text.size() <= 20 && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? text : std::string();
}

/// When it got the newest message it looked at: of the answer itself, else of its events.
std::optional<Timestamp> newest(const json& body) {
  std::optional<Timestamp> at;
  const auto take = [&](const json& object, const char* key) {
    if (!object.is_object() || !object.contains(key) || !object[key].is_string()) return;
    if (const auto time = parse_rfc3339(object[key].get_ref<const std::string&>()))
      at = std::max(at.value_or(*time), *time);
  };
  take(body, "max_time_at");
  for (const auto& event : body["events"])
    take(event, "received_at");
  return at;
}

class PapertrailSearch final : public Search {
 public:
  explicit PapertrailSearch(PapertrailSearchSettings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] Result<net::Call> request(const Place& place, Timestamp /*now*/) const override {
    auto url = fmt::format("{}/api/v1/events/search.json?tail=false&limit={}", settings_.url, place.most);
    url += place.token.empty() ? fmt::format("&min_time={}", to_micros(place.from) / 1'000'000)
                               : fmt::format("&min_id={}", place.token);
    if (!settings_.query.empty()) url += "&q=" + to_percent(settings_.query);
    if (!settings_.group.empty()) url += "&group_id=" + to_percent(settings_.group);
    if (!settings_.system.empty()) url += "&system_id=" + to_percent(settings_.system);
    return net::Call{"GET", std::move(url), {{"X-Papertrail-Token", std::string(settings_.token.reveal())}}, ""};
  }

  [[nodiscard]] Result<Found> read(const Place& place, const std::string& text) const override {
    const auto body = json::parse(text, nullptr, false);
    if (!body.is_object() || !body.contains("events") || !body["events"].is_array())
      return fail(Fault::invalid, "Papertrail's answer has no events");
    Found found;
    found.next = place;
    if (!body["events"].empty()) found.body = text;
    auto reached = id_text(body, "max_id");
    const auto at = newest(body);
    if (at) found.next.from = std::max(place.from, std::min(*at, place.span.until));
    const auto flag = [&](const char* key) { return body.contains(key) && body[key] == json(true); };
    found.last = flag("reached_end") || (at && *at >= place.span.until);
    if (!found.last && (reached.empty() || reached == place.token))
      return fail(Fault::unavailable, "Papertrail's search came to its limit without a step forward");
    found.next.token = std::move(reached);
    return found;
  }

  [[nodiscard]] std::size_t most() const override { return 1000; }

 private:
  const PapertrailSearchSettings settings_;
};

}  // namespace

std::unique_ptr<Search> make_papertrail_search(PapertrailSearchSettings settings) {
  return std::make_unique<PapertrailSearch>(std::move(settings));
}

}  // namespace countersign::intake

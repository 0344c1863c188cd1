#include "intake/backfill/loki_search.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace countersign::intake {
namespace {

using nlohmann::json;

constexpr std::int64_t a_day = std::int64_t{86'400} * 1'000'000'000;
constexpr std::size_t loki_most = 5000;  // Loki's own default of max_entries_limit_per_query

std::int64_t nanos_of(Timestamp at) {
  return to_micros(at) * 1000;
}

std::optional<std::int64_t> read_nanos(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                   : std::nullopt;
}

/// [nanoseconds, line] with both as text, as the push has it; Loki adds what else it knows as a third.
std::optional<std::int64_t> nanos_of_entry(const json& entry) {
  if (!entry.is_array() || entry.size() < 2 || !entry[0].is_string() || !entry[1].is_string()) return std::nullopt;
  return read_nanos(entry[0].get_ref<const std::string&>());
}

class LokiSearch final : public Search {
 public:
  explicit LokiSearch(LokiSearchSettings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] Result<net::Call> request(const Place& place, Timestamp /*now*/) const override {
    net::Call call{.method = "GET", .url = "", .headers = {}, .body = ""};
    call.url = fmt::format("{}/loki/api/v1/query_range?direction=forward&limit={}&start={}&end={}&query={}",
                           settings_.url, place.most, begin(place), end(place), to_percent(settings_.query));
    if (!settings_.tenant.empty()) call.headers.emplace_back("X-Scope-OrgID", settings_.tenant);
    const auto secret = settings_.token.reveal();
    if (!settings_.user.empty())
      call.headers.emplace_back("Authorization", "Basic " + to_base64(fmt::format("{}:{}", settings_.user, secret)));
    else if (!secret.empty())
      call.headers.emplace_back("Authorization", fmt::format("Bearer {}", secret));
    return call;
  }

  [[nodiscard]] Result<Found> read(const Place& place, const std::string& text) const override {
    const auto body = json::parse(text, nullptr, false);
    const auto none = json::object();
    const auto& answer = body.is_object() && body.contains("data") && body["data"].is_object() ? body["data"] : none;
    if (!answer.contains("result") || !answer["result"].is_array() || answer.value("resultType", json()) != "streams")
      return fail(Fault::invalid, "Loki's answer has no streams: the query must select log lines");
    json streams = json::array();
    std::size_t entries = 0;
    auto newest = begin(place);
    for (const auto& stream : answer["result"]) {
      if (!stream.is_object() || !stream.contains("values") || !stream["values"].is_array()) continue;
      json labels = json::object();
      if (stream.contains("stream") && stream["stream"].is_object())
        for (const auto& [name, value] : stream["stream"].items())
          if (value.is_string()) labels[name] = value;
      json values = json::array();
      for (const auto& entry : stream["values"]) {
        ++entries;
        const auto at = nanos_of_entry(entry);
        if (!at) continue;
        newest = std::max(newest, *at);
        values.push_back({entry[0], entry[1]});
      }
      if (!values.empty()) streams.push_back({{"stream", std::move(labels)}, {"values", std::move(values)}});
    }
    Found found;
    if (!streams.empty())
      found.body = json{{"streams", std::move(streams)}}.dump(-1, ' ', false, json::error_handler_t::replace);
    found.next = step(place, entries, newest, found.lacking);
    found.last = nanos_of(found.next.span.until) <= begin(found.next);
    return found;
  }

  [[nodiscard]] std::size_t most() const override { return loki_most; }

 private:
  /// The token is the nanosecond to go on from: a time has only microseconds.
  [[nodiscard]] static std::int64_t begin(const Place& place) {
    return read_nanos(place.token).value_or(nanos_of(place.from));
  }
  [[nodiscard]] static std::int64_t end(const Place& place) {
    return std::min(begin(place) + a_day, nanos_of(place.span.until));
  }

  /// A page that isn't full is all of its day. A full one may go on within its last nanosecond; one that is no
  /// longer than a nanosecond is asked for again with more at once, and past the bound the rest of that nanosecond is
  /// lacking.
  [[nodiscard]] static Place step(const Place& place, std::size_t entries, std::int64_t newest, std::string& lacking) {
    auto next = place;
    auto from = end(place);
    if (entries >= place.most) {
      from = newest;
      if (newest == begin(place)) {
        if (place.most < loki_most) {
          next.most = std::min(place.most * 2, loki_most);
        } else {
          from = newest + 1;
          lacking = fmt::format("Loki gives no more than {} lines of one nanosecond ({})", loki_most, newest);
        }
      }
    }
    next.token = std::to_string(from);
    next.from = std::max(place.from, std::min(from_micros(from / 1000), place.span.until));
    return next;
  }

  const LokiSearchSettings settings_;
};

}  // namespace

std::unique_ptr<Search> make_loki_search(LokiSearchSettings settings) {
  return std::make_unique<LokiSearch>(std::move(settings));
}

}  // namespace countersign::intake

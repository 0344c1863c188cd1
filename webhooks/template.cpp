// Alerts whose JSON the sender's own template decides: the configuration says by paths where the line and the rest are
// (Datadog, Sumo Logic, Grafana, Splunk alerts, Azure Monitor and Event Grid, SolarWinds; Wazuh, osquery). Grafana's
// signature: HMAC-SHA256 over the body, or over "TIMESTAMP:BODY" (grafana/alerting http/hmac.go). Event Grid's
// handshake: learn.microsoft.com/azure/event-grid/webhook-event-delivery.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "webhooks/envelope.hpp"
#include "webhooks/json_grammar.hpp"
#include "webhooks/json_sequence.hpp"
#include "webhooks/json_values.hpp"
#include "webhooks/okta_challenge.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

constexpr Duration kSignatureAge = std::chrono::minutes(5);

struct Preset {
  std::string_view name, records, line, host, program, pid, time;
  std::array<std::string_view, 2> id;
  std::string_view only, only_value;
  std::string_view other_host = "", other_program = "";  // where the first is not there
};

// Empty: not looked for. Lines of the first five are what deploy/providers.md has its reader put into the template.
constexpr std::array kPresets = {
    Preset{"datadog", "", "line", "host", "program", "", "date_ms", {"id"}, "", ""},
    Preset{"sumo", "results", "_raw", "_sourceHost", "", "", "_messageTime", {"_messageId"}, "", ""},
    Preset{"grafana",
           "alerts",
           "annotations.line",
           "labels.host",
           "labels.program",
           "",
           "startsAt",
           {"fingerprint", "startsAt"},
           "status",
           "firing"},
    Preset{"splunk_alert", "", "result._raw", "result.host", "", "", "result._time", {}, "", ""},
    Preset{"solarwinds", "", "message", "host", "program", "", "time", {"id"}, "", ""},
    Preset{"azure_monitor",
           "data.alertContext.condition.allOf[*].searchResults.rows",
           "SyslogMessage",
           "Computer",
           "ProcessName",
           "ProcessID",
           "TimeGenerated",
           {},
           "",
           ""},
    Preset{"azure_eventgrid", "", "data.line", "data.host", "data.program", "", "eventTime", {"id"}, "", ""},
    Preset{"wazuh",
           "",
           "full_log",
           "predecoder.hostname",
           "predecoder.program_name",
           "",
           "timestamp",
           {"id"},
           "",
           "",
           "agent.name",
           "decoder.name"},
    Preset{"osquery", "", "$", "hostIdentifier", "", "", "unixTime", {}, "", ""},
};

std::optional<JsonPath> path_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  auto path = JsonPath::parse(text);
  return path ? std::optional(*std::move(path)) : std::nullopt;
}

std::vector<JsonPath> paths_of(std::initializer_list<std::string_view> texts) {
  std::vector<JsonPath> paths;
  for (const auto text : texts)
    if (auto path = path_of(text)) paths.push_back(*std::move(path));
  return paths;
}

class Template final : public app::Decoder {
 public:
  explicit Template(Options options) : options_(std::move(options)) {}

  [[nodiscard]] bool proves() const override { return !options_.signature.secret.empty(); }

  [[nodiscard]] app::Door door(const app::Delivery& head) const override {
    return is_okta_challenge(head) ? app::Door::open : app::Decoder::door(head);
  }

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    if (is_okta_challenge(delivery)) return answer_okta_challenge(delivery);
    if (proves())
      if (auto proved = check_signature(delivery); !proved) return std::unexpected(proved.error());
    auto text = json_text(delivery, options_.bound);
    if (!text) return std::unexpected(text.error());
    app::Decoded decoded;
    DeliveryBound bound(text->view().size());
    const auto handshake = delivery.header("aeg-event-type") == "SubscriptionValidation";
    Result<void> done;
    JsonSequence values(text->view(), JsonSequence::Of::values);  // a path may begin at an array
    while (const auto value = values.next()) {
      if (handshake) return answer_handshake(*text, *value);
      const auto before = decoded.unreadable.size();
      const JsonPath itself;
      for_each_element(*text, *value, options_.fields.records.value_or(itself),
                       [&](const PaddedText& inner, std::string_view record) {
                         done = take(delivery, inner, record, bound, decoded);
                         return done.has_value();
                       });
      if (!done) return std::unexpected(done.error());
      if (value->starts_with('{') || value->starts_with('[')) JsonSoundness(*value).tell(*value, before, decoded);
    }
    if (decoded.records.empty() && decoded.unreadable.empty() && !trim_json(text->view()).starts_with('{') &&
        !trim_json(text->view()).starts_with('['))
      return fail(Fault::invalid, "the body is no JSON");
    return unless_all_unreadable(std::move(decoded));
  }

 private:
  [[nodiscard]] Result<void> check_signature(const app::Delivery& delivery) const {
    const auto& wanted = options_.signature;
    std::string signed_text;
    if (!wanted.timestamp_header.empty()) {
      const auto stamp = delivery.header(wanted.timestamp_header);
      const auto time = read_time(stamp);
      if (!time || std::chrono::abs(delivery.arrival - *time) > kSignatureAge)
        return fail(Fault::unauthorized, "the signature's time is missing or more than 5 minutes away");
      signed_text = fmt::format("{}:", stamp);
    }
    signed_text += delivery.body;
    const auto offered = from_hex(delivery.header(wanted.header));
    if (!offered || !crypto::equal_in_constant_time(*offered, crypto::hmac_sha256(wanted.secret, signed_text)))
      return fail(Fault::unauthorized, "the body's signature is missing or wrong");
    return {};
  }

  static Result<app::Decoded> answer_handshake(const PaddedText& text, std::string_view value) {
    const auto path = JsonPath::parse(value.starts_with('[') ? "[0].data.validationCode" : "data.validationCode");
    const auto code = JsonValues(text).text(value, *path);
    constexpr std::string_view kCode = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    if (!code || code->empty() || code->find_first_not_of(kCode) != std::string::npos)
      return fail(Fault::invalid, "the validation has no validationCode");
    app::Decoded decoded;
    decoded.reply =
        app::Reply{200, {{"Content-Type", "application/json"}}, fmt::format(R"({{"validationResponse":"{}"}})", *code)};
    return decoded;
  }

  /// A record or, where nothing says which of its values are the records, the events of an envelope.
  Result<void> take(const app::Delivery& delivery, const PaddedText& text, std::string_view raw, DeliveryBound& bound,
                    app::Decoded& decoded) const {
    Result<void> room;
    const auto one = [&](const PaddedText& inner, std::string_view record) {
      room = bound.check(decoded);
      if (room) read(delivery, inner, record, decoded);
      return room.has_value();
    };
    const auto envelope = opens_envelopes() ? Envelope::of(raw) : std::nullopt;
    if (envelope)
      envelope->for_each(text, one);
    else
      one(text, raw);
    return room;
  }
  [[nodiscard]] bool opens_envelopes() const {
    const auto& fields = options_.fields;
    return !fields.records && (!fields.line || fields.line->whole());
  }

  void read(const app::Delivery& delivery, const PaddedText& text, std::string_view raw, app::Decoded& decoded) const {
    if (!raw.starts_with('{')) return add_unreadable(decoded, raw, "it is no JSON object");
    if (!is_json(raw)) return add_unreadable(decoded, raw, kBrokenJson);
    const auto& fields = options_.fields;
    JsonValues values(text);
    const auto look = [&](const std::optional<JsonPath>& path) {
      return path ? values.text(raw, *path).value_or("") : std::string();
    };
    const auto first = [&](const std::vector<JsonPath>& paths) {
      for (const auto& path : paths)
        if (auto found = values.text(raw, path); found && !found->empty()) return *std::move(found);
      return std::string();
    };
    simdjson::ondemand::parser parser;
    core::Record record;
    std::string why;
    // Read whole as well: what is broken is known to be, and what no path names is found by its usual name.
    if (!read_object(parser, text.padded(raw), options_.zone, delivery.arrival, record, why))
      return add_unreadable(decoded, raw, why);
    if (fields.only && look(fields.only) != fields.only_value) return;
    if (fields.line) {
      record = {};
      record.message = look(fields.line);
      if (record.message.empty()) return add_unreadable(decoded, raw, "there is no text at the path of the line");
      record.host = first(fields.host);
      record.program = first(fields.program);
      record.pid = read_number(look(fields.pid));
      record.time = read_time(look(fields.time));
      finish_record(options_.zone, delivery.arrival, record);
      if (record.program.empty() && record.message != raw) record.object = std::string(raw);
    }
    for (const auto& path : fields.id)
      record.provider_id += (record.provider_id.empty() ? "" : "/") + values.text(raw, path).value_or("");
    decoded.records.push_back(std::move(record));
  }

  Options options_;
};

}  // namespace

Result<TemplateFields> template_preset(std::string_view name) {
  std::string names;
  for (const auto& preset : kPresets) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", preset.name);
    if (preset.name != name) continue;
    TemplateFields fields{path_of(preset.records),
                          path_of(preset.line),
                          path_of(preset.pid),
                          path_of(preset.time),
                          paths_of({preset.host, preset.other_host}),
                          paths_of({preset.program, preset.other_program}),
                          {},
                          path_of(preset.only),
                          std::string(preset.only_value)};
    for (const auto id : preset.id)
      if (auto path = path_of(id)) fields.id.push_back(*std::move(path));
    return fields;
  }
  return fail(Fault::not_found, "\"{}\" is no preset; known are {}", name, names);
}

Made make_template(const Options& options) {
  return std::make_unique<Template>(options);
}

}  // namespace countersign::webhooks

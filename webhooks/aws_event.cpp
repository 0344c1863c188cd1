#include "webhooks/aws_event.hpp"

#include "webhooks/json_grammar.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {

bool read_aws_event(const PaddedText& text, std::string_view raw, const Options& options, Timestamp arrival,
                    core::Record& record, std::string& why) {
  if (!is_json(raw)) {
    why = kBrokenJson;
    return false;
  }
  JsonValues values(text);
  simdjson::ondemand::parser parser;
  const auto detail = find_member(raw, "detail");
  const bool event = detail && detail->starts_with('{') && find_member(raw, "detail-type");
  if (!event) return read_object(parser, text.padded(raw), options.zone, arrival, record, why);

  const bool trail = find_member(*detail, "eventName") && find_member(*detail, "eventSource");
  const auto kept = trail ? *detail : raw;
  core::Record unused;  // read for its faults alone
  if (!read_object(parser, text.padded(kept), options.zone, arrival, unused, why)) return false;
  record.message = std::string(kept);
  record.provider_id = values.text(*detail, "eventID").value_or(values.text(raw, "id").value_or(""));
  record.time = read_time(values.text(*detail, "eventTime").value_or(values.text(raw, "time").value_or("")));
  return true;
}

}  // namespace countersign::webhooks

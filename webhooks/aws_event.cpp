#include "webhooks/aws_event.hpp"

#include "webhooks/json_grammar.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

/// An event's detail that is an audit record of its own, and where in it its id and time are.
struct AuditRecord {
  std::string_view source;   // how the event's begins
  std::string_view mark[2];  // members it has
  std::string_view id, time;
};

constexpr AuditRecord kAuditRecords[] = {
    {"", {"eventName", "eventSource"}, "eventID", "eventTime"},  // CloudTrail, under each service's name
    // help.okta.com, "Add an AWS EventBridge log stream": System Log
    {"aws.partner/okta.com/", {"eventType", "published"}, "uuid", "published"},
};

const AuditRecord* audit_record(std::string_view source, std::string_view detail) {
  for (const auto& known : kAuditRecords)
    if (source.starts_with(known.source) && find_member(detail, known.mark[0]) && find_member(detail, known.mark[1]))
      return &known;
  return nullptr;
}

}  // namespace

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

  const auto* const audit = audit_record(values.text(raw, "source").value_or(""), *detail);
  const auto kept = audit ? *detail : raw;
  core::Record unused;  // read for its faults alone
  if (!read_object(parser, text.padded(kept), options.zone, arrival, unused, why)) return false;
  const auto& names = audit ? *audit : kAuditRecords[0];
  record.message = std::string(kept);
  record.provider_id = values.text(*detail, names.id).value_or(values.text(raw, "id").value_or(""));
  record.time = read_time(values.text(*detail, names.time).value_or(values.text(raw, "time").value_or("")));
  return true;
}

}  // namespace countersign::webhooks

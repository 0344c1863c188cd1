#include "core/rules/reading.hpp"

#include "core/login.hpp"

namespace countersign::core {
namespace {

Event event_of(const Engine& engine, const Classified& classified, const Record& record, Timestamp arrival) {
  auto event = engine.extract(classified);
  if (event.time == Timestamp{}) event.time = record.time.value_or(record.received_at.value_or(arrival));
  if (event.host.empty()) event.host = record.host;
  if (event.process.empty()) event.process = record.program;
  if (!event.pid) event.pid = record.pid;
  return event;
}

}  // namespace

std::optional<Interpretation> read_structured(const Engine& engine, const Record& record, Timestamp arrival,
                                              std::span<const std::string> allowed) {
  if (!record.fields) return std::nullopt;
  const auto classified = engine.classify(record.program, *record.fields, allowed);
  if (!classified) return std::nullopt;
  Interpretation result{*classified, {}, {}};
  if (classified->reading == Reading::event) result.event = event_of(engine, *classified, record, arrival);
  return result;
}

Interpretation read(const Engine& engine, const Record& record, Timestamp arrival) {
  if (auto structured = read_structured(engine, record, arrival)) return *std::move(structured);
  Interpretation result;
  result.classified = engine.classify(record.program, record.message);
  // Nobody can say whose message it is: not to be trusted as any rule's, not to be lost either.
  if (record.program.empty()) result.classified.reading = Reading::quarantined;
  if (result.classified.reading == Reading::event) result.event = event_of(engine, result.classified, record, arrival);
  if (!record.writer) return result;
  result.mismatch = disagreement(*record.writer, record.program, is_ssh_login(result.event));
  if (result.classified.reading == Reading::event && !result.mismatch.empty())
    set_field(result.event, "log.mismatch", result.mismatch);
  return result;
}

}  // namespace countersign::core

// A record read by the rules: classified, and its event with what the record itself tells. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/record.hpp"
#include "core/rules/engine.hpp"

namespace countersign::core {

/// classify + extract + the record's own fields, of the structured message where a rule reads that. `event` is set
/// where reading is `event`. Event time: the rule's, else the record's own, else the provider's, else `arrival`.
struct Interpretation {
  Classified classified;
  Event event;
  std::string mismatch = {};  // who else wrote it, by the journal's word (core/writer.hpp); an event bears it too
};
Interpretation read(const Engine& engine, const Record& record, Timestamp arrival);
/// The same by structured rules alone, `allowed` as classify() takes it; nullopt where none reads it (its fields may
/// not be set).
std::optional<Interpretation> read_structured(const Engine& engine, const Record& record, Timestamp arrival,
                                              std::span<const std::string> allowed = every_rule);

}  // namespace countersign::core

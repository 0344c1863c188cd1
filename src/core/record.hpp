// One log message as a source carried it, before any rule has read it: what every provider's decoder comes down to.
// Owns its strings; passive data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "core/fields.hpp"
#include "core/writer.hpp"

namespace countersign::core {

struct Record {
  std::optional<Timestamp> time;         // when the host says it happened
  std::optional<Timestamp> received_at;  // when the provider says it got it
  // The stamp that goes with the provider's id wherever it is told of the message, where `time` is told in some places
  // only; none: `time`.
  std::optional<Timestamp> numbered_at;
  std::string host;
  std::string program;  // empty: unknown
  std::optional<std::int64_t> pid;
  std::optional<Writer> writer;  // as the journal noted it; none: it came another way
  std::string message;           // bytes as they came, without the line's end
  std::string provider_id;       // the provider's own id of this message; empty: it has none
  // The JSON object it came as, where that names no program and so may itself be the event (an audit record posted as
  // it is); empty: it did not.
  std::string object;
  // What the object, else the message, says where it is JSON; app/structure.hpp reads it. Text rules never see it.
  std::optional<Fields> fields;
};

}  // namespace countersign::core

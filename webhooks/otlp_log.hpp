// A log record of OpenTelemetry, the same in JSON and in protobuf, and what of it is read. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/decoder.hpp"
#include "base/result.hpp"
#include "webhooks/decoders.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {

/// Those a record is read from, each once.
class Attributes {
 public:
  [[nodiscard]] bool wants(std::string_view name) const;
  void add(std::string_view name, std::string value);
  /// Of what a resource says for all its records: what is longer than any host's name goes.
  void keep_short();
  void append(Attributes later);
  [[nodiscard]] NamedTexts texts() const { return fields_; }

 private:
  using Field = std::pair<std::string, std::string>;
  std::vector<Field> fields_;
};

/// `fields` begins with what the body says.
struct OtlpLog {
  Attributes fields;
  std::uint64_t time = 0, observed = 0;  // nanoseconds; 0: unknown
};

inline constexpr int kDeepestValue = 8;

/// The name of a map's value; nullopt where it is too long to be that of a record's field.
std::optional<std::string> name_below(std::string_view name, std::string_view key);

/// The log's record. Where it has none, its bytes `part` are unreadable.
void add_log(const core::Zone& zone, Timestamp arrival, const OtlpLog& log, const Attributes& resource,
             std::string_view part, app::Decoded& decoded);

/// ExportLogsServiceRequest in either notation.
Result<app::Decoded> decode_otlp_json(const app::Delivery& delivery, const Options& options);
Result<app::Decoded> decode_otlp_protobuf(const app::Delivery& delivery, const Options& options);

}  // namespace countersign::webhooks

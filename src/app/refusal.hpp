// Why a webhook turned a delivery away, in words, and the name of the store's counter of such deliveries: written hour
// by hour by who refuses (src/web), read by the report and the daily digest. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace countersign::app {

/// `stranger`: of a webhook that takes no token but proves each delivery, while its own deliveries came.
enum class Refusal { token, unreadable, encoding, too_large, too_slow, overloaded, failed, no_webhook, stranger };

struct RefusalWords {
  std::string_view label, what, mend;  // "too_large", "too large", what an operator can do about it
};
RefusalWords words_of(Refusal refusal);

/// Deliveries that were refused alike.
struct RefusedDeliveries {
  std::string webhook;  // empty: names that no webhook has
  int status = 0;
  std::string reason;  // a label; another release's may be none of ours
  std::int64_t n = 0;

  /// Nobody's loss as far as we know: anybody may ask for a name that nobody has, or post without a proof.
  [[nodiscard]] bool noise() const;
};

inline constexpr std::string_view refusal_prefix = "refused.";
/// "refused.413.too_large.papertrail".
std::string refusal_counter(std::string_view webhook, int status, Refusal refusal);
/// Nullopt where it is no such counter's name.
std::optional<RefusedDeliveries> refused_by(std::string_view counter);

/// "413 too large"; the label where it is none of ours.
std::string why_of(const RefusedDeliveries& refused);

/// Counters are kept by the hour: the hours that a span touches.
struct HourSpan {
  Timestamp from{}, to{};
};
HourSpan hours_of(Timestamp from, Timestamp to);

}  // namespace countersign::app

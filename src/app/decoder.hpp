// The port to a logging provider's format: one delivery in, the records it carries out. Pure: no I/O, no clock.
// Implementations are immutable and safe for concurrent access; records own their text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/record.hpp"

namespace countersign::app {

/// One request as it came; the views live as long as the call.
struct Delivery {
  std::string_view suffix;            // of the path below /webhooks/NAME: "", "/services/collector/event", …
  std::string_view content_type;      // as sent, parameters and all
  std::string_view content_encoding;  // "", "gzip", "zstd", "deflate", "identity"
  std::string_view body;
  Timestamp arrival{};
};

/// A part of the delivery that is no record; it goes to quarantine.
struct Unreadable {
  std::string sample;  // its bytes, cut to a bound
  std::string why;
};

struct Decoded {
  std::vector<core::Record> records;
  std::vector<Unreadable> unreadable;
};

class Decoder {
 public:
  virtual ~Decoder() = default;

  /// Fault::invalid with the reason where nothing could be read, Fault::too_large past a bound; a bad part beside
  /// good ones is no fault but `unreadable`. An empty delivery (no parts at all) is a good one.
  [[nodiscard]] virtual Result<Decoded> decode(const Delivery& delivery) const = 0;
};

}  // namespace countersign::app

// The port to a logging provider's format: one request in, the records it carries out, and what its client wants to
// hear. Pure: no I/O, no clock; what a decoder must know from elsewhere (a signing certificate) it asks for, and is
// called again with the answer. Implementations are immutable and safe for concurrent access; records own their text.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/record.hpp"

namespace countersign::app {

/// The answer (2xx) to a request a decoder had made.
struct Fetched {
  std::string url;
  std::string body;
  Timestamp at{};  // when it came: earlier than the delivery where it was kept from another one
};

/// One request as it came; the views live as long as the call.
struct Delivery {
  std::string_view method = "POST";
  std::string_view suffix;            // of the path below /webhooks/NAME: "", "/services/collector/event", …
  std::string_view query;             // raw, without '?'
  std::string_view content_type;      // as sent, parameters and all
  std::string_view content_encoding;  // "", "gzip", "zstd", "deflate", "snappy", "identity"
  std::span<const std::pair<std::string, std::string>> headers;
  std::string_view body;
  Timestamp arrival{};
  std::span<const Fetched> fetched;  // what decode() asked for in this delivery
  bool beside_good = false;  // a piece of a longer body: that nothing can be read of it is no fault of the whole

  /// The first header of that name (case-insensitive), or empty.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] const Fetched* find_fetched(std::string_view url) const;
};

/// A part of the delivery that is no record; it goes to quarantine.
struct Unreadable {
  std::string sample;  // its bytes, cut to a bound
  std::string why;
  // 16 bytes of SHA-256 over all of it, where what carries it may bring it again; empty: it comes once.
  std::string digest{};
};

/// A GET to make; an answer no older than `max_age` that is there already will do.
struct Fetch {
  std::string url;
  Duration max_age{};
};

struct Reply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct Decoded {
  std::vector<core::Record> records;
  std::vector<Unreadable> unreadable;
  std::string left_out;        // what the provider says it did not bring, in words; empty: nothing
  std::vector<Fetch> needs;    // not empty: nothing else counts; decode again with the answers
  std::optional<Reply> reply;  // to give once everything is durable; none: the tally
};

/// Cuts one body where it can be cut. One thread at a time.
class Cutter {
 public:
  virtual ~Cutter() = default;
  /// The body's next bytes. Answers what can be decoded on its own now, of these and of what was held: after `last`,
  /// all.
  virtual std::string take(std::string_view piece, bool last) = 0;
  /// What was too large to be held, since this was asked.
  virtual std::vector<Unreadable> passed_over() = 0;
  [[nodiscard]] virtual std::size_t held() const = 0;  // bytes
};

/// Who may bring a request of this method and path.
enum class Door {
  closed,   // nobody: 405
  guarded,  // who proves to be the sender
  open,     // anybody: it tells nothing and brings nothing
};

class Decoder {
 public:
  virtual ~Decoder() = default;

  /// Fault::invalid with the reason where nothing could be read, Fault::too_large past a bound, Fault::unauthorized
  /// where the delivery's own proof (a signature) fails; a bad part beside good ones is no fault but `unreadable`.
  /// An empty delivery (no parts at all) is a good one.
  [[nodiscard]] virtual Result<Decoded> decode(const Delivery& delivery) const = 0;

  [[nodiscard]] virtual Door door(const Delivery& head) const;
  /// What the client is told instead of records taken: it decides by this whether to try again. None: JSON with the
  /// error, by fault 400, 401, 413, and 503 with Retry-After for what may work later. `head` has no body.
  [[nodiscard]] virtual std::optional<Reply> refusal(const Delivery& head, const Error& error) const;
  /// The provider's own header for the webhook's token; empty: it has none.
  [[nodiscard]] virtual std::string_view token_header() const { return {}; }
  /// Whether decode() itself demands a proof of who sends, so that a webhook may do without a token.
  [[nodiscard]] virtual bool proves() const { return false; }
  /// For a body that may be of any length, and is decoded in pieces as it comes; it holds no more than `most` bytes.
  /// Null: bodies are read whole.
  [[nodiscard]] virtual std::unique_ptr<Cutter> cutter(std::size_t /*most*/) const { return nullptr; }
  /// The largest body, in bytes as sent; of an endless one what is held of it, and so its largest part.
  [[nodiscard]] virtual std::size_t body_limit() const { return std::size_t{16} << 20; }
};

}  // namespace countersign::app

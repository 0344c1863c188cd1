// Deliveries that webhooks turned away: what their senders keep, or have lost. Counted by webhook, status and reason
// for /metrics and, hour by hour, in the store; told in the log once a minute and in /readyz while they happen. Names
// that no webhook has are one count. Safe for concurrent access.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/policy.hpp"
#include "app/refusal.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"
#include "web/health.hpp"

namespace countersign::web {

class Refusals {
 public:
  using Reason = app::Refusal;

  /// `warn` is told from where a delivery came and why it was refused, never what was in it. May be empty.
  Refusals(const Clock& clock, std::function<void(std::string_view)> warn) : clock_(clock), warn_(std::move(warn)) {}

  /// `webhook` is a configured name, or empty where nobody has that name.
  void add(std::string_view webhook, int status, Reason reason, std::string_view peer);

  /// A delivery of the webhook is durable: its sender has the token, so that whoever knocks without is a stranger, and
  /// no reason to call the service degraded.
  void taken(std::string_view webhook);

  /// A webhook that takes no token but proves each delivery: of what it refuses nobody knows whose it was.
  void open_to_all(std::string_view webhook);

  [[nodiscard]] Metric metric() const;
  /// "webhook papertrail: 12 deliveries refused in the last 10 min: 413 too large; …", one a webhook, status and
  /// reason.
  [[nodiscard]] std::vector<std::string> reasons() const;
  /// Hands what is not counted yet to the store (app/rounds.hpp).
  Result<Timestamp> look(app::Ledger& ledger, Timestamp now);

  static Reason reason_of(Fault fault);
  static Reason reason_of(int status);

 private:
  static constexpr std::size_t minutes = 10;
  struct Key {
    std::string webhook;
    int status = 0;
    Reason reason{};
    auto operator<=>(const Key&) const = default;
  };
  struct Count {
    std::uint64_t total = 0, written = 0, untold = 0;
    std::array<std::uint64_t, minutes> recent{};  // by minute, round and round
    std::int64_t minute = 0;                      // the newest of them
    Timestamp told{};
  };
  static void turn(Count& count, std::int64_t minute);
  /// Nothing that its sender could mend: not a stranger's doing.
  static bool is_ours(Reason reason) { return reason == Reason::overloaded || reason == Reason::failed; }
  /// Whether a delivery of the webhook was taken of late. Under mutex_.
  [[nodiscard]] bool is_well(const std::string& webhook, std::int64_t minute) const;
  [[nodiscard]] std::int64_t minute_now() const;

  const Clock& clock_;
  const std::function<void(std::string_view)> warn_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<Key, Count> counts_;
  std::map<std::string, std::int64_t, std::less<>> taken_;  // the minute of each webhook's newest delivery
  std::set<std::string, std::less<>> open_;
};

}  // namespace countersign::web

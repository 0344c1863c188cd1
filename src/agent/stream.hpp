// One witness's stream to the server: what it saw and when it could see, spooled until acknowledged, in batches that
// are numbered without a gap and never change once they may have been sent. The sequence belongs to (agent id, class).
// Everything is durable when a call returns, or is counted as waiting. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/batch.hpp"
#include "agent/spool/lane.hpp"
#include "agent/spool/slots.hpp"
#include "agent/spool/spans.hpp"

namespace countersign::agent {

struct StreamSettings {
  std::string folder;         // "SPOOL/kernel"
  std::string witness_class;  // "kernel", "log", "pam"
  std::string host, agent_id, machine_id;
  std::string boot_id;   // this boot's
  bool contain = false;  // what the configuration allows, told with each batch
  std::size_t spool_bytes = 64 * 1024 * 1024;
  std::size_t segment_bytes = 256 * 1024;
};

/// A sighting as the stream takes it. `place`: where its source stood behind it, for one that can be read again.
struct Spooled {
  std::string json;  // empty: a place alone
  bool detail = false;
  std::string place;
};

class Stream {
 public:
  static Result<Stream> open(StreamSettings settings);

  // The witness's side. Times are the agent's clock's.

  /// Why nothing was watched before this run, as far as can be told.
  [[nodiscard]] std::string why_new_span() const;
  /// From now on the witness watches; `why` it did not before.
  void watch(Timestamp from, std::string why);
  /// It does no longer, since its last look.
  void blind(std::string why);
  /// A look at the witness that began at `looked_at` gave these, and it had lost so many. `whole`: that is all it saw
  /// until then.
  void look(Timestamp looked_at, std::vector<Spooled> sightings, Loss lost, bool whole = true);
  /// The same of sightings with places: false where they were not taken, to be offered again.
  bool look_durably(Timestamp looked_at, const std::vector<Spooled>& sightings, bool whole = true);
  /// Where the source goes on; nullopt the first time.
  [[nodiscard]] std::optional<std::string> place() const;
  /// What has lines goes with places: those behind the newest are given again by their source. Once, after open().
  Result<void> cut_to_place() { return logins_.cut_to_place(); }

  /// The ways in that it sees beside (agent/ways.hpp), as JSON. They go with the next batch where they are others than
  /// this run told last.
  void tell_ways(std::string ways) { ways_ = std::move(ways); }
  [[nodiscard]] bool has_ways() const { return ways_ != told_ways_; }

  // The delivery's side.

  /// The body that waits for its acknowledgement; empty where none does.
  [[nodiscard]] const std::string& pending() const { return pending_; }
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }
  /// Makes the next batch, with or without sightings, durable and pending. Only where none is.
  Result<void> seal(Timestamp now);
  void acknowledged();
  /// The server will never take the pending batch as it is: its first half stands in for it under its number, and a
  /// sighting that can't be halved is given up and counted.
  Result<void> halve(std::string why);
  /// A new agent id: the pending batch becomes the first of its streams. The same one changes nothing.
  Result<void> take_id(std::string agent_id);

  [[nodiscard]] bool has_logins() const { return !rest_.empty() || !logins_.empty(); }
  [[nodiscard]] bool has_detail() const { return !detail_.empty(); }
  [[nodiscard]] std::size_t spooled_bytes() const { return logins_.bytes() + detail_.bytes(); }
  /// Why it is blind, or what the disk says; empty: nothing.
  [[nodiscard]] std::string trouble() const;
  [[nodiscard]] const std::string& witness_class() const { return settings_.witness_class; }
  /// Tries what the disk refused, and keeps how far the witness was looked at.
  void keep(bool synced);

 private:
  Stream(StreamSettings settings, Lane logins, Lane detail, Slots slots, Spans spans);
  void make_room();
  Result<void> store(std::string body, Position logins, Position detail);
  void take(Batch& batch, Taken& logins, Taken& detail);
  void cover(Batch& batch, const Taken& logins);

  StreamSettings settings_;
  Lane logins_, detail_;
  Slots slots_;
  Spans spans_;
  std::string pending_;             // a body
  std::vector<std::string> rest_;   // sightings of a halved batch, before those of the lanes
  std::optional<Timestamp> until_;  // where the newest batch's coverage ends
  std::uint64_t sequence_ = 0;      // of the newest batch
  std::string previous_;            // its hash
  std::string place_;               // of the newest sighting in a batch
  std::string blind_;               // why, while no span is open
  std::string ways_, told_ways_;    // as they are, and as the newest batch that bore them has it
};

}  // namespace countersign::agent

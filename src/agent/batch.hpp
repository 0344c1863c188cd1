// One POST to /agents/v1/batches, as contract.md has it: composed once, then sent byte for byte until it is
// acknowledged. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/spool/line.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::agent {

struct Batch {
  std::string host, boot_id, agent_id, machine_id, witness_class;
  bool contain = false;  // this host lets the server ask for the end of a session
  std::uint64_t sequence = 1;
  std::string previous;  // hex SHA-256 of the body before; empty for a stream's first
  Timestamp sent_at{};
  Timestamp from{}, to{};  // its coverage
  Loss lost;
  std::vector<std::string> sightings;  // JSON objects
  std::string ways{};                  // a JSON array (agent/ways.hpp); empty: it says nothing of them
};

inline constexpr std::string_view version = "0.1.0";

/// The body. Sightings are taken as they are: valid JSON is their maker's promise.
std::string compose(const Batch& batch);
/// The inverse, for a batch that has to be numbered anew or taken apart.
Result<Batch> read_batch(std::string_view body);

}  // namespace countersign::agent

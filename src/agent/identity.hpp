// Who this agent is: the machine, and the agent id and key it keeps in its spool. Passive data.
#pragma once

#include <optional>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"
#include "crypto/signature.hpp"

namespace countersign::agent {

struct Machine {
  std::string machine_id;  // hex SHA-256 of "countersign:" and the machine's own id, which nobody needs to know
  std::string boot_id;
};

/// Fault::unavailable where a file can't be read.
Result<Machine> read_machine(const std::string& machine_id_file, const std::string& boot_id_file);

struct Identity {
  std::string agent_id;                   // empty: not joined yet
  std::string machine_id;                 // of the machine it was made on
  std::optional<crypto::SigningKey> key;  // none with a fixed token
  std::string server_key;                 // 32 bytes, of a joined agent
};

/// The identity in that file, or none. Fault::invalid where it is there and can't be understood.
Result<std::optional<Identity>> load_identity(const std::string& path);
/// Durable on return, readable by this user alone.
Result<void> save_identity(const std::string& path, const Identity& identity);

/// For a fixed token: an id of its own choosing. To join: a key, and no id yet.
Identity new_identity(const Machine& machine, bool joins, Random& random);

}  // namespace countersign::agent

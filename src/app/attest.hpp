// The server's word on the audit chain: a statement of its head, signed with the key that agents know the server by,
// for a bundle that is checked elsewhere. That it was given, and to whom, is an entry of the chain itself. Safe for
// concurrent access; `done` is called once, on a thread of the store.
#pragma once

#include <functional>
#include <string>

#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

struct Attested {
  std::string statement;   // {"at","chain","entries","head","manifest"}: JSON, keys sorted
  std::string signature;   // Ed25519, 64 bytes, over statement_prefix and the statement
  std::string public_key;  // 32 bytes
};

/// Before what is signed, so that it can't be taken for anything else that is signed with this key.
inline constexpr std::string_view statement_prefix = "Countersign audit statement 1\n";

class Attest {
 public:
  using Done = std::move_only_function<void(Result<Attested>)>;

  Attest(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  /// `manifest` is the SHA-256 of what is exported, in hex: 64 digits, else Fault::invalid.
  void state(std::string_view manifest, std::string by, Done done);

 private:
  Store& store_;
  const Clock& clock_;
};

}  // namespace countersign::app

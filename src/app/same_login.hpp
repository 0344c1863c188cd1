// Which stored login another sighting tells of, and which others share its connection. Called on the store's writer,
// inside a Work.
#pragma once

#include <optional>
#include <vector>

#include "app/policy.hpp"
#include "app/store.hpp"
#include "core/reconcile/testimony.hpp"

namespace countersign::app {

/// How far apart the stamps of two accounts of one login may lie, given what is known of their sources.
Duration reach(const core::Streams& streams, Duration window);

struct SameLogin {
  StoredEvent login;
  bool several = false;  // others that are stored could be it too: with this account they may be found to be one
};

/// The login that `account` is one more account of: the same in user too, or told by the other kind of witness of the
/// same connection, so that a mismatch is one event and not two. The nearest, where several could be.
Result<std::optional<SameLogin>> same_login(Ledger& ledger, const Policy& policy, const core::Testimony& account,
                                            bool agent);

/// The other logins that may be of this one's connection, and among them those that are: their accounts are evidence.
struct Connection {
  std::vector<StoredEvent> neighbours;
  std::vector<core::Testimony> accounts;  // the login's own first
};
Result<Connection> connection_of(Ledger& ledger, const Policy& policy, const StoredEvent& login,
                                 const core::Streams& streams);

}  // namespace countersign::app

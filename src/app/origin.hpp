// Where a login truly comes from, when its client is another of our hosts: the session there that made the connection,
// as that host's kernel saw it; where it did not see it, by the client's address and whether the account has a session
// there. Called on the store's writer, inside a Work.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/policy.hpp"
#include "app/store.hpp"

namespace countersign::app {

struct Origin {
  std::string host;   // the name of the host it came from
  Id session;         // the login there that it came out of, or the newest of its account or person; none
  std::string user;   // whose session it came out of, where that is another account than theirs
  std::string words;  // "from bastion, where you have no session", "from bastion, out of mallory's session there"
};

/// Nullopt where neither a kernel of ours saw it made nor the client's address is one of our hosts' (a name or alias of
/// [[host]]), or that is the host itself.
Result<std::optional<Origin>> origin_of(Ledger& ledger, const Policy& policy, const core::Event& event,
                                        const core::Attribution& attribution);

/// Sets the fields via.host, via.session, via.user and adds the words to the news, in place of what an earlier look
/// found. Whether anything changed.
bool set_origin(StoredEvent& login, const Origin& origin);

/// A kernel's account of a connection out of a session: logins that came by it before are traced anew.
Result<void> trace_late(Ledger& ledger, const Policy& policy, const core::Event& out, Timestamp now);

/// News that say "you" to the person they are about, for everybody else.
std::string news_for_others(std::string news, std::string_view person);

}  // namespace countersign::app

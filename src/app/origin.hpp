// Where a login truly comes from, when its client is another of our hosts: the session there that made it, or that
// there is none. Called on the store's writer, inside a Work.
#pragma once

#include <optional>
#include <string>

#include "app/store.hpp"
#include "core/directory.hpp"

namespace countersign::app {

struct Origin {
  std::string host;   // the configured name of the host it came from
  Id session;         // the newest login there of its account or person that has not ended; none
  std::string words;  // "from bastion, where you have no session"
};

/// Nullopt where the client's address is none of our hosts' (a name or alias of [[host]]), or the host itself.
Result<std::optional<Origin>> origin_of(Ledger& ledger, const core::Directory& directory, const core::Event& event,
                                        const core::Attribution& attribution);

}  // namespace countersign::app

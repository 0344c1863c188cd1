// Ways into a host that no witness watches. Its agent tells all of them whenever they change; a new one is a finding,
// once, as somebody has to know of it. Called on the store's writer, inside a Work.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/policy.hpp"
#include "app/store.hpp"

namespace countersign::app {

/// `ways` is all that the agent of `host` sees now.
Result<void> note_ways(Ledger& ledger, const Policy& policy, std::string_view host, const std::vector<Way>& ways,
                       Timestamp now);

/// What it is and what follows, for people: "dropbear: a login daemon that the kernel's witness does not watch".
std::string words_of(const Way& way);

}  // namespace countersign::app

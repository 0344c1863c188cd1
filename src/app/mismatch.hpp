// The finding that a host's log holds messages of one program which, by the journal's own word, another one wrote. One
// a host while it is undecided, whatever comes joins it: who can write one forged line can write a million. Pure.
#pragma once

#include <string_view>

#include "app/finding.hpp"

namespace countersign::app {

/// `program` is what the message says, `words` who wrote it (core/writer.hpp).
Finding find_mismatch(std::string_view host, std::string_view program, Timestamp time, std::string_view words);

}  // namespace countersign::app

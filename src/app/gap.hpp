// A provider says itself that it left messages out: a finding of the security channel's, one for each source while it
// is undecided. Called on the store's writer, inside a Work.
#pragma once

#include <string_view>

#include "app/ingest.hpp"

namespace countersign::app {

Result<void> find_gap(Ledger& ledger, const Policy& policy, std::string_view source, std::string_view left_out,
                      Timestamp now);

}  // namespace countersign::app

// What stands in a server's store, read over the API page by page: to be held against its audit chain, or to be put
// into a bundle. Blocking; one thread.
#pragma once

#include <functional>
#include <string>

#include "audit/claims.hpp"
#include "main/remote.hpp"

namespace countersign::cli {

using RowSink = std::function<Result<void>(const nlohmann::json& row)>;

/// Every row of the list `member` at `path` (which has its query already), whose pages are led on by next_cursor.
Result<void> read_list(const Remote& remote, const std::string& path, const char* member, const RowSink& sink);

/// Every record of the sightings that arrived on that root's day, as it hashes them, in order.
Result<void> read_taken(const Remote& remote, const audit::ClaimedRoot& root,
                        const std::function<Result<void>(const std::string& record)>& sink);

/// The document of a seal in that form, byte for byte.
Result<std::string> read_sealed(const Remote& remote, const std::string& id, const std::string& form);

/// Tells `claims` what stands in the store, and holds its roots and seals. Fault::conflict names what does not hold.
Result<void> hold_store(const Remote& remote, audit::Claims& claims);

}  // namespace countersign::cli

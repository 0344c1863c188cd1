// Where audit entries are read from for checking: a server's API, or the file of a bundle. Blocking; one thread.
#pragma once

#include <functional>
#include <string>

#include "app/rows.hpp"
#include "main/remote.hpp"

namespace countersign::cli {

/// An entry as the API and a bundle write it. Fault::invalid where it is none.
Result<app::AuditEntry> read_audit_entry(const nlohmann::json& object);

/// Handed each entry with its JSON, oldest first; an error ends the reading.
using EntrySink = std::function<Result<void>(const app::AuditEntry& entry, const nlohmann::json& object)>;

/// Every entry of the server's chain after that id (empty: from the first), page by page. `chain` is told the chain's
/// id before the first entry.
Result<void> read_chain(const Remote& remote, const std::function<void(const std::string& chain)>& chain,
                        const EntrySink& sink, std::string after = "");

/// The same of a bundle's audit.jsonl, whose first line is {"chain"}.
Result<void> read_chain(const std::string& file, const std::function<void(const std::string& chain)>& chain,
                        const EntrySink& sink);

}  // namespace countersign::cli

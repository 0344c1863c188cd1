// Values of the database itself: the audit chain's id, the hash key of logins, the server's signing key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "store/rows.hpp"

namespace countersign::store {

Result<std::optional<std::string>> read_meta(Connection& connection, std::string_view name);

/// The random bytes kept under that name, made on first use.
Result<std::string> random_meta(Connection& connection, std::string_view name, Random& random, std::size_t size = 16);

/// The newest id in use anywhere; none in an empty database.
Result<Id> newest_id(Connection& connection);

/// A write that changes nothing of meaning: whether the disk takes one, inside the caller's transaction.
Result<void> write_probe(Connection& connection);

}  // namespace countersign::store

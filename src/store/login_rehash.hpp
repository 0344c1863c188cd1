// Makes the keys of store/login_key.hpp anew after a migration has changed what they are made of.
#pragma once

#include "store/login_key.hpp"
#include "store/rows.hpp"

namespace countersign::store {

/// Nothing where they are as this program makes them. One transaction: a crash leaves them to the next start.
Result<void> rehash_logins(Connection& connection, const HashKey& key);

}  // namespace countersign::store

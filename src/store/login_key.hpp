// Finds the events of one login by one integer index. A key is the hour or so of the event above a keyed hash of what
// must agree, so the index's working part is its recent end and stays in memory, however many events there are.
// The hash is keyed because users and hosts in it are an attacker's to choose. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"

namespace countersign::store {

using HashKey = std::array<std::uint64_t, 2>;

/// The key of 16 bytes.
HashKey hash_key(std::string_view bytes);

/// SipHash-1-3 of the bytes (Aumasson and Bernstein, "SipHash: a fast short-input PRF"). Kept in the file: it can't
/// change without a migration.
std::uint64_t keyed_hash(const HashKey& key, std::string_view bytes);

/// The key stored with the event; nullopt where it names no host, address or port, and so is no login's.
std::optional<std::int64_t> login_key(const HashKey& key, const core::Event& event);

/// The keys that logins on its connection have within `window` before and after; empty where it is no login's. At most
/// 1,000.
std::vector<std::int64_t> login_keys(const HashKey& key, const core::Event& event, Duration window);

}  // namespace countersign::store

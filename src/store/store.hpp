// Opens the SQLite adapter of the Store port. What it returns is safe for concurrent access; destroying it finishes
// what is queued and closes the file.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/store.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace countersign::store {

struct Options {
  std::string url;                                              // "sqlite:PATH"
  const Clock* clock = nullptr;                                 // outlives the store
  Random* random = nullptr;                                     // outlives open(): for the audit chain's id
  std::function<void(bool deliveries, bool timers)> on_commit;  // on the writer's thread, after what changed is durable
  std::function<void()> on_looks{};                             // the same, where a verdict is due to be looked at
  std::function<void()> on_feed{};                              // the same, where the feed grew
  // On the writer's thread, after a commit that changed what is owed: what it gives is written next, before anything
  // that waits and in a transaction of its own.
  std::function<std::optional<app::Store::FollowUp>()> follow_up{};
  int cache_mib = 128;  // the writer's page cache, at most
  std::size_t readers = 2;
  std::size_t write_queue = 10'000, read_queue = 1'000;
};

/// Fault::invalid: not such a URL, another program's file, a newer database, a changed migration. Fault::conflict:
/// another process has it open (its pid is told). Fault::unavailable: the disk.
Result<std::unique_ptr<app::Store>> open(Options options);

}  // namespace countersign::store

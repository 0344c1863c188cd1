// The use case "messages arrived": records → rules → events → one transaction of sightings, events, approvals, owed
// notifications and timers → a tally. Safe for concurrent access; `done` is called once, on a thread of the store
// (or inline where nothing needs storing), when everything is durable.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/decoder.hpp"
#include "app/policy.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::app {

struct Source {
  std::string name;  // the webhook's or tail's
  std::string witness = "log";
  std::vector<std::string> hosts{"*"};  // globs of the hosts it may speak for
  std::string default_program;          // for messages that name none
  bool ask = true;                      // false: backfill, nobody is asked
  bool live = true;                     // false: brought later, so it says nothing about how often the source speaks
  // Patterns of the rules that may read JSON of it which names no program: a host's log can hold a line of any
  // account's and is no witness of what a cloud did.
  std::vector<std::string> json_rules{};
};

/// How far the source has been read once these messages are durable: written in their transaction.
struct Mark {
  std::string name, value;
};

/// received = events + duplicates + quarantined + ignored.
struct Tally {
  std::size_t received = 0, events = 0, duplicates = 0, quarantined = 0, ignored = 0;
};

/// An event a program posted, already in the schema.
struct PostedEvent {
  core::Event event;
  std::string id;  // its own id; empty: the content's digest
  std::string raw;
};

class Ingest {
 public:
  using Done = std::move_only_function<void(Result<Tally>)>;

  Ingest(Store& store, const PolicySource& policy, const Clock& clock)
      : store_(store), policy_(policy), clock_(clock) {}

  void messages(const Source& source, Decoded decoded, Done done, std::optional<Mark> mark = std::nullopt);

  struct Accepted {
    Id event;
    bool duplicate = false;
  };
  void event(const Source& source, PostedEvent posted, std::move_only_function<void(Result<Accepted>)> done);

 private:
  Store& store_;
  const PolicySource& policy_;
  const Clock& clock_;
};

}  // namespace countersign::app

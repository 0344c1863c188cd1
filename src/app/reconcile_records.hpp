// The facet of the store port that reconciliation works on: logins whose verdict is open, the accounts their witnesses
// gave, and what was learnt about the sources. Lives inside the call its Ledger or View is handed to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/rows.hpp"
#include "base/result.hpp"
#include "core/reconcile/learnt.hpp"

namespace countersign::app {

/// A login whose verdict may still change.
struct Unsettled {
  Id event;
  std::string host;
  Timestamp since{}, deadline{};  // what the kernel's witness must have watched
  std::optional<Timestamp> due;   // none: looked at again when something arrives
};

/// A host and the first root session on it: from there on its own witnesses are only as good as root was.
struct FirstRoot {
  std::string host;
  Timestamp time{};
  Id event;
};

/// A connection that was made from inside a session.
struct ConnectionOut {
  std::string host, user;           // whose session
  std::optional<std::int64_t> pid;  // of the sshd that serves it
  Timestamp time{};
};

class ReconcileRecords {
 public:
  virtual ~ReconcileRecords() = default;

  /// Logins that may tell of the same connection: those of its host, address and port, and, `by_process`, the
  /// unsettled ones of its host and pid, whose time lies within `window` of it. The newest 64, with sightings.
  virtual Result<std::vector<StoredEvent>> near(const core::Event& event, Duration window, bool by_process) = 0;
  /// Successful SSH logins on its host within `window` that may be the same where one of the two tells no port: the
  /// newest 64, with sightings.
  virtual Result<std::vector<StoredEvent>> portless(const core::Event& event, Duration window) = 0;
  virtual Result<StoredEvent> login(Id event) = 0;  // with sightings
  /// Writes what the event did not know before (its typed fields); its sightings keep what they said.
  virtual Result<void> complete(const StoredEvent& event) = 0;
  /// Writes verdict, reasons, independent and finding.
  virtual Result<void> judged(const StoredEvent& event) = 0;

  /// Digests of what findings about the login told of already.
  virtual Result<std::vector<std::string>> disputed(Id login) = 0;
  virtual Result<void> add_disputed(Id login, std::string_view digest) = 0;  // once

  virtual Result<void> unsettle(const Unsettled& login) = 0;  // or changes it
  virtual Result<void> settle(Id event) = 0;
  /// Settles those whose deadline was before that and that are not due; an account that comes after all unsettles anew.
  virtual Result<void> let_go(Timestamp before, std::size_t limit) = 0;
  /// Looks again at the unsettled logins of `host` whose span touches [from, until]: something was learnt about it.
  virtual Result<void> look_again(std::string_view host, Timestamp from, Timestamp until, Timestamp due) = 0;
  virtual Result<std::vector<Id>> due_looks(Timestamp now, std::size_t limit) = 0;  // oldest first
  virtual Result<std::optional<Timestamp>> next_look() = 0;

  /// An account of that time arrived. True where it is older than all before: more is known about the host's past.
  virtual Result<bool> heard(std::string_view host, std::string_view source, std::string_view witness, Timestamp time,
                             Timestamp arrival) = 0;
  virtual Result<core::Streams> streams(std::string_view host) = 0;
  virtual Result<void> learnt(std::string_view host, const core::Stream& stream) = 0;  // its samples
  /// When this source last spoke for any host.
  virtual Result<std::optional<Timestamp>> last_heard(std::string_view source) = 0;

  virtual Result<void> root_session(std::string_view host, Timestamp time, Id event) = 0;  // the oldest stays
  /// The newest connection that a kernel's witness saw leave a session of its host from that address and port.
  virtual Result<std::optional<ConnectionOut>> connection_out(std::string_view address, std::int64_t port,
                                                              Timestamp from, Timestamp until) = 0;
  /// The newest login of that user and sshd's process on that host in [from, until], ended or not.
  virtual Result<std::optional<Id>> session_of_process(std::string_view host, std::string_view user, std::int64_t pid,
                                                       Timestamp from, Timestamp until) = 0;
  virtual Result<void> traced(const StoredEvent& login) = 0;  // writes the news and the fields via.*
  /// The newest login of that user on that host in [from, until] that has not ended, if any.
  virtual Result<std::optional<Id>> session_of(std::string_view host, std::string_view user, Timestamp from,
                                               Timestamp until) = 0;
};

/// What reports show of it.
class ReconcileFigures {
 public:
  virtual ~ReconcileFigures() = default;
  struct HostStreams {
    std::string host;
    core::Streams streams;
  };
  virtual Result<std::vector<HostStreams>> all_streams() = 0;  // by host
  virtual Result<std::vector<FirstRoot>> first_roots() = 0;    // by host
};

}  // namespace countersign::app

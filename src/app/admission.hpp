// One recognised event enters the ledger: is it new, another sighting of a known login, a redelivery, or an id that
// came back with other content? What is new is attributed, and its approval, messages and timers are written with it.
// Called on the store's writer, inside a Work; keeps what it learnt for the length of one Work.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "app/policy.hpp"
#include "app/same_login.hpp"
#include "app/store.hpp"

namespace countersign::app {

/// An event about to be admitted, with the sighting that brought it (its event id still unset).
struct Arrival {
  core::Event event;
  Sighting sighting;
  const core::Rule* rule = nullptr;  // null: posted by a program
  bool ask = true;                   // false: backfill; the first that asks asks about it
  std::string mismatch;              // who else wrote it, by the journal's word; empty: nobody else
};

class Admission {
 public:
  Admission(Ledger& ledger, const Policy& policy, Timestamp now) : ledger_(ledger), policy_(policy), now_(now) {}

  struct Admitted {
    Id event;
    bool duplicate = false;
  };
  Result<Admitted> admit(Arrival arrival);

 private:
  /// Not its person is asked about a message that another program wrote, but the security team, about all of them.
  Result<void> doubt(StoredEvent& stored, std::string_view mismatch);
  Result<Id> add_new(Arrival arrival, bool finding, bool agent);
  /// The same message of the same source.
  Result<Admitted> again(Id event, const Arrival& arrival);
  /// Whether the event waits for a source that asks, and this is one.
  Result<bool> awaits(Id event, const Arrival& arrival);
  /// Adds the sighting to the login that it tells of too; what its source says again and again is counted only.
  Result<void> confirm(SameLogin same, Arrival arrival, bool agent);
  /// Asks about an event that its sources so far ask nobody about, as if this were its arrival: with this account of
  /// it, so that nobody answers for a login by bringing an account of it first. False where there is nothing to ask.
  Result<bool> ask_late(const StoredEvent& known, const Arrival& arrival);
  /// Whether an agent is on the host: then its logins are reconciled.
  Result<bool> has_agent(const Arrival& arrival);
  /// Remembers that the source spoke for the host.
  Result<void> hear(const Arrival& arrival);
  /// The verdict is made, or made anew, as soon as this is durable.
  Result<void> reconcile(Id login, const core::Event& event);
  /// Finds or makes the approval this event is asked under, and sets what it says about it.
  Result<void> ask(StoredEvent& stored, const core::Terms& terms, bool finding);
  /// Marks as expected what a change made at run time covers.
  Result<void> cover(const core::Event& event, core::Approval& approval, core::Attribution& attribution);
  /// Says where a login that comes from another of our hosts comes from.
  Result<void> trace(StoredEvent& stored, const core::Attribution& attribution);
  Result<void> join(StoredEvent& stored, Id approval);
  /// Whether its person was asked as much as anybody may be: then the event waits in a finding of its own kind, so that
  /// who can write log lines can't bury a person in questions, nor make an event easier to approve.
  Result<bool> flooded(StoredEvent& stored, const core::Approval& question);
  Result<void> open(StoredEvent& stored, core::Approval approval, const core::Attribution& attribution);
  Result<std::string> news(const core::Event& event, const core::Attribution& attribution);
  Result<bool> first_time(const std::string& subject, const std::string& kind, const std::string& value);

  Ledger& ledger_;
  const Policy& policy_;
  const Timestamp now_;
  std::set<std::tuple<std::string, std::string, std::string>> known_;  // asked of the ledger already in this Work
  std::optional<std::vector<core::ExpectedChange>> changes_;           // those in force, once asked for
  std::map<std::string, bool> agents_;                                 // by host, of this Work
  // The oldest time that a source told of a host in this Work, by host, source and witness.
  std::map<std::tuple<std::string, std::string, std::string>, Timestamp> heard_;
  std::map<std::string, Id> doubts_;  // findings raised or joined in this Work, by host
  std::map<std::string, Id> bursts_;  // opened or joined in this Work
  std::map<std::string, Id> floods_;  // findings joined in this Work, by their key
};

}  // namespace countersign::app

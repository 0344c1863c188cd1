// Who is who: people, service accounts and hosts as configured, and which of them an event leads to.
// Immutable once made; safe for concurrent access.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "core/event.hpp"
#include "core/expected.hpp"
#include "core/network.hpp"

namespace countersign::core {

/// "alice" (on any host) or "ubuntu@web*".
struct Account {
  std::string user, host = "*";
};

struct Certificate {
  std::string id, authority;  // authority empty: any that the host trusts
};

struct Person {
  std::string name, slack_user, email;
  std::vector<Account> accounts;
  std::vector<std::string> keys;
  std::vector<Certificate> certificates;
};

struct ServiceAccount {
  std::string user, purpose, owner;
  std::vector<std::string> keys;
  std::vector<Network> networks;
  std::vector<std::string> hosts;  // globs
  std::optional<std::chrono::sys_days> review_by;
  /// Without any of these every login goes to the channel.
  [[nodiscard]] bool has_policy() const { return !keys.empty() || !networks.empty() || !hosts.empty(); }
};

struct Host {
  std::string name;
  std::vector<std::string> aliases, groups;
  std::optional<Severity> severity;
  bool log = false;    // a log stream is owed for it
  bool agent = false;  // an agent reports for it
  // A longer silence of its log is a finding; none: as it was learnt.
  std::optional<Duration> silent_after = {};
};

/// Whom an event leads to, and why it goes where it goes.
struct Attribution {
  std::string person;             // empty: nobody is asked, the channel is
  std::vector<std::string> told;  // other people it concerns (key and account disagree)
  std::string service_account;    // its unix user, where it is one
  std::string basis;              // "certificate", "key", "account", "email", "service_account", "nobody"
  bool expected = false;          // covered by a policy or an expected change: nobody is asked
  bool to_channel = false;        // the security channel sees it at once
  std::string reason;             // in words, for the message: why the channel, or what covers it
  bool unknown_key = false;       // a key not listed for a person who lists keys
};

class Directory {
 public:
  struct Entries {
    std::vector<Person> people;
    std::vector<ServiceAccount> services;
    std::vector<Host> hosts;
    std::vector<ExpectedChange> expected;
    std::unordered_map<std::string, std::string> key_names;  // by fingerprint; keys without a name are not in it
    bool agents_join = false;                                // agents may join beside the configured hosts
  };

  Directory() = default;
  explicit Directory(Entries entries);

  /// By certificate (id and CA), key, unix account on that host, declared e-mail address; product.md "Identity".
  [[nodiscard]] Attribution attribute(const Event& event) const;

  [[nodiscard]] const Person* person(std::string_view name) const;
  [[nodiscard]] const Person* by_slack_user(std::string_view id) const;
  /// The configured host of that name or alias, or null. Names have one spelling here: core/host_name.hpp.
  [[nodiscard]] const Host* host(std::string_view name) const;
  /// What a host that somebody calls so is called here: its configured name, else that name's one spelling.
  [[nodiscard]] std::string host_name(std::string_view name) const;
  /// What the configuration calls that key; empty: nothing.
  [[nodiscard]] std::string key_name(const std::string& fingerprint) const;
  [[nodiscard]] const Entries& entries() const { return entries_; }

 private:
  [[nodiscard]] const Person* by_certificate(const Event& event) const;
  [[nodiscard]] std::vector<const Person*> by_account(std::string_view user, std::string_view host) const;
  [[nodiscard]] const ServiceAccount* service(std::string_view user) const;
  [[nodiscard]] const ExpectedChange* expected(const Event& event, std::string_view person) const;
  [[nodiscard]] Attribution of_service(const ServiceAccount& service, const Event& event) const;

  Entries entries_;
  // Places in entries_:
  std::unordered_map<std::string, std::size_t> person_by_key_, person_by_name_, person_by_slack_user_, host_by_name_;
  std::unordered_map<std::string, std::vector<std::size_t>> people_by_user_;  // in order, by the unix user they list
};

}  // namespace countersign::core

// Two accounts of one connection held against each other: user, key, method, address. What only one of them tells is
// no difference. Pure.
#pragma once

#include <array>
#include <set>
#include <string>
#include <vector>

#include "core/reconcile/testimony.hpp"

namespace countersign::core {

/// What sshd logs where it can't tell the client's end (openssh packet.c, "UNKNOWN" port 65535).
inline constexpr std::int64_t unknown_port = 65535;

bool users_agree(const Event& a, const Event& b);

struct Difference {
  std::string words;                // for people: "user: papertrail (log) says alice, agent:web1 (kernel) says bob"
  std::array<std::string, 2> said;  // whoever says it: "user: alice", "user: bob"
  bool operator==(const Difference&) const = default;
};

/// Empty: they agree. The kernel's account comes second, else the one whose source sorts later, so order tells nothing.
std::vector<Difference> differences(const Testimony& a, const Testimony& b);

/// What all these accounts say against each other.
struct Contradictions {
  std::set<std::string> words, said;  // of the differences
  std::set<std::size_t> accounts;     // the places of those that differ from another
};
/// `of_one_user`: between two accounts that name different users nothing is compared, as they are of two logins.
Contradictions contradictions(const std::vector<Testimony>& accounts, bool of_one_user);

/// Those accounts, each with its source, class, method and key; of what one source says the first few.
std::string side_by_side(const std::vector<Testimony>& accounts, const std::set<std::size_t>& which);

}  // namespace countersign::core

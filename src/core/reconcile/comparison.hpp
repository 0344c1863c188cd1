// Two accounts of one connection held against each other: user, key, method, address. What only one of them tells is
// no difference. Pure.
#pragma once

#include <array>
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

}  // namespace countersign::core

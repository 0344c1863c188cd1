// Do two accounts tell of the same connection, or of the same login? Symmetric and blind to the order of arrival.
// The host's name is the configured one already (aliases are resolved where accounts come in). Pure.
#pragma once

#include "core/reconcile/learnt.hpp"
#include "core/reconcile/testimony.hpp"

namespace countersign::core {

enum class Relation {
  none,
  connection,  // one connection, and they name different users
  login,       // one login, as far as either says
};

/// When it happened by the kernel's clock: one moment, or a span where the source stamps its receipt only.
struct Moment {
  Timestamp earliest{}, latest{};
};
/// A source whose stamps are known to lie off by more than a quarter of the window is set right. A receipt's stamp may
/// be as late as that source usually is, or by `window` where that is not known yet.
Moment moment_of(const Testimony& account, const Streams& streams, Duration window);

/// Times lie within `window` of each other, hosts agree, and either address and port agree, or, between the kernel and
/// a claim, pid and port do where the address differs or a port is not known. Where the kernel saw two pids they are
/// two connections, whatever else agrees; two claims of one user at one address and port are one login (contract.md).
Relation relation(const Testimony& a, const Testimony& b, const Streams& streams, Duration window);

/// Whether a kernel's witness that tells no port may mean the other's login (of claims contract.md wants the port): the
/// same host and client and, as far as both tell, user and process, at about the same time, told by another source.
/// Several logins may be alike: the caller takes the one nearest in time.
bool alike(const Testimony& a, const Testimony& b, const Streams& streams, Duration window);

/// Whether both know the client's address and port, and they are the same.
bool same_ends(const Event& a, const Event& b);

/// Whether the two name the same connection's process. Nullopt where either names none. A process inside a container
/// has a second pid, "process.namespace_pid", which is the one its log line bears.
std::optional<bool> same_process(const Event& a, const Event& b);

}  // namespace countersign::core

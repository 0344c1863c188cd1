// Which sessions of a denied login, or of the login that a denied finding is about, an agent can be asked to end; and
// why not the others. The one place that says so: for the offer in a message and for the request alike.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "core/approval.hpp"

namespace countersign::app {

class Ledger;
struct FullApproval;

/// A session as the kernel's witness on its host names it.
struct OpenSession {
  Id event;  // the one under the approval
  std::string host, user, address;
  std::optional<std::int64_t> port;
  std::int64_t pid = 0, start = 0;
  std::string boot, agent;
};

struct Containable {
  std::vector<OpenSession> sessions;
  bool asked = false;   // an agent was asked to end one and has not answered yet
  std::string why_not;  // of the first that can't be ended from here, in words; empty: none, or no session at all
};

/// On the store's writer, inside a Work. Nothing where nothing is denied.
Result<Containable> containable(Ledger& ledger, const core::Approval& approval, Timestamp now);

/// Whether a page of it may offer that: what only the writer knows is left to the request.
bool may_be_containable(const FullApproval& full);

}  // namespace countersign::app

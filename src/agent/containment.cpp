#include "agent/containment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/process.hpp"
#include "agent/sighting_json.hpp"

namespace countersign::agent {
namespace {

constexpr auto remembered_for = std::chrono::hours(1);

}  // namespace

void Containment::asked(const std::vector<Asked>& requests, Timestamp now) {
  std::erase_if(done_, [&](const auto& entry) { return entry.second <= now; });
  for (const auto& one : requests) {
    const auto reading = read_request(one.payload, one.signature, parts_.addressee(), now);
    if (!reading.request && reading.request.error().fault == Fault::unauthorized) {
      parts_.tell(fmt::format("not obeyed: {}", reading.request.error().message));
      continue;
    }
    // Asked again until the report has arrived; done once.
    if (!done_.emplace(reading.id, now + remembered_for).second) continue;
    const auto outcome = reading.request ? carry_out(*reading.request) : std::unexpected(reading.request.error());
    report(reading.id, reading.request.value_or(EndSession{}), outcome, now);
  }
}

Result<void> Containment::carry_out(const EndSession& request) {
  if (!parts_.allowed) return fail(Fault::forbidden, "this host does not allow it: contain = false");
  const auto process = read_process(request.pid);
  if (!process || process->start != request.start) return fail(Fault::not_found, "the session has ended already");
  const auto sessions = parts_.sessions();
  const auto known = std::ranges::find_if(sessions, [&](const ebpf::Session& session) {
    return session.pid == request.pid && session.start == request.start;
  });
  if (known == sessions.end() && !runs_under_sshd(*process))
    return fail(Fault::forbidden, "process {} is none of sshd's", request.pid);
  if (known != sessions.end() && !request.user.empty() && !known->user.empty() && known->user != request.user)
    return fail(Fault::forbidden, "process {} is another user's session", request.pid);
  return parts_.end(request.pid, request.start);
}

void Containment::report(const std::string& id, const EndSession& request, const Result<void>& outcome, Timestamp now) {
  const auto message = outcome ? std::string("the session was ended") : outcome.error().message;
  parts_.tell(fmt::format("asked to end session of process {}: {}", request.pid, message));
  core::Event event;
  event.time = now;
  event.action = "containment";
  event.outcome = outcome ? "success" : "failure";
  event.user = request.user;
  if (request.pid > 0) event.pid = request.pid;
  core::set_field(event, "containment.id", id);
  if (!outcome) core::set_field(event, "message", message);
  parts_.report({sighting_json(event, fmt::format("containment:{}", id)), false, ""});
}

}  // namespace countersign::agent

#include "app/agent_findings.hpp"

#include "base/text.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t longest_name = 80;

Result<Id> raise_about(Ledger& ledger, const Policy& policy, std::string kind, std::string_view host,
                       std::string_view agent, std::string key, std::string reason, Timestamp now) {
  Finding finding;
  finding.kind = std::move(kind);
  finding.key = std::move(key);
  finding.event.host = host;
  finding.event.time = now;
  if (!agent.empty()) core::set_field(finding.event, "agent.id", std::string(agent));
  finding.reason = std::move(reason);
  auto raised = raise_finding(ledger, policy, std::move(finding), now);
  if (!raised) return std::unexpected(raised.error());
  return raised->approval;
}

std::string key_of(const AgentStream& stream) {
  return fmt::format("{}\x1f{}\x1f{}", stream.host, stream.agent, stream.witness);
}

}  // namespace

Result<Id> find_conflict(Ledger& ledger, const Policy& policy, const AgentStream& stream, std::int64_t sequence,
                         Timestamp now) {
  return raise_about(
      ledger, policy, "agent_conflict", stream.host, stream.agent, key_of(stream),
      fmt::format("batch {} of the {} witness of {} came again with other content: two agents use one key, or somebody "
                  "forges its batches; its coverage ends here until this is decided",
                  sequence, stream.witness, one_line(stream.host, longest_name)),
      now);
}

Result<Id> find_broken_chain(Ledger& ledger, const Policy& policy, const AgentStream& stream, std::int64_t sequence,
                             Timestamp now) {
  return raise_about(
      ledger, policy, "agent_chain", stream.host, stream.agent, key_of(stream),
      fmt::format("batch {} of the {} witness of {} does not follow the batch that came before it: something was put "
                  "in its place or taken out; its coverage ends here until this is decided",
                  sequence, stream.witness, one_line(stream.host, longest_name)),
      now);
}

Result<Id> find_clone(Ledger& ledger, const Policy& policy, const Agent& agent, std::string_view elsewhere,
                      Timestamp now) {
  return raise_about(ledger, policy, "agent_clone", agent.host, agent.id, fmt::format("{}\x1f{}", agent.host, agent.id),
                     fmt::format("the agent of {} is in two places: {}; a machine was cloned, or its key was copied",
                                 one_line(agent.host, longest_name), elsewhere),
                     now);
}

Result<Id> find_second_agent(Ledger& ledger, const Policy& policy, std::string_view host, std::string_view what,
                             Timestamp now) {
  return raise_about(ledger, policy, "agent_second", host, "", std::string(host),
                     fmt::format("second agent for {}: {}", one_line(host, longest_name), what), now);
}

}  // namespace countersign::app

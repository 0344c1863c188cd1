#include "app/aliases.hpp"

#include <algorithm>

#include "app/accounts.hpp"
#include "base/text.hpp"
#include "core/host_name.hpp"
#include "core/reconcile/alias.hpp"
#include "core/reconcile/matching.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t most_pairs = 1000, most_shared = 5;

bool is_declared(const AliasEvidence& pair, const core::Directory& directory) {
  const auto* host = directory.host(pair.host);
  return host && directory.host(pair.name) == host;
}

std::string seconds_of(Timestamp at) {
  return to_rfc3339(std::chrono::floor<std::chrono::seconds>(at));
}

std::string words_of(const AliasProposal& proposal) {
  const auto& pair = proposal.evidence;
  const bool one = pair.logins == 1;
  const auto process = pair.same_process == 0 ? std::string("; its lines bear no process's id")
                       : pair.same_process == pair.logins
                           ? std::string(", and the process's id in all")
                           : fmt::format(", and the process's id in {}", pair.same_process);
  auto words = fmt::format(
      "{} login{} that the kernel of {} saw {} told of by {} as of {} from {} to {}: address, port, "
      "user and time agree{}",
      pair.logins, one ? "" : "s", pair.host, one ? "was" : "were", one_line(pair.source, 120), pair.name,
      seconds_of(pair.first), seconds_of(pair.last), process);
  if (proposal.is_relay())
    return words + fmt::format(
                       "; lines of {} bear that name too, so it is a relay's, and no alias: let it keep the "
                       "sender's name",
                       fmt::join(proposal.shared, ", "));
  if (proposal.declared)
    words += fmt::format("; {} is declared as a host of its own: make the two one [[host]]", pair.name);
  return words;
}

/// To be pasted: the names consist of letters, digits and punctuation that TOML's strings take as they are.
std::string toml_of(const AliasEvidence& pair, const core::Directory& directory) {
  const auto* host = directory.host(pair.host);
  std::vector<std::string> aliases = host ? host->aliases : std::vector<std::string>();
  aliases.push_back(pair.name);
  std::string quoted;
  for (const auto& alias : aliases)
    quoted += fmt::format("{}\"{}\"", quoted.empty() ? "" : ", ", alias);
  return fmt::format("[[host]]\nname = \"{}\"\naliases = [{}]\n", host ? host->name : pair.host, quoted);
}

}  // namespace

Result<std::optional<ToldElsewhere>> find_elsewhere(Ledger& ledger, const Policy& policy, const StoredEvent& login,
                                                    const std::vector<core::Testimony>& accounts) {
  const auto lines = ledger.lines_elsewhere(login.event, policy.match_window);
  if (!lines) return std::unexpected(lines.error());
  for (const auto& line : *lines)
    for (const auto& told : accounts_of(line))
      for (const auto& seen : accounts) {
        if (!core::told_elsewhere(seen, told, policy.match_window)) continue;
        ToldElsewhere found{login.id,
                            line.id,
                            login.event.host,
                            line.event.host,
                            told.source,
                            login.event.time,
                            core::same_process(seen.event, told.event).value_or(false)};
        if (auto noted = ledger.note(found); !noted) return std::unexpected(noted.error());
        return found;
      }
  return std::nullopt;
}

Result<Aliases> undeclared_aliases(View& view, const core::Directory& directory) {
  auto pairs = view.alias_evidence(most_pairs);
  if (!pairs) return std::unexpected(pairs.error());
  Aliases aliases;
  for (const auto& pair : *pairs) {
    if (is_declared(pair, directory)) continue;
    AliasProposal proposal;
    proposal.evidence = pair;
    proposal.declared = directory.host(pair.name) != nullptr;
    for (const auto& other : *pairs)
      if (other.name == pair.name && other.host != pair.host && proposal.shared.size() < most_shared)
        proposal.shared.push_back(other.host);
    proposal.words = words_of(proposal);
    const bool enough = pair.logins >= logins_to_propose;
    if (enough && !proposal.is_relay() && core::is_host_name(pair.host)) proposal.toml = toml_of(pair, directory);
    (enough ? aliases.proposed : aliases.candidates).push_back(std::move(proposal));
  }
  return aliases;
}

}  // namespace countersign::app

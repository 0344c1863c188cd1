#include "app/would_ask.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t longest_reason = 300;

bool is_expected(const Policy& policy, const std::vector<core::ExpectedChange>& changes, const core::Event& account,
                 core::Approval standing) {
  const auto attribution = policy.directory.attribute(account);
  standing.person = attribution.person;
  return attribution.expected || core::covering(changes, account, attribution, standing, policy.directory);
}

}  // namespace

Result<std::string> unasked_words(Ledger& ledger, const Policy& policy, const StoredEvent& login,
                                  const core::Evidence& evidence, const core::Judgement& judgement, Timestamp now) {
  if (judgement.differing.empty() || !login.approval || login.state != core::ApprovalState::expected)
    return std::string();
  const auto standing = ledger.approval(login.approval);
  if (!standing) return std::unexpected(standing.error());
  const auto changes = ledger.expected_changes(now - policy.schedule.ask_within, false);
  if (!changes) return std::unexpected(changes.error());
  const bool all_expected = std::ranges::all_of(judgement.differing, [&](std::size_t place) {
    return is_expected(policy, *changes, evidence.accounts[place].event, *standing);
  });
  if (all_expected) return std::string();
  return fmt::format(
      "Nobody was asked about it ({}), and by one of these accounts somebody would have been: it needs a human's word "
      "now. ",
      one_line(standing->reason, longest_reason));
}

}  // namespace countersign::app

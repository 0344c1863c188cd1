#include "chat/slack/read_waiting.hpp"

#include "chat/slack/waiting.hpp"

namespace countersign::chat::slack {

Result<WaitingRows> read_waiting(app::View& view, const std::optional<core::Actor>& reader, Timestamp now) {
  WaitingRows rows;
  if (!reader) return rows;
  app::ApprovalFilter filter;
  filter.state = core::ApprovalState::pending;
  filter.limit = most_waiting;
  filter.oldest_first = true;
  filter.person = reader->name;
  auto mine = view.approvals(filter);
  if (!mine) return std::unexpected(mine.error());
  rows.mine = std::move(mine->rows);
  const auto total_mine = view.pending_of(reader->name);
  if (!total_mine) return std::unexpected(total_mine.error());
  rows.total_mine = *total_mine;
  if (!reader->security) return rows;
  filter.person.clear();
  auto all = view.approvals(filter);
  if (!all) return std::unexpected(all.error());
  rows.all = std::move(all->rows);
  const auto standing = view.standing(now);
  if (!standing) return std::unexpected(standing.error());
  rows.total = standing->pending_approvals;
  return rows;
}

}  // namespace countersign::chat::slack

#include "store/view.hpp"

namespace countersign::store {

Result<std::vector<app::SlackUser>> SqliteView::slack_users() {
  std::vector<app::SlackUser> users;
  Rows rows(connection_, "SELECT id, checked_at, standing FROM slack_user");
  while (rows.next())
    users.push_back({rows.text(0), rows.time(1), rows.text(2)});
  return rows.result(std::move(users));
}

}  // namespace countersign::store

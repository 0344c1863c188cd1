#include "app/rows.hpp"

namespace countersign::app {

std::string_view to_text(NotificationState state) {
  switch (state) {
    case NotificationState::pending:
      return "pending";
    case NotificationState::sent:
      return "sent";
    case NotificationState::failed:
      return "failed";
    case NotificationState::cancelled:
      return "cancelled";
  }
  return "";
}

}  // namespace countersign::app

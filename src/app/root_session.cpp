#include "app/root_session.hpp"

#include "core/login.hpp"

namespace countersign::app {

bool is_root(const core::Event& event) {
  return event.user == "root" || core::field(event, "user.id") == "0";
}

bool begins_root(const core::Event& event, const core::Rule* rule) {
  if (event.outcome == "failure" || event.host.empty()) return false;  // a cloud's root is no host's
  if (core::is_login(event.action) && is_root(event)) return true;
  return rule && core::field(event, "user.effective.name") == "root" && core::terms_of(*rule, event).ask;
}

}  // namespace countersign::app

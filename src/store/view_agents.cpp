#include "store/agent_rows.hpp"
#include "store/coverage_rows.hpp"
#include "store/view.hpp"

namespace countersign::store {

Result<core::Coverage> SqliteView::coverage(std::string_view host, std::string_view witness, Timestamp from,
                                            Timestamp until) {
  return read_coverage(connection_, host, witness, from, until);
}

Result<bool> SqliteView::connection_started(std::string_view host, std::string_view address, std::int64_t port,
                                            Timestamp from, Timestamp until) {
  return read_connection_started(connection_, host, address, port, from, until);
}

Result<std::optional<app::Agent>> SqliteView::joined_agent(std::string_view id) {
  return read_joined_agent(connection_, id);
}

Result<std::vector<app::AgentHost>> SqliteView::agent_hosts() {
  return read_agent_hosts(connection_);
}

Result<std::string> SqliteView::server_key() {
  return read_server_key(connection_);
}

}  // namespace countersign::store

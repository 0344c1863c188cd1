// The tracker's records and connections; tracker_logins.cpp says what a connection's own records tell, and
// tracker_details.cpp those of what is done in it.
#include "ebpf/tracker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "ebpf/event_fields.hpp"
#include "ebpf/wire_text.hpp"

namespace countersign::ebpf {
namespace {

bool is_detail(std::uint32_t kind) {
  return kind >= WIRE_FAILURE;
}

/// The record as a T, its missing tail zero: those that end in text are sent as long as the text is.
template <typename T>
bool read_record(std::string_view bytes, std::size_t least, T& into) {
  if (bytes.size() < least) return false;
  std::memcpy(&into, bytes.data(), std::min(bytes.size(), sizeof(T)));
  return true;
}

}  // namespace

void Tracker::take(std::string_view bytes, Timestamp boot, const Sink& sink) {
  const auto with = [&](auto record, std::size_t least, const auto& use) {
    if (read_record(bytes, least, record))
      use(record);
    else
      ++unreadable_;
  };
  wire_head head{};
  if (!read_record(bytes, sizeof head, head)) {
    ++unreadable_;
    return;
  }
  switch (head.kind) {
    case WIRE_CONNECTION:
      return with(wire_connection{}, sizeof(wire_connection), [&](auto& r) { on_connection(r, boot, sink); });
    case WIRE_LOGIN:
    case WIRE_FAILURE:
      return with(wire_auth{}, offsetof(wire_auth, key), [&](auto& r) { on_auth(r, boot, sink); });
    case WIRE_DROP:
      return with(wire_drop{}, sizeof(wire_drop), [&](auto& r) { on_drop(r, boot, sink); });
    case WIRE_END:
      return with(wire_end{}, sizeof(wire_end), [&](auto& r) { on_end(r, boot, sink); });
    case WIRE_ADOPTED:
      return with(wire_adopted{}, sizeof(wire_adopted), [&](auto& r) { on_adopted(r, boot); });
    case WIRE_DAEMON:
      return;
    case WIRE_EXEC:
      return with(wire_exec{}, offsetof(wire_exec, args), [&](auto& r) { on_exec(r, boot, sink); });
    case WIRE_EXIT:
      return with(wire_exit{}, sizeof(wire_exit), [&](auto& r) { on_exit(r, boot, sink); });
    case WIRE_LOG:
      return with(wire_log{}, offsetof(wire_log, text), [&](auto& r) { on_log(r, boot, sink); });
    case WIRE_CONNECT:
      return with(wire_connect{}, sizeof(wire_connect), [&](auto& r) { on_connect(r, boot, sink); });
    case WIRE_OPEN:
      return with(wire_open{}, offsetof(wire_open, path), [&](auto& r) { on_open(r, boot, sink); });
    default:
      ++unreadable_;
  }
}

Tracker::Connection& Tracker::connection_of(const wire_head& head) {
  const auto known = connections_.find({head.conn_pid, head.conn_start});
  if (known != connections_.end()) return known->second;
  stray_ = Connection();
  auto& connection = is_detail(head.kind) ? stray_ : connections_[{head.conn_pid, head.conn_start}];
  const auto name = fmt::format("{}-{}-{}", settings_.boot_id, head.conn_pid, ticks(head.conn_start));
  connection.id = to_hex(crypto::sha256(name)).substr(0, 16);
  connection.head = head;
  return connection;
}

void Tracker::meet(Connection& connection, const wire_peer& peer) {
  if (connection.peer.family == 0) connection.peer = peer;
}

Sighting Tracker::sighting(const Connection& connection, std::string action, const wire_head& head, Timestamp boot,
                           bool once) const {
  Sighting made;
  made.id = once ? fmt::format("{}:{}:1", connection.id, action)
                 : fmt::format("{}:{}:{}-{}", connection.id, action, head.at, head.pid);
  made.event.time = time_of(head, boot);
  made.event.action = std::move(action);
  made.event.process = "sshd";
  made.event.pid = connection.head.conn_pid;
  made.event.user = connection.login.user;
  made.event.address = address_text(connection.peer.family, connection.peer.remote);
  if (connection.peer.family != 0) made.event.port = connection.peer.remote_port;
  if (connection.head.conn_ns_level != 0)
    add(made.event, "process.namespace_pid", std::to_string(connection.head.conn_ns_pid));
  add(made.event, "process.start", std::to_string(ticks(connection.head.conn_start)));
  add(made.event, "session.id", connection.id);
  add(made.event, "host.boot_id", settings_.boot_id);
  return made;
}

std::vector<Session> Tracker::sessions() const {
  std::vector<Session> running;
  for (const auto& [key, connection] : connections_) {
    if (!connection.logged_in || connection.ended) continue;
    Session session;
    session.id = connection.id;
    session.pid = key.first;
    session.start = ticks(key.second);
    session.namespace_pid = connection.head.conn_ns_pid;
    session.user = connection.login.user;
    session.uid = connection.uid == WIRE_NOBODY ? -1 : static_cast<std::int64_t>(connection.uid);
    session.address = address_text(connection.peer.family, connection.peer.remote);
    session.port = connection.peer.remote_port;
    session.server_port = connection.peer.local_port;
    session.method = connection.login.method;
    session.key = connection.login.key;
    session.since = connection.since;
    session.adopted = connection.adopted;
    running.push_back(std::move(session));
  }
  std::ranges::sort(running, {}, [](const Session& session) { return std::pair(session.since, session.pid); });
  return running;
}

}  // namespace countersign::ebpf

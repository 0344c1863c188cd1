// Connections, logins and their ends.
#include <utility>

#include "ebpf/event_fields.hpp"
#include "ebpf/ssh_key.hpp"
#include "ebpf/tracker.hpp"
#include "ebpf/wire_text.hpp"

namespace countersign::ebpf {
namespace {

constexpr std::size_t kEndedKept = 1024;

void add_server(core::Event& event, const wire_peer& peer) {
  if (peer.family == 0) return;
  add(event, "server.ip", address_text(peer.family, peer.local));
  add(event, "server.port", std::to_string(peer.local_port));
}

void set_method(core::Event& event, std::uint32_t method) {
  switch (method) {
    case WIRE_PASSWORD:
      event.method = "password";
      break;
    case WIRE_PUBLICKEY:
      event.method = "publickey";
      break;
    case WIRE_HOSTBASED:
      event.method = "hostbased";
      break;
    case WIRE_GSSAPI:
      event.method = "gssapi-with-mic";
      break;
    case WIRE_KEYBOARD:
    case WIRE_KEYBOARD_BSD:
      event.method = "keyboard-interactive";
      add(event, "ssh.submethod", method == WIRE_KEYBOARD ? "pam" : "bsdauth");
      break;
    default:
      break;
  }
}

void set_key(core::Event& event, const wire_auth& record) {
  const auto key = read_ssh_key(text_of(record.key, record.key_size), (record.flags & WIRE_KEY_CUT) != 0);
  if (!key) return;
  event.key_type = key->type;
  event.key = key->fingerprint;
  event.certificate = key->certificate;
  event.serial = key->serial;
  event.authority = key->authority;
}

}  // namespace

void Tracker::on_connection(const wire_connection& record, Timestamp boot, const Sink& sink) {
  auto& connection = connection_of(record.head);
  meet(connection, record.peer);
  connection.since = time_of(record.head, boot);
  auto start = sighting(connection, "ssh_connection_start", record.head, boot, true);
  add_server(start.event, record.peer);
  sink(std::move(start));
}

void Tracker::on_auth(const wire_auth& record, Timestamp boot, const Sink& sink) {
  auto& connection = connection_of(record.head);
  meet(connection, record.peer);
  const bool success = record.head.kind == WIRE_LOGIN;
  if (success && connection.logged_in) return;  // the drop spoke first
  auto seen = sighting(connection, success ? "ssh_login" : "ssh_auth_failure", record.head, boot, success);
  auto& event = seen.event;
  event.outcome = success ? "success" : "failure";
  event.user = text_of(record.user, record.user_size);
  if (success && event.user.empty() && connection.head.conn_ns_level == 0) event.user = settings_.name_of(record.uid);
  set_method(event, record.method);
  set_key(event, record);
  if (success || (record.flags & WIRE_UNKNOWN_USER) == 0) add_uid(event, record.uid);
  if (!success && (record.flags & WIRE_UNKNOWN_USER) != 0) add(event, "event.reason", "no such user, or none let in");
  if (success && (record.flags & WIRE_GONE) != 0) add(event, "event.reason", "gone before the session began");
  add_server(event, connection.peer);
  if (success) {
    connection.logged_in = true;
    connection.login = event;
    connection.uid = record.uid;
    connection.since = event.time;
  }
  seen.detail = !success;
  sink(std::move(seen));
}

void Tracker::on_drop(const wire_drop& record, Timestamp boot, const Sink& sink) {
  auto& connection = connection_of(record.head);
  meet(connection, record.peer);
  connection.server = record.head.pid;
  connection.uid = record.uid;
  if (connection.logged_in) return;  // the monitor has said so, and said more
  auto seen = sighting(connection, "ssh_login", record.head, boot, true);
  seen.event.outcome = "success";
  if (connection.head.conn_ns_level == 0) seen.event.user = settings_.name_of(record.uid);
  add_uid(seen.event, record.uid);
  add_server(seen.event, connection.peer);
  connection.logged_in = true;
  connection.login = seen.event;
  connection.since = seen.event.time;
  sink(std::move(seen));
}

void Tracker::on_end(const wire_end& record, Timestamp boot, const Sink& sink) {
  const Key key{record.head.conn_pid, record.head.conn_start};
  const auto found = connections_.find(key);
  if (found == connections_.end() || found->second.ended) return;
  auto& connection = found->second;
  if (record.role == WIRE_MONITOR) connection.monitor = false;
  if (record.role == WIRE_SERVER && record.head.pid == connection.server) connection.server = 0;
  if (connection.monitor || connection.server != 0) return;
  auto last = sighting(connection, "ssh_session_end", record.head, boot, true);
  set_status(last.event, record.status);
  end(key, connection, std::move(last), sink);
}

void Tracker::end(const Key& key, Connection& connection, Sighting last, const Sink& sink) {
  connection.ended = true;
  add_uid(last.event, connection.uid);
  if (connection.logged_in) sink(std::move(last));
  ended_.push_back(key);
  if (ended_.size() <= kEndedKept) return;
  connections_.erase(ended_.front());
  ended_.pop_front();
}

void Tracker::sweep(const std::function<bool(std::int64_t, std::int64_t)>& lives, Timestamp now, const Sink& sink) {
  std::vector<Key> gone;
  for (const auto& [key, connection] : connections_) {
    if (!connection.ended && !lives(key.first, ticks(key.second))) gone.push_back(key);
  }
  for (const auto& key : gone) {
    auto& connection = connections_.at(key);
    auto last = sighting(connection, "ssh_session_end", connection.head, {}, true);
    last.event.time = now;
    end(key, connection, std::move(last), sink);
  }
}

void Tracker::on_adopted(const wire_adopted& record, Timestamp boot) {
  if (record.head.conn_pid == 0) return;  // a listener
  auto& connection = connection_of(record.head);
  meet(connection, record.peer);
  connection.adopted = true;
  connection.since = boot + std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(record.head.conn_start));
  if (record.role == WIRE_SERVER) connection.server = record.head.pid;
  if (connection.logged_in || (record.role != WIRE_SERVER && record.role != WIRE_SESSION)) return;
  connection.logged_in = true;
  connection.uid = record.uid;
  if (connection.head.conn_ns_level == 0) connection.login.user = settings_.name_of(record.uid);
}

}  // namespace countersign::ebpf

#include "ebpf/tracker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "ebpf/ssh_key.hpp"
#include "ebpf/wire_text.hpp"

namespace countersign::ebpf {
namespace {

constexpr std::size_t kEndedKept = 1024;
constexpr std::size_t kCopiesKept = 64;
constexpr std::uint64_t kNanosecondsPerTick = 1'000'000'000 / 100;  // USER_HZ is 100 wherever we run

std::int64_t ticks(std::uint64_t nanoseconds) {
  return static_cast<std::int64_t>(nanoseconds / kNanosecondsPerTick);
}

Timestamp time_of(const wire_head& head, Timestamp boot) {
  return boot + std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(head.at));
}

std::string_view text_of(const wire_u8* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

void add(core::Event& event, std::string_view name, std::string value) {
  if (!value.empty()) event.more.emplace_back(name, std::move(value));
}

void add_uid(core::Event& event, std::uint32_t uid) {
  if (uid != WIRE_NOBODY) add(event, "user.id", std::to_string(uid));
}

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

bool is_detail(std::uint32_t kind) {
  return kind >= WIRE_FAILURE;
}

/// How a process ended, from wait(2)'s status.
void set_status(core::Event& event, std::int32_t status) {
  if (const int signal = status & 0x7f; signal != 0)
    add(event, "process.exit_signal", std::to_string(signal));
  else
    add(event, "process.exit_code", std::to_string(status >> 8 & 0xff));
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
  event.user = text_of(record.user, std::min<std::size_t>(record.user_size, sizeof record.user));
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

void Tracker::on_exec(const wire_exec& record, Timestamp boot, const Sink& sink) {
  auto& connection = connection_of(record.head);
  const auto arguments = text_of(record.args, std::min<std::size_t>(record.args_size, sizeof record.args));
  const auto name = text_of(record.name, sizeof record.name);
  const auto program = name.substr(0, name.find('\0'));
  if (auto scp = program == "scp" ? read_scp(arguments) : std::nullopt; scp && connection.copies.size() < kCopiesKept)
    connection.copies[record.head.pid] = std::move(*scp);
  if (!settings_.commands) return;
  auto start = sighting(connection, "ssh_command_start", record.head, boot, false);
  add_uid(start.event, record.uid);
  add(start.event, "command.pid", std::to_string(record.head.pid));
  add(start.event, "command.parent_pid", std::to_string(record.parent));
  add(start.event, "command.start", std::to_string(ticks(record.start)));
  add(start.event, "process.executable", std::string(program));
  add(start.event, "process.command_line", command_line(arguments));
  if (record.args_full > record.args_size) add(start.event, "command.truncated", "true");
  start.detail = true;
  sink(std::move(start));
}

void Tracker::on_exit(const wire_exit& record, Timestamp boot, const Sink& sink) {
  auto& connection = connection_of(record.head);
  if (const auto scp = connection.copies.find(record.head.pid); scp != connection.copies.end()) {
    auto transfer = sighting(connection, "ssh_file_transfer", record.head, boot, false);
    transfer.event.outcome = record.status == 0 ? "success" : "failure";
    add_uid(transfer.event, record.uid);
    add(transfer.event, "file.path", scp->second.path);
    add(transfer.event, "file.direction", std::string(scp->second.direction));
    add(transfer.event, "file.protocol", "scp");
    transfer.detail = true;
    connection.copies.erase(scp);
    sink(std::move(transfer));
  }
  if (!settings_.commands) return;
  auto ending = sighting(connection, "ssh_command_end", record.head, boot, false);
  add_uid(ending.event, record.uid);
  add(ending.event, "command.pid", std::to_string(record.head.pid));
  add(ending.event, "command.start", std::to_string(ticks(record.start)));
  set_status(ending.event, record.status);
  ending.detail = true;
  sink(std::move(ending));
}

void Tracker::on_log(const wire_log& record, Timestamp boot, const Sink& sink) {
  const auto line = read_syslog_text(text_of(record.text, std::min<std::size_t>(record.size, sizeof record.text)));
  if (!line) return;
  Sighting said;
  if (record.head.conn_pid != 0) {
    said = sighting(connection_of(record.head), "ssh_log_line", record.head, boot, false);
  } else {  // the listener's own
    said.id = fmt::format("{}:ssh_log_line:{}-{}", settings_.boot_id, record.head.at, record.head.pid);
    said.event.time = time_of(record.head, boot);
    said.event.action = "ssh_log_line";
    said.event.pid = record.head.pid;
    add(said.event, "host.boot_id", settings_.boot_id);
  }
  said.event.process = std::string(line->program);
  said.event.user.clear();  // the line says it
  add(said.event, "message", std::string(line->message));
  said.detail = true;
  sink(std::move(said));
}

void Tracker::on_connect(const wire_connect& record, Timestamp boot, const Sink& sink) {
  const auto& connection = connection_of(record.head);
  auto out = sighting(connection, "connection_out", record.head, boot, false);
  out.event.address = address_text(record.peer.family, record.peer.local);
  out.event.port = record.peer.local_port;
  add_uid(out.event, connection.uid);
  add(out.event, "command.pid", std::to_string(record.head.pid));
  add(out.event, "destination.ip", address_text(record.peer.family, record.peer.remote));
  add(out.event, "destination.port", std::to_string(record.peer.remote_port));
  out.detail = true;
  sink(std::move(out));
}

void Tracker::on_open(const wire_open& record, Timestamp boot, const Sink& sink) {
  auto opened = sighting(connection_of(record.head), "ssh_file_transfer", record.head, boot, false);
  const auto names = text_of(record.path, std::min<std::size_t>(record.size, sizeof record.path));
  opened.event.outcome = "success";
  add_uid(opened.event, record.uid);
  add(opened.event, "file.path", path_text(names, record.cut != 0));
  add(opened.event, "file.direction", record.writes != 0 ? "upload" : "download");
  add(opened.event, "file.protocol", "sftp");
  opened.detail = true;
  sink(std::move(opened));
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

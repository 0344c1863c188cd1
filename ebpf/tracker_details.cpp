// What is done within a connection: commands, lines to syslog, connections out, files.
#include <fmt/format.h>

#include <utility>

#include "ebpf/event_fields.hpp"
#include "ebpf/tracker.hpp"
#include "ebpf/wire_text.hpp"

namespace countersign::ebpf {
namespace {

constexpr std::size_t kCopiesKept = 64;

}  // namespace

void Tracker::on_exec(const wire_exec& record, Timestamp boot, const Sink& sink) {
  auto& connection = connection_of(record.head);
  const auto arguments = text_of(record.args, record.args_size);
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
  const auto line = read_syslog_text(text_of(record.text, record.size));
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
  const auto names = text_of(record.path, record.size);
  opened.event.outcome = "success";
  add_uid(opened.event, record.uid);
  add(opened.event, "file.path", path_text(names, record.cut != 0));
  add(opened.event, "file.direction", record.writes != 0 ? "upload" : "download");
  add(opened.event, "file.protocol", "sftp");
  opened.detail = true;
  sink(std::move(opened));
}

}  // namespace countersign::ebpf

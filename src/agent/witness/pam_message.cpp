#include "agent/witness/pam_message.hpp"

#include <charconv>
#include <map>

#include "base/text.hpp"

namespace countersign::agent {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

Fields read_fields(std::string_view bytes) {
  Fields fields;
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (const auto equals = line.find('='); equals != std::string_view::npos)
      fields.emplace(line.substr(0, equals), one_line(line.substr(equals + 1), 255));
  }
  return fields;
}

std::string value(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

std::string action_of(std::string_view service, bool opened) {
  if (service == "sshd") return opened ? "ssh_login" : "ssh_session_end";
  if (!opened) return "session_end";
  if (service == "sudo" || service == "sudo-i") return "sudo";
  if (service == "su" || service == "su-l") return "su";
  if (service == "login") return "console_login";
  if (service.find("ftp") != std::string_view::npos) return "sftp";
  return "session_start";
}

std::optional<std::int64_t> number(std::string_view text, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > most) return std::nullopt;
  return value;
}

/// "ADDRESS PORT SERVERADDRESS SERVERPORT", as sshd gives it to PAM.
void read_connection(std::string_view text, core::Event& event) {
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos) return;
  const auto rest = text.substr(blank + 1);
  const auto port = number(rest.substr(0, rest.find(' ')), 65535);
  if (!port) return;
  event.address = core::normalise_address(text.substr(0, blank));
  event.port = port;
}

}  // namespace

std::optional<core::Event> read_pam_message(std::string_view bytes, Timestamp at) {
  const auto fields = read_fields(bytes);
  const auto type = value(fields, "PAM_TYPE"), service = value(fields, "PAM_SERVICE");
  if ((type != "open_session" && type != "close_session") || service.empty()) return std::nullopt;
  core::Event event;
  event.time = at;
  event.action = action_of(service, type == "open_session");
  event.outcome = "success";
  event.process = service;
  event.pid = number(value(fields, "PID"), INT32_MAX);
  event.user = value(fields, "PAM_USER");
  event.address = core::normalise_address(value(fields, "PAM_RHOST"));
  read_connection(value(fields, "SSH_CONNECTION"), event);
  for (const auto& [name, from] : {std::pair("user.requesting.name", "PAM_RUSER"), std::pair("process.tty", "PAM_TTY")})
    if (auto text = value(fields, from); !text.empty()) core::set_field(event, name, std::move(text));
  return event;
}

}  // namespace countersign::agent

// Text out of a record's bytes: addresses, a command's arguments, a line for syslog, an SFTP path. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ebpf/wire.h"

namespace countersign::ebpf {

/// "203.0.113.7", "2001:db8::9"; a v4-mapped one as IPv4; empty for no address.
std::string address_text(wire_u16 family, const wire_u8 (&bytes)[16]);

/// Arguments as /proc/PID/cmdline has them (each ends in NUL), as a shell would read them: 'a b' c.
std::string command_line(std::string_view arguments);

/// What syslog(3) sends, "<38>Nov 20 10:33:00 sshd[123]: text" (also without the time), in its parts.
struct SyslogText {
  std::string_view program;
  std::string_view message;
};
std::optional<SyslogText> read_syslog_text(std::string_view line);

/// Direction and path of a legacy scp's far end, `scp -t PATH` (upload) or `scp -f PATH` (download).
struct ScpCommand {
  std::string_view direction;
  std::string path;
};
std::optional<ScpCommand> read_scp(std::string_view arguments);

/// "/home/a/b" from its names with the last first, each ended by NUL; `cut`: the beginning is missing ("…/a/b").
std::string path_text(std::string_view names, bool cut);

}  // namespace countersign::ebpf

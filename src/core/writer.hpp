// Who really wrote a message, where the journal noted it (systemd.journal-fields(7), "trusted journal fields": no
// client can alter them), held against whom the message says it is from. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::core {

struct Writer {
  std::string comm;                 // _COMM: the process' name, cut to 15 bytes by the kernel; empty: gone too soon
  std::string exe;                  // _EXE: its program's path; empty likewise
  std::optional<std::int64_t> uid;  // _UID

  bool operator==(const Writer&) const = default;
};

/// "logger (/usr/bin/logger, uid 1000) wrote it", where that can't be `program`; empty where it can, or nothing is
/// known of either. `login`: the message tells of a successful login, which sshd writes as root alone. Judged are sshd
/// (with sshd-session and sshd-auth), su, login and dropbear: each writes as itself. Of others nothing is said: sudo
/// may have become the command it runs by the time the journal looks, services log by many hands.
std::string disagreement(const Writer& writer, std::string_view program, bool login);

}  // namespace countersign::core

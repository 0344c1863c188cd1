#include "core/writer.hpp"

#include <doctest/doctest.h>

using namespace countersign::core;

TEST_CASE("who wrote a message, held against whom it says it is from") {
  struct Case {
    const char* what;
    std::string_view program;
    Writer writer;
    bool login;
    std::string expected;
  };
  const Case cases[] = {
      {"sshd", "sshd", {"sshd", "/usr/sbin/sshd", 0}, true, ""},
      {"sshd-session, from 9.8 on", "sshd-session", {"sshd-session", "/usr/lib/openssh/sshd-session", 0}, true, ""},
      {"its tag may be the older", "sshd", {"sshd-session", "/usr/libexec/openssh/sshd-session", 0}, true, ""},
      {"sshd-auth, from 10.0 on", "sshd-auth", {"sshd-auth", "/usr/lib/openssh/sshd-auth", 106}, false, ""},
      {"upgraded while it ran", "sshd", {"sshd", "/usr/sbin/sshd (deleted)", 0}, true, ""},
      {"a session's own lines are its user's", "sshd", {"sshd", "/usr/sbin/sshd", 1000}, false, ""},
      {"ended before the journal looked", "sshd", {"", "", 0}, true, ""},
      {"a logger as a user",
       "sshd",
       {"logger", "/usr/bin/logger", 1000},
       true,
       "logger (/usr/bin/logger, uid 1000) wrote it"},
      {"a logger as root", "sshd", {"logger", "/usr/bin/logger", 0}, true, "logger (/usr/bin/logger, uid 0) wrote it"},
      {"a logger that ended before the journal looked", "sshd", {"", "", 1000}, true, "a process (uid 1000) wrote it"},
      {"a process that calls itself sshd",
       "sshd",
       {"sshd", "/usr/bin/python3.11", 1000},
       false,
       "sshd (/usr/bin/python3.11, uid 1000) wrote it"},
      {"a program called sshd, of a user's own",
       "sshd",
       {"sshd", "/home/eve/sshd", 1001},
       true,
       "sshd (/home/eve/sshd, uid 1001) wrote it"},
      {"a name with controls", "sshd", {"a\x1b[2Jb", "", 1000}, false, "a\xEF\xBF\xBD[2Jb (uid 1000) wrote it"},
      {"PAM's modules write as their service", "su", {"su", "/usr/bin/su", 1000}, false, ""},
      {"BusyBox", "su", {"su", "/bin/busybox", 0}, false, ""},
      {"su, forged",
       "su",
       {"python3", "/usr/bin/python3.11", 1000},
       false,
       "python3 (/usr/bin/python3.11, uid 1000) wrote it"},
      {"login", "login", {"login", "/usr/bin/login", 0}, false, ""},
      {"dropbear", "dropbear", {"dropbear", "/usr/sbin/dropbear", 0}, true, ""},
      {"sudo may have become its command", "sudo", {"ls", "/usr/bin/ls", 0}, false, ""},
      {"a service by another's hand",
       "gdm-password]",
       {"gdm-session-wor", "/usr/libexec/gdm-session-worker", 0},
       false,
       ""},
      {"systemd's own user manager", "(systemd)", {"(systemd)", "/usr/lib/systemd/systemd", 0}, false, ""},
      {"nobody knows", "sshd", {"", "", std::nullopt}, true, ""},
  };
  for (const auto& test : cases) {
    CAPTURE(test.what);
    CHECK(disagreement(test.writer, test.program, test.login) == test.expected);
  }
}

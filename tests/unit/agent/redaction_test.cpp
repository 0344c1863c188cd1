#include "agent/redaction.hpp"

#include <doctest/doctest.h>

using namespace countersign::agent;

TEST_CASE("secrets on command lines are taken out, what is none stays") {
  const Redactor redact(built_in_redactions());
  struct Row {
    const char *line, *clean;
  };
  const Row rows[] = {
      {"ls -la /etc", "ls -la /etc"},
      {"psql password=hunter2 host=db", "psql password=[redacted] host=db"},
      {"tool --password hunter2 --verbose", "tool --password [redacted] --verbose"},
      {"tool --db-password='two words' x", "tool --db-password=[redacted] x"},
      {"DB_PASSWORD=hunter2 ./run", "DB_PASSWORD=[redacted] ./run"},
      {"env API_KEY=abc123 SECRET_TOKEN=\"x y\" app", "env API_KEY=[redacted] SECRET_TOKEN=[redacted] app"},
      {"curl -H 'Authorization: Bearer abc.def' https://x", "curl -H 'Authorization: Bearer [redacted]' https://x"},
      {"curl -H 'Authorization: Basic dXNlcjpwdw==' u", "curl -H 'Authorization: Basic [redacted]' u"},
      {"curl -u name:hunter2 https://x", "curl -u name:[redacted] https://x"},
      {"git clone https://me:hunter2@example.com/r.git", "git clone https://me:[redacted]@example.com/r.git"},
      {"git clone https://example.com:8443/r.git", "git clone https://example.com:8443/r.git"},
      {"aws configure set k AKIAIOSFODNN7EXAMPLE", "aws configure set k [redacted]"},
      {"aws_secret_access_key=wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key=[redacted]"},
      {"gh auth ghp_abcdefghijklmnop1234", "gh auth [redacted]"},
      {"mysql -u root -phunter2 db", "mysql -u root -p[redacted] db"},
      {"sshpass -p hunter2 ssh host", "sshpass -p [redacted] ssh host"},
      {"passwd oswaldo", "passwd oswaldo"},
      {"cat /etc/passwd", "cat /etc/passwd"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.line);
    CHECK(redact(row.line) == row.clean);
  }
}

TEST_CASE("the operator's own patterns come after the built-in ones") {
  auto redactions = built_in_redactions();
  redactions.push_back({"ticket-(\\d)\\d+", "ticket-\\1…"});
  CHECK(Redactor(redactions)("open ticket-12345") == "open ticket-1…");
}

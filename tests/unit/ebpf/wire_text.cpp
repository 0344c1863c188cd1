#include "ebpf/wire_text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace countersign::ebpf;
using namespace std::string_literals;

TEST_CASE("arguments as a shell would read them") {
  CHECK(command_line("ls\0-l\0"s) == "ls -l");
  CHECK(command_line("sh\0-c\0echo 'a'; exit\0"s) == R"(sh -c 'echo '\''a'\''; exit')");
  CHECK(command_line("true\0\0"s) == "true ''");
  CHECK(command_line("cut"s) == "cut");
  CHECK(command_line("").empty());
}

TEST_CASE("what syslog(3) sends") {
  const struct {
    const char *line, *program, *message;
  } rows[] = {
      {"<38>Nov 20 10:33:00 sshd[123]: Accepted: x\n", "sshd", "Accepted: x"},
      {"<86>Nov  2 10:33:00 sshd-session[9]: a", "sshd-session", "a"},
      {"<38>sshd[123]: no time", "sshd", "no time"},
      {"<38>Nov 20 10:33:00 sshd: no pid", "sshd", "no pid"},
  };
  for (const auto& row : rows) {
    const auto text = read_syslog_text(row.line);
    REQUIRE(text);
    CHECK(text->program == row.program);
    CHECK(text->message == row.message);
  }
  for (const char* line : {"", "<", "<38>", "no priority: x", "<38>nothing", "<38888>x: y"})
    CHECK(!read_syslog_text(line));
}

TEST_CASE("scp's far end") {
  const auto upload = read_scp("scp\0-v\0-p\0-t\0--\0/a b\0"s);
  REQUIRE(upload);
  CHECK(upload->direction == "upload");
  CHECK(upload->path == "/a b");
  const auto download = read_scp("scp\0-f\0x\0"s);
  REQUIRE(download);
  CHECK(download->direction == "download");
  CHECK(!read_scp("scp\0a\0host:-t\0"s));  // the near end
  CHECK(!read_scp("scp\0"s));
  CHECK(!read_scp(""));
}

TEST_CASE("a path from its names, last first") {
  CHECK(path_text("b\0a\0home\0"s, false) == "/home/a/b");
  CHECK(path_text("b\0a\0"s, true) == "…/a/b");
  CHECK(path_text("", false) == "/");
}

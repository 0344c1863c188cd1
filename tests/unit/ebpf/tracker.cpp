// Records as the kernel writes them, and the sightings they make. The fields' values are those of a real login.
#include "ebpf/tracker.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/encoding.hpp"

namespace {

using namespace countersign;
using namespace countersign::ebpf;
using namespace std::string_literals;

constexpr Timestamp kBoot{std::chrono::seconds(1'763'600'000)};
constexpr std::uint64_t kSecond = 1'000'000'000;

// ssh-keygen -t ed25519, and what ssh-keygen -l says of it.
const std::string kKey = from_base64("AAAAC3NzaC1lZDI1NTE5AAAAIJ1BsTQBNV7XQJ5vAGwJ1RIPVGzPmfQMvJS5KbmPSrjx").value();

struct World {
  Tracker tracker{{.boot_id = "boot", .commands = true, .name_of = [](std::uint32_t uid) {
                     return uid == 1001 ? "oswaldo"s : ""s;
                   }}};
  std::vector<Sighting> seen;

  void take(std::string_view bytes) {
    tracker.take(bytes, kBoot, [this](Sighting sighting) { seen.push_back(std::move(sighting)); });
  }
  template <typename T>
  void take(const T& record, std::size_t size = sizeof(T)) {
    take(std::string_view(reinterpret_cast<const char*>(&record), size));
  }
  [[nodiscard]] std::string actions() const {
    std::string text;
    for (const auto& sighting : seen)
      text += (text.empty() ? "" : " ") + sighting.event.action;
    return text;
  }
  [[nodiscard]] std::string last(std::string_view name) const { return core::field(seen.back().event, name); }
};

wire_head head(std::uint16_t kind, std::uint32_t pid = 4243, std::uint32_t level = 0) {
  return {.kind = kind,
          .conn_ns_level = static_cast<std::uint16_t>(level),
          .pid = pid,
          .at = 90 * kSecond,
          .conn_pid = 4243,
          .conn_ns_pid = level == 0 ? 4243u : 17u,
          .conn_start = 88 * kSecond};
}

wire_peer peer() {
  wire_peer made{.family = 2,
                 .remote_port = 51234,
                 .local_port = 22,
                 .unused = 0,
                 .remote = {203, 0, 113, 7},
                 .local = {192, 0, 2, 1}};
  return made;
}

wire_connection connection() {
  return {.head = head(WIRE_CONNECTION), .peer = peer()};
}

wire_auth auth(std::uint16_t kind, std::string_view user, std::uint32_t method, std::string_view key = {}) {
  wire_auth made{};
  made.head = head(kind);
  made.peer = peer();
  made.uid = 1001;
  made.method = method;
  made.user_size = static_cast<std::uint16_t>(user.size());
  made.key_size = static_cast<std::uint16_t>(key.size());
  std::ranges::copy(user, made.user);
  std::ranges::copy(key, made.key);
  return made;
}
std::size_t size_of(const wire_auth& record) {
  return offsetof(wire_auth, key) + record.key_size;
}

wire_drop drop(std::uint32_t uid) {
  return {.head = head(WIRE_DROP, 4250), .peer = peer(), .uid = uid, .loginuid = uid, .audit_session = 3, .unused = 0};
}
wire_end end(std::uint32_t role, std::uint32_t pid, int status = 0) {
  return {.head = head(WIRE_END, pid), .role = role, .status = status};
}

wire_exec exec(std::string_view name, std::string_view args, std::uint32_t pid = 4300) {
  wire_exec made{};
  made.head = head(WIRE_EXEC, pid);
  made.start = 89 * kSecond;
  made.uid = 1001;
  made.parent = 4250;
  made.args_size = made.args_full = static_cast<std::uint32_t>(args.size());
  std::ranges::copy(name, made.name);
  std::ranges::copy(args, made.args);
  return made;
}
wire_exit exit_of(std::uint32_t pid, int status) {
  return {.head = head(WIRE_EXIT, pid), .start = 89 * kSecond, .uid = 1001, .status = status};
}

}  // namespace

TEST_CASE("a login by key: one connection, one login with all the monitor knew, one end") {
  World world;
  world.take(connection());
  CHECK(world.last("source.ip") == "203.0.113.7");
  CHECK(world.last("source.port") == "51234");
  CHECK(world.last("server.port") == "22");
  CHECK(world.last("process.start") == "8800");
  CHECK(world.seen.back().event.time == kBoot + std::chrono::seconds(90));
  const auto login = auth(WIRE_LOGIN, "oswaldo", WIRE_PUBLICKEY, kKey);
  world.take(login, size_of(login));
  CHECK(world.last("user.name") == "oswaldo");
  CHECK(world.last("user.id") == "1001");
  CHECK(world.last("ssh.method") == "publickey");
  CHECK(world.last("ssh.key.type") == "ED25519");
  CHECK(world.last("ssh.key.fingerprint").starts_with("SHA256:"));
  CHECK(world.last("process.pid") == "4243");
  CHECK(world.last("process.namespace_pid").empty());
  CHECK(world.seen.back().id == world.last("session.id") + ":ssh_login:1");
  CHECK(world.last("session.id").size() == 16);
  world.take(drop(1001));
  CHECK(world.tracker.sessions().size() == 1);
  world.take(end(WIRE_SERVER, 4250));
  CHECK(world.tracker.sessions().size() == 1);
  world.take(end(WIRE_MONITOR, 4243, 9));
  CHECK(world.last("process.exit_signal") == "9");
  CHECK(world.tracker.sessions().empty());
  CHECK(world.actions() == "ssh_connection_start ssh_login ssh_session_end");
}

TEST_CASE("the session lasts while sshd serves it, whichever of its processes is killed first") {
  for (const bool monitor_first : {true, false}) {
    World world;
    world.take(drop(1001));
    world.take(end(monitor_first ? WIRE_MONITOR : WIRE_SERVER, monitor_first ? 4243 : 4250, 9));
    CHECK(world.actions() == "ssh_login");
    world.take(end(monitor_first ? WIRE_SERVER : WIRE_MONITOR, monitor_first ? 4250 : 4243));
    CHECK(world.actions() == "ssh_login ssh_session_end");
  }
}

TEST_CASE("the privilege drop alone is a login, named by its uid; in another namespace by nothing") {
  World world;
  world.take(drop(1001));
  CHECK(world.last("user.name") == "oswaldo");
  CHECK(world.last("user.id") == "1001");
  CHECK(world.last("source.port") == "51234");
  const auto late = auth(WIRE_LOGIN, "oswaldo", WIRE_PASSWORD);
  world.take(late, size_of(late));
  CHECK(world.actions() == "ssh_login");

  World contained;
  auto inside = drop(1001);
  inside.head = head(WIRE_DROP, 4250, 1);
  contained.take(inside);
  CHECK(contained.last("user.name").empty());
  CHECK(contained.last("process.pid") == "4243");
  CHECK(contained.last("process.namespace_pid") == "17");
}

TEST_CASE("failures: method, user and refused key; a connection that only failed has no session") {
  World world;
  world.take(connection());
  const auto refused = auth(WIRE_FAILURE, "oswaldo", WIRE_PUBLICKEY, kKey);
  world.take(refused, size_of(refused));
  CHECK(world.seen.back().detail);
  CHECK(world.last("event.outcome") == "failure");
  CHECK(world.last("ssh.key.type") == "ED25519");
  auto unknown = auth(WIRE_FAILURE, "nosuch", WIRE_PASSWORD);
  unknown.flags = WIRE_UNKNOWN_USER;
  world.take(unknown, size_of(unknown));
  CHECK(world.last("user.name") == "nosuch");
  CHECK(world.last("user.id").empty());
  CHECK(!world.last("event.reason").empty());
  world.take(end(WIRE_MONITOR, 4243, 255 << 8));
  CHECK(world.actions() == "ssh_connection_start ssh_auth_failure ssh_auth_failure");
}

TEST_CASE("methods have the log's names") {
  const struct {
    std::uint32_t method;
    const char *name, *submethod;
  } rows[] = {{WIRE_PASSWORD, "password", ""},
              {WIRE_HOSTBASED, "hostbased", ""},
              {WIRE_KEYBOARD, "keyboard-interactive", "pam"},
              {WIRE_KEYBOARD_BSD, "keyboard-interactive", "bsdauth"},
              {WIRE_GSSAPI, "gssapi-with-mic", ""},
              {WIRE_METHOD_UNKNOWN, "", ""},
              {77, "", ""}};
  for (const auto& row : rows) {
    World world;
    const auto login = auth(WIRE_LOGIN, "oswaldo", row.method);
    world.take(login, size_of(login));
    CHECK(world.last("ssh.method") == row.name);
    CHECK(world.last("ssh.submethod") == row.submethod);
  }
}

TEST_CASE("a v4-mapped address is IPv4, an IPv6 one itself") {
  World world;
  auto record = connection();
  record.peer.family = 10;
  const std::array<wire_u8, 16> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 198, 51, 100, 4};
  std::ranges::copy(mapped, record.peer.remote);
  world.take(record);
  CHECK(world.last("source.ip") == "198.51.100.4");
  World other;
  const std::array<wire_u8, 16> six = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
  std::ranges::copy(six, record.peer.remote);
  other.take(record);
  CHECK(other.last("source.ip") == "2001:db8::9");
}

TEST_CASE("commands: arguments, code and signal; a cut one says so") {
  World world;
  world.take(drop(1001));
  auto record = exec("echo", "echo\0a b\0it's\0"s);
  world.take(record, offsetof(wire_exec, args) + record.args_size);
  CHECK(world.last("process.command_line") == R"(echo 'a b' 'it'\''s')");
  CHECK(world.last("process.executable") == "echo");
  CHECK(world.last("command.pid") == "4300");
  CHECK(world.last("user.name") == "oswaldo");
  CHECK(world.last("command.truncated").empty());
  CHECK(world.seen.back().detail);
  record.args_full += 1;
  world.take(record, offsetof(wire_exec, args) + record.args_size);
  CHECK(world.last("command.truncated") == "true");
  world.take(exit_of(4300, 3 << 8));
  CHECK(world.last("process.exit_code") == "3");
  world.take(exit_of(4300, 15));
  CHECK(world.last("process.exit_signal") == "15");
}

TEST_CASE("transfers: scp by its end, SFTP by what was opened") {
  World world;
  world.take(drop(1001));
  auto scp = exec("scp", "scp\0-p\0-t\0/tmp/up\0"s);
  world.take(scp);
  world.take(exit_of(4300, 1 << 8));
  REQUIRE(world.actions() == "ssh_login ssh_command_start ssh_file_transfer ssh_command_end");
  const auto& transfer = world.seen[2].event;
  CHECK(core::field(transfer, "file.path") == "/tmp/up");
  CHECK(core::field(transfer, "file.direction") == "upload");
  CHECK(core::field(transfer, "event.outcome") == "failure");

  wire_open open{};
  open.head = head(WIRE_OPEN, 4301);
  open.uid = 1001;
  const auto names = "passwords.txt\0oswaldo\0home\0"s;
  std::ranges::copy(names, open.path);
  open.size = static_cast<std::uint32_t>(names.size());
  world.take(open);
  CHECK(world.last("file.path") == "/home/oswaldo/passwords.txt");
  CHECK(world.last("file.direction") == "download");
  CHECK(world.last("file.protocol") == "sftp");
}

TEST_CASE("a line for syslog: its message and program, under the connection or the listener") {
  World world;
  wire_log line{};
  line.head = head(WIRE_LOG);
  const auto text = "<38>Nov 20 10:33:00 sshd[4243]: Accepted password for oswaldo from 203.0.113.7 port 51234 ssh2"s;
  std::ranges::copy(text, line.text);
  line.size = line.full = static_cast<std::uint32_t>(text.size());
  world.take(line, offsetof(wire_log, text) + line.size);
  CHECK(world.last("message") == "Accepted password for oswaldo from 203.0.113.7 port 51234 ssh2");
  CHECK(world.last("process.name") == "sshd");
  line.head.conn_pid = 0;
  line.head.pid = 812;
  world.take(line);
  CHECK(world.last("process.pid") == "812");
  CHECK(world.last("session.id").empty());
}

TEST_CASE("a connection out of a session names both ends") {
  World world;
  world.take(drop(1001));
  wire_connect out{.head = head(WIRE_CONNECT, 4310), .peer = peer()};
  out.peer.local_port = 40000;
  out.peer.remote_port = 22;
  world.take(out);
  CHECK(world.last("destination.ip") == "203.0.113.7");
  CHECK(world.last("destination.port") == "22");
  CHECK(world.last("source.ip") == "192.0.2.1");
  CHECK(world.last("source.port") == "40000");
}

TEST_CASE("what ran before is adopted without a login, and its end is told") {
  World world;
  wire_adopted record{.head = head(WIRE_ADOPTED), .peer = peer(), .role = WIRE_MONITOR, .uid = 0};
  world.take(record);
  CHECK(world.tracker.sessions().empty());  // not known to have logged in
  record.role = WIRE_SERVER;
  record.uid = 1001;
  record.head.pid = 4250;
  world.take(record);
  REQUIRE(world.tracker.sessions().size() == 1);
  const auto session = world.tracker.sessions().front();
  CHECK(session.adopted);
  CHECK(session.user == "oswaldo");
  CHECK(session.pid == 4243);
  CHECK(session.since == kBoot + std::chrono::seconds(88));
  CHECK(world.seen.empty());
  world.take(end(WIRE_SERVER, 4250));
  world.take(end(WIRE_MONITOR, 4243));
  CHECK(world.actions() == "ssh_session_end");
}

TEST_CASE("after a loss, a connection whose process is gone has ended; one that lives stays") {
  for (const bool lives : {true, false}) {
    World world;
    world.take(drop(1001));
    const auto now = kBoot + std::chrono::seconds(200);
    world.tracker.sweep(
        [&](std::int64_t pid, std::int64_t start) {
          CHECK(pid == 4243);
          CHECK(start == 8800);
          return lives;
        },
        now, [&world](Sighting sighting) { world.seen.push_back(std::move(sighting)); });
    CHECK(world.actions() == (lives ? "ssh_login" : "ssh_login ssh_session_end"));
    CHECK(world.tracker.sessions().size() == (lives ? 1 : 0));
    if (!lives) CHECK(world.seen.back().event.time == now);
  }
}

TEST_CASE("the same pid at another start is another connection") {
  World world;
  world.take(connection());
  const auto first = world.last("session.id");
  auto later = connection();
  later.head.conn_start += 3600 * kSecond;
  world.take(later);
  CHECK(world.last("session.id") != first);
}

TEST_CASE("records of any size and kind are refused or read, never trusted") {
  World world;
  for (std::uint16_t kind = 0; kind < 40; ++kind) {
    wire_auth record{};
    record.head = head(kind);
    record.user_size = record.key_size = 0xffff;
    std::memset(record.user, 0xff, sizeof record.user + sizeof record.key);
    const std::string_view bytes(reinterpret_cast<const char*>(&record), sizeof record);
    for (std::size_t size = 0; size <= bytes.size(); size += size < 400 ? 1 : 97)
      world.take(bytes.substr(0, size));
  }
  CHECK(world.tracker.unreadable() > 0);
}

TEST_CASE("details that come without a connection leave nothing behind") {
  World world;
  for (std::uint32_t pid = 1; pid < 5000; ++pid) {
    auto record = exec("true", "true\0"s);
    record.head.conn_pid = pid;
    world.take(record, offsetof(wire_exec, args) + record.args_size);
  }
  CHECK(world.tracker.sessions().empty());
  CHECK(world.seen.size() == 4999);
}

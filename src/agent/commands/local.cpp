#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "agent/ask.hpp"
#include "agent/commands/commands.hpp"
#include "agent/configuration.hpp"
#include "agent/process.hpp"
#include "agent/session_json.hpp"
#include "base/text.hpp"

namespace countersign::agent {
namespace {

int complain(const Error& error) {
  fmt::print(stderr, "{}\n", error.message);
  return error.fault == Fault::not_found ? 1 : 2;
}

/// Where the agent's sockets are: of a file that may have other faults, which `check` is for.
std::string directory_of(const std::string& file) {
  return load_configuration(file).configuration.run_directory;
}

Result<std::vector<ebpf::Session>> ask_sessions(const std::string& file) {
  std::vector<ebpf::Session> sessions;
  std::optional<Error> bad;
  const auto asked = ask_agent(directory_of(file), "sessions", [&](std::string_view line) {
    auto session = read_session(line);
    if (session)
      sessions.push_back(std::move(*session));
    else
      bad = session.error();
    return !bad;
  });
  if (!asked) return std::unexpected(asked.error());
  if (bad) return std::unexpected(*bad);
  return sessions;
}

int show_sessions(const std::string& file, bool json) {
  const auto sessions = ask_sessions(file);
  if (!sessions) return complain(sessions.error());
  if (!json) fmt::print("{:<17} {:>7} {:<16} {:<28} {:<12} {}\n", "SESSION", "PID", "USER", "FROM", "METHOD", "SINCE");
  for (const auto& session : *sessions) {
    if (json)
      fmt::print("{}\n", session_json(session));
    else
      fmt::print("{:<17} {:>7} {:<16} {:<28} {:<12} {}{}\n", session.id, session.pid, one_line(session.user, 32),
                 fmt::format("{} {}", session.address, session.port), session.method.empty() ? "-" : session.method,
                 to_rfc3339(std::chrono::floor<std::chrono::seconds>(session.since)),
                 session.adopted ? " (ran before the agent)" : "");
  }
  return 0;
}

/// One sighting in a line a person can read.
std::string watched_line(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return one_line(text, 400);
  if (json.contains("missed")) return fmt::format("… {} not shown: this terminal is too slow", json["missed"].dump());
  const auto value = [&](const char* name) -> std::string {
    if (!json.contains(name)) return "";
    return one_line(json[name].is_string() ? json[name].get<std::string>() : json[name].dump(), 300);
  };
  auto line = fmt::format("{}  {:<22} {:<12}", value("@timestamp"), value("event.action"), value("user.name"));
  for (const auto* name : {"source.ip", "source.port", "ssh.method", "ssh.key.fingerprint", "process.command_line",
                           "process.exit_code", "file.direction", "file.path", "destination.ip", "message"})
    if (const auto shown = value(name); !shown.empty()) line += " " + shown;
  return line;
}

int watch_live(const std::string& file, bool json) {
  const auto asked = ask_agent(directory_of(file), "watch", [&](std::string_view line) {
    fmt::print("{}\n", json ? std::string(line) : watched_line(line));
    return std::fflush(stdout) == 0;
  });
  if (!asked) return complain(asked.error());
  fmt::print(stderr, "the agent has ended\n");
  return 1;
}

int kill_session(const std::string& file, const std::string& id, bool json) {
  const auto sessions = ask_sessions(file);
  if (!sessions) return complain(sessions.error());
  const ebpf::Session* meant = nullptr;
  for (const auto& session : *sessions) {
    if (!session.id.starts_with(id)) continue;
    if (meant) {
      fmt::print(stderr, "'{}' is the beginning of several sessions; write more of it\n", one_line(id, 40));
      return 2;
    }
    meant = &session;
  }
  if (!meant) {
    fmt::print(stderr, "there is no session '{}'; countersign-agent sessions lists them\n", one_line(id, 40));
    return 1;
  }
  // Done by this program with its user's rights: asking the agent gives nobody more than they have.
  if (const auto ended = end_session(meant->pid, meant->start); !ended) return complain(ended.error());
  if (json)
    fmt::print("{}\n", session_json(*meant));
  else
    fmt::print("ended: {} from {} port {}\n", one_line(meant->user, 40), meant->address, meant->port);
  return 0;
}

CLI::App* add_asking(CLI::App& app, const char* name, const char* what, const std::shared_ptr<std::string>& file,
                     const std::shared_ptr<bool>& json) {
  auto* command = app.add_subcommand(name, what);
  *file = default_configuration;
  command->add_option("--config", *file, "The agent's configuration file")->capture_default_str();
  command->add_flag("--json", *json, "One JSON object a line");
  return command;
}

}  // namespace

void add_local(CLI::App& app, int& status) {
  const auto file = std::make_shared<std::string>();
  const auto json = std::make_shared<bool>(false);
  add_asking(app, "sessions", "SSH sessions that run now, as the kernel knows them", file, json)
      ->callback([&status, file, json] { status = show_sessions(*file, *json); });
  add_asking(app, "watch", "Everything witnessed, as it happens, until Ctrl-C", file, json)
      ->callback([&status, file, json] { status = watch_live(*file, *json); });
  const auto id = std::make_shared<std::string>();
  auto* kill = add_asking(app, "kill", "End a session and all it runs; needs root", file, json);
  kill->add_option("ID", *id, "Its id, or the beginning of it")->required();
  kill->callback([&status, file, json, id] { status = kill_session(*file, *id, *json); });
}

}  // namespace countersign::agent

#include "agent/session_json.hpp"

#include <exception>
#include <nlohmann/json.hpp>

namespace countersign::agent {

std::string session_json(const ebpf::Session& session) {
  nlohmann::ordered_json json{
      {"session.id", session.id}, {"process.pid", session.pid}, {"process.start", session.start}};
  if (session.namespace_pid != 0 && session.namespace_pid != session.pid)
    json["process.namespace_pid"] = session.namespace_pid;
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  text("user.name", session.user);
  if (session.uid >= 0) json["user.id"] = std::to_string(session.uid);
  text("source.ip", session.address);
  if (session.port > 0) json["source.port"] = session.port;
  if (session.server_port > 0) json["server.port"] = session.server_port;
  text("ssh.method", session.method);
  text("ssh.key.fingerprint", session.key);
  if (session.since != Timestamp{}) json["session.since"] = to_rfc3339(session.since);
  if (session.adopted) json["session.adopted"] = true;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<ebpf::Session> read_session(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    ebpf::Session session;
    session.id = json.at("session.id");
    session.pid = json.at("process.pid");
    session.start = json.at("process.start");
    session.namespace_pid = json.value("process.namespace_pid", session.pid);
    session.user = json.value("user.name", "");
    if (json.contains("user.id")) session.uid = std::stoll(json["user.id"].get<std::string>());
    session.address = json.value("source.ip", "");
    session.port = json.value("source.port", std::int64_t{0});
    session.server_port = json.value("server.port", std::int64_t{0});
    session.method = json.value("ssh.method", "");
    session.key = json.value("ssh.key.fingerprint", "");
    session.adopted = json.value("session.adopted", false);
    if (const auto since = parse_rfc3339(json.value("session.since", ""))) session.since = *since;
    return session;
  } catch (const std::exception&) {  // JSON's, and a number's that is none
    return fail(Fault::invalid, "the agent's answer can't be understood");
  }
}

}  // namespace countersign::agent

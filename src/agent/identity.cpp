#include "agent/identity.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/spool/file.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace countersign::agent {
namespace {

Result<std::string> first_word(const std::string& path) {
  std::ifstream in(path);
  std::string word;
  if (!(in >> word) || word.size() > 200) return fail(Fault::unavailable, "can't read {}", path);
  return word;
}

}  // namespace

Result<Machine> read_machine(const std::string& machine_id_file, const std::string& boot_id_file) {
  const auto machine = first_word(machine_id_file);
  if (!machine) return fail(Fault::unavailable, "{}; `systemd-machine-id-setup` makes it", machine.error().message);
  const auto boot = first_word(boot_id_file);
  if (!boot) return std::unexpected(boot.error());
  return Machine{to_hex(crypto::sha256("countersign:" + *machine)), *boot};
}

Result<std::optional<Identity>> load_identity(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  const auto json = nlohmann::json::parse(in, nullptr, false);
  try {
    Identity identity;
    identity.agent_id = json.at("agent_id");
    identity.machine_id = json.at("machine_id");
    identity.server_key = from_base64(json.value("server_key", "")).value_or("");
    if (json.contains("private_key")) {
      const auto bytes = from_base64(json.at("private_key").get<std::string>());
      auto key = crypto::SigningKey::from_private(Secret(bytes.value_or("")));
      if (!key) return std::unexpected(key.error());
      identity.key = std::move(*key);
    }
    return identity;
  } catch (const nlohmann::json::exception&) {
    return fail(Fault::invalid, "{} can't be understood; remove it, and on the server the agent it stood for", path);
  }
}

Result<void> save_identity(const std::string& path, const Identity& identity) {
  nlohmann::json json{{"agent_id", identity.agent_id}, {"machine_id", identity.machine_id}};
  if (!identity.server_key.empty()) json["server_key"] = to_base64(identity.server_key);
  if (identity.key) json["private_key"] = to_base64(identity.key->private_bytes().reveal());
  const auto fresh = path + ".new";
  std::remove(fresh.c_str());
  {
    auto file = File::open(fresh);
    if (!file) return std::unexpected(file.error());
    if (auto written = file->write(0, json.dump(2) + "\n"); !written) return written;
    if (auto synced = file->sync(); !synced) return synced;
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return fail(Fault::unavailable, "can't replace {}", path);
  return sync_folder(path.substr(0, path.rfind('/')));
}

Identity new_identity(const Machine& machine, bool joins, Random& random) {
  Identity identity;
  identity.machine_id = machine.machine_id;
  if (joins)
    identity.key = crypto::SigningKey::generate(random);
  else
    identity.agent_id = crypto::make_token(random).substr(0, 22);
  return identity;
}

}  // namespace countersign::agent

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "agent/ask.hpp"
#include "agent/commands/commands.hpp"
#include "agent/configuration.hpp"
#include "base/text.hpp"
#include "ebpf/probe.hpp"

namespace countersign::agent {
namespace {

struct Finding {
  std::string name;
  bool ok = false;
  bool required = false;
  std::string what;  // what it is for, or what is there
  std::string mend;  // empty where ok
};

void examine_kernel(std::vector<Finding>& findings) {
  for (auto& ability : ebpf::probe_kernel())
    findings.push_back(
        {std::move(ability.name), ability.ok, ability.required, std::move(ability.purpose), std::move(ability.mend)});
}

void examine_file(std::vector<Finding>& findings, const std::string& file, const Loaded& loaded) {
  for (const auto& problem : loaded.problems)
    findings.push_back({"configuration", problem.warning, !problem.warning, to_text(problem),
                        problem.warning ? "" : fmt::format("countersign-agent check --config {}", file)});
  if (loaded.problems.empty()) findings.push_back({"configuration", true, true, file, ""});
}

void examine_log(std::vector<Finding>& findings, const Configuration& configuration) {
  if (configuration.log.empty()) return;
  const bool readable = ::access(configuration.log.c_str(), R_OK) == 0;
  findings.push_back({"log", readable, true, configuration.log,
                      readable ? ""
                               : "put the agent's user into the group that may read it (adm), or use journal = "
                                 "true where the host has only the journal"});
}

/// The hook must stand in a service's file, or PAM has nothing to tell.
void examine_pam(std::vector<Finding>& findings, const Configuration& configuration) {
  if (!configuration.pam) return;
  std::string services;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/etc/pam.d", error)) {
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);)
      if (!line.starts_with('#') && line.find("countersign-pam") != std::string::npos) {
        services += (services.empty() ? "" : ", ") + entry.path().filename().string();
        break;
      }
  }
  findings.push_back(
      {"PAM hook", !services.empty(), false,
       services.empty() ? "no service in /etc/pam.d calls countersign-pam" : services,
       services.empty() ? "add the line of deploy/agent.md to the services to be witnessed, or pam = false" : ""});
}

void examine_spool(std::vector<Finding>& findings, const Configuration& configuration) {
  const bool there = ::access(configuration.spool.c_str(), W_OK) == 0;
  findings.push_back(
      {"spool", there, true, configuration.spool, there ? "" : "create it, owned by the agent's user, mode 0700"});
}

void examine_agent(std::vector<Finding>& findings, const Configuration& configuration) {
  std::string answer;
  const auto asked = ask_agent(configuration.run_directory, "status", [&](std::string_view line) {
    answer = line;
    return false;
  });
  const auto status = nlohmann::json::parse(answer, nullptr, false);
  if (!asked || !status.is_object()) {
    findings.push_back({"agent", false, false, asked ? "its answer can't be understood" : asked.error().message,
                        "systemctl start countersign-agent"});
    return;
  }
  const auto trouble = status.value("trouble", ""), acknowledged = status.value("acknowledged", "");
  findings.push_back({"delivery", trouble.empty() && !acknowledged.empty(), true,
                      acknowledged.empty() ? "nothing acknowledged yet" : "acknowledged " + acknowledged, trouble});
  for (const auto& [name, witness] : status["witnesses"].items())
    findings.push_back(
        {name, witness.value("watching", false), true,
         fmt::format("{} bytes spooled, batch {}", witness.value("spooled_bytes", 0), witness.value("sequence", 0)),
         witness.value("trouble", "")});
}

int examine(const std::string& file, bool json) {
  std::vector<Finding> findings;
  const auto loaded = load_configuration(file);
  examine_file(findings, file, loaded);
  const auto& configuration = loaded.configuration;
  if (configuration.kernel) examine_kernel(findings);
  if (!has_errors(loaded.problems)) {
    examine_log(findings, configuration);
    examine_pam(findings, configuration);
    examine_spool(findings, configuration);
    examine_agent(findings, configuration);
  }
  bool good = true;
  for (const auto& finding : findings) {
    good = good && (finding.ok || !finding.required);
    const nlohmann::ordered_json object{{"name", finding.name},
                                        {"ok", finding.ok},
                                        {"required", finding.required},
                                        {"what", finding.what},
                                        {"mend", finding.mend}};
    if (json)
      fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    else
      fmt::print("{:<8} {:<20} {}{}{}\n",
                 finding.ok         ? "good"
                 : finding.required ? "MISSING"
                                    : "lacking",
                 finding.name, one_line(finding.what, 300), finding.mend.empty() ? "" : "\n         -> ",
                 one_line(finding.mend, 300));
  }
  if (!json) fmt::print("{}\n", good ? "all that is needed is there" : "degraded: mend what is MISSING");
  return good ? 0 : 1;
}

}  // namespace

void add_doctor(CLI::App& app, int& status) {
  auto* doctor = app.add_subcommand("doctor", "What this kernel and host allow, what is missing, and what to do");
  auto file = std::make_shared<std::string>(default_configuration);
  auto json = std::make_shared<bool>(false);
  doctor->add_option("--config", *file, "Configuration file")->capture_default_str();
  doctor->add_flag("--json", *json, "One JSON object a line");
  doctor->callback([&status, file, json] { status = examine(*file, *json); });
}

}  // namespace countersign::agent

#include "main/canary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "main/remote.hpp"

namespace countersign::cli {
namespace {

using nlohmann::json;

constexpr auto between_looks = std::chrono::milliseconds(300);

struct CanaryOptions {
  RemoteOptions remote;
  std::string format = "text";
  std::vector<std::string> hosts;
  bool last = false;
};

std::string word(const json& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? one_line(object[key].get<std::string>(), 400)
                                                         : std::string();
}

int complain(const std::string& what) {
  fmt::print(stderr, "{}\n", one_line(what, 1000));
  return 2;
}

/// Instead of a run whose end nobody can see any more: the server shows the newest of each host alone.
json replaced(const std::string& id, const json& newer) {
  return {
      {"id", id},
      {"host", word(newer, "host")},
      {"carried", nullptr},
      {"replaced_by", word(newer, "id")},
      {"words", fmt::format("a newer canary ({}) took the place of this one before its end was seen; --last shows it",
                            word(newer, "id"))}};
}

void print_run(const json& run) {
  if (run.contains("replaced_by")) return fmt::print("{}: {}\n", word(run, "host"), word(run, "words"));
  const auto carried = run.value("carried", json());
  fmt::print("{}: {}\n", word(run, "host"),
             !carried.is_boolean() ? "under way"
             : carried.get<bool>() ? "all carried it"
                                   : "NOT carried");
  for (const auto& step : run["steps"]) {
    const auto took = step["took_s"].is_number() ? fmt::format("{:.2f} s", step["took_s"].get<double>()) : "-";
    fmt::print("  {:<8} {:<9} {:>9}  {}\n", word(step, "step"), word(step, "state"), took, word(step, "words"));
  }
}

/// The newest run of each host, or what went wrong.
Result<std::vector<json>> newest(const Remote& remote) {
  const auto reply = remote.get("/api/v1/canaries");
  if (!reply) return std::unexpected(reply.error());
  if (reply->status != 200 || !reply->body.contains("canaries"))
    return fail(Fault::unavailable, "{}", complaint(*reply));
  return reply->body["canaries"].get<std::vector<json>>();
}

/// Starts one on each host; their ids by host.
using Started = std::map<std::string, std::string>;
Result<Started> start_on(const Remote& remote, const std::vector<std::string>& hosts) {
  Started ids;
  for (const auto& host : hosts) {
    if (ids.contains(host)) continue;  // given twice
    const auto reply = remote.post("/api/v1/canaries/" + to_percent(host) + "/run", json::object());
    if (!reply) return std::unexpected(reply.error());
    if (reply->status != 202) return fail(Fault::invalid, "{}: {}", host, complaint(*reply));
    ids[host] = word(reply->body, "id");
  }
  return ids;
}

/// Until each is over or another run took its place. The server bounds how long that takes.
Result<std::vector<json>> wait_for(const Remote& remote, const Started& ids) {
  for (;; std::this_thread::sleep_for(between_looks)) {
    auto runs = newest(remote);
    if (!runs) return runs;
    std::vector<json> over;
    for (auto& run : *runs) {
      const auto started = ids.find(word(run, "host"));
      if (started == ids.end()) continue;
      if (word(run, "id") != started->second)
        over.push_back(replaced(started->second, run));
      else if (run.value("carried", json()).is_boolean())
        over.push_back(std::move(run));
    }
    if (over.size() == ids.size()) return over;
  }
}

int run_canary(CanaryOptions options) {
  const auto remote = Remote::find(options.remote);
  if (!remote) return complain(remote.error().message);
  if (options.hosts.empty() && !options.last) {
    if (options.remote.config_file.empty())
      return complain("say which hosts with --host, or --config FILE for all of them");
    for (const auto& canary : load_config(options.remote.config_file).config.canaries)
      options.hosts.push_back(canary.settings.host);
    if (options.hosts.empty()) return complain("no [[canary]] is configured; add one (deploy/canary.md)");
  }
  Result<std::vector<json>> runs = std::vector<json>();
  if (options.last) {
    runs = newest(*remote);
  } else {
    const auto ids = start_on(*remote, options.hosts);
    if (!ids) return complain(ids.error().message);
    runs = wait_for(*remote, *ids);
  }
  if (!runs) return complain(runs.error().message);
  bool all = true;
  for (const auto& run : *runs) {
    all = all && run.value("carried", json()) != json(false) && !run.contains("replaced_by");
    if (options.format == "json")
      fmt::print("{}\n", run.dump());
    else
      print_run(run);
  }
  return all ? 0 : 1;
}

}  // namespace

void add_canary(CLI::App& app, int& status) {
  auto options = std::make_shared<CanaryOptions>();
  auto* canary = app.add_subcommand(
      "canary", "Make a harmless login on each host and see that both witnesses and the message path carry it");
  add_remote_options(*canary, options->remote);
  canary->add_option("--host", options->hosts, "Only this host; may be given again");
  canary->add_flag("--last", options->last, "Make none: show the newest of each host");
  canary->add_option("--format", options->format, "text or json (one object a host)")
      ->check(CLI::IsMember({"text", "json"}));
  canary->callback([&status, options] { status = run_canary(*options); });
}

}  // namespace countersign::cli

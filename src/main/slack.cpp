#include "main/slack.hpp"

#include <fmt/format.h>

#include <memory>

#include "chat/slack/manifest.hpp"
#include "main/config/config.hpp"

namespace countersign::cli {
namespace {

struct Options {
  std::string config;
  bool socket = false;
};

int print_manifest(const Options& options) {
  std::string url;
  if (!options.socket) {
    const auto loaded = load_config(options.config);
    url = loaded.config.public_url;
    while (url.ends_with('/'))
      url.pop_back();
    if (!url.starts_with("https://")) {
      fmt::print(stderr,
                 "{}: [server] public_url must be the https:// address at which Slack reaches this service; "
                 "without one, use --socket\n",
                 options.config);
      return 2;
    }
  }
  fmt::print("{}\n", chat::slack::manifest(url).dump(2));
  return 0;
}

}  // namespace

void add_slack(CLI::App& app, int& status) {
  auto* slack = app.add_subcommand("slack", "Set the Slack app up");
  slack->require_subcommand(1);
  auto* manifest = slack->add_subcommand("manifest", "Print the app's manifest, to paste into api.slack.com/apps");
  auto options = std::make_shared<Options>();
  auto* config =
      manifest->add_option("--config", options->config, "Configuration file: its public_url is Slack's way in");
  auto* socket = manifest->add_flag("--socket", options->socket, "For Socket Mode, which needs no public address");
  config->excludes(socket);
  manifest->callback([&status, options, config, socket] {
    if (config->count() == 0 && socket->count() == 0) throw CLI::RequiredError("--config or --socket");
    status = print_manifest(*options);
  });
}

}  // namespace countersign::cli

#include <fmt/format.h>

#include "main/config/reading.hpp"

namespace countersign::cli {

void check_whole(Section& root, const Config& config) {
  for (const auto& service : config.directory.services)
    for (const auto& person : config.directory.people)
      for (const auto& account : person.accounts)
        if (account.user == service.user)
          root.warn("service_account", fmt::format("{} is a service account and {}'s account; the service account wins "
                                                   "where no key says otherwise",
                                                   service.user, person.name));
  const core::Directory directory(config.directory);
  for (const auto& canary : config.canaries) {
    core::Event login;
    login.action = "ssh_login";
    login.host = canary.settings.host;
    login.user = canary.settings.user;
    login.key = canary.settings.key;
    if (directory.attribute(login).service_account.empty())
      root.warn("canary", fmt::format("no [[service_account]] has unix_user = \"{}\", so somebody is asked about every "
                                      "canary on {}; add one with its key_fingerprints, networks and hosts",
                                      canary.settings.user, canary.settings.host));
  }
  if (config.webhooks.empty() && config.tails.empty() && config.syslogs.empty())
    root.warn("webhook", "nothing brings log lines: add a [webhook.NAME], a [tail.NAME] or a [syslog.NAME]");
  if (config.slack)
    for (const auto& person : config.directory.people)
      if (person.slack_user.empty() && !person.name.empty())
        root.warn("person", fmt::format("{} has no slack_user: their logins go to the security channel", person.name));
}

}  // namespace countersign::cli

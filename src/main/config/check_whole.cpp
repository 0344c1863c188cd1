#include <fmt/format.h>

#include <map>

#include "core/email.hpp"
#include "main/config/reading.hpp"

namespace countersign::cli {

namespace {

/// An address proves one person, in whichever file they are.
void check_emails(Section& root, const std::vector<core::Person>& people) {
  std::map<std::string, std::string> owners;
  for (const auto& person : people) {
    if (person.email.empty()) continue;
    const auto [held, fresh] = owners.emplace(core::canonical_email(person.email), person.name);
    if (!fresh && held->second != person.name)
      root.problem("person", fmt::format("the e-mail address {} belongs to both {} and {}; it proves one person, so "
                                         "remove it from one of them",
                                         person.email, held->second, person.name));
  }
}

}  // namespace

void check_whole(Section& root, const Config& config) {
  check_emails(root, config.directory.people);
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

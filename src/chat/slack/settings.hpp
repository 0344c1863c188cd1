// What [slack] configures. Passive data.
#pragma once

#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"

namespace countersign::chat {

struct SlackSettings {
  std::string api_url = "https://slack.com/api/";
  std::string ca_file;                          // for the client that carries the calls
  Duration timeout = std::chrono::seconds(10);  // of a call
  Secret bot_token, signing_secret, app_token;  // app_token: Socket Mode, no HTTP interactivity
  std::string security_channel;                 // "C…"
  std::vector<std::string> security_team;       // "U…"
};

}  // namespace countersign::chat

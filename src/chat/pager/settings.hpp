// What a [[pager]] configures. Passive data.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/secret.hpp"

namespace countersign::chat {

struct WebhookPagerSettings {
  std::string name = "webhook";
  std::string url;  // "https://…"
  Secret secret;    // signs each page
  std::string ca_file;
};

struct EmailPagerSettings {
  std::string name = "email";
  std::string server;           // "smtp://host:25" (STARTTLS, but on loopback), "smtps://host:465"
  std::string from;             // an address alone: "countersign@example.com"
  std::vector<std::string> to;  // addresses
  std::string user;             // empty: no login
  Secret password;
  std::string ca_file;
};

/// The page of an approval for people to open; empty where this service has none.
using ApprovalLink = std::function<std::string(Id)>;

}  // namespace countersign::chat

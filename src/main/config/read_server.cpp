#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"
#include "main/config/reading.hpp"
#include "net/stream.hpp"

namespace countersign::cli {
namespace {

void read_store(Section& root, Config& config) {
  auto store = root.section("store");
  if (!store) return;
  config.store_url = store->text("url", config.store_url);
  constexpr std::string_view scheme = "sqlite:";
  if (!config.store_url.starts_with(scheme)) {
    store->problem("url", fmt::format("'{}' is no store this version has; write sqlite:/path/to/countersign.db",
                                      config.store_url));
  } else {
    const auto folder = std::filesystem::absolute(config.store_url.substr(scheme.size())).parent_path();
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error))
      store->problem("url",
                     fmt::format("there is no folder {} for the store; create it, writable by the service's user",
                                 folder.string()));
  }
  store->finish();
}

void read_rules_table(Section& root, Config& config) {
  auto rules = root.section("rules");
  if (!rules) return;
  config.rule_directories = rules->paths("directories");
  rules->finish();
}

/// Events that a token posted come under its name, and must not pass for what a log or an agent said.
bool is_source(const Config& config, std::string_view name) {
  const auto named = [name](const auto& sources) {
    return std::ranges::any_of(sources, [name](const auto& source) { return source.name == name; });
  };
  return named(config.webhooks) || named(config.tails) || named(config.syslogs) || named(config.backfills) ||
         name.starts_with("agent:");
}

}  // namespace

void read_server(Section& root, Config& config) {
  if (auto server = root.section("server")) {
    config.listen = server->text("listen", config.listen);
    if (const auto sound = net::check_listen(config.listen); !sound) server->problem("listen", sound.error().message);
    config.public_url = server->text("public_url", "");
    while (config.public_url.ends_with('/'))
      config.public_url.pop_back();
    if (!config.public_url.empty() && !config.public_url.starts_with("https://") &&
        !config.public_url.starts_with("http://"))
      server->problem("public_url", "'public_url' must begin with https:// (or http://)");
    config.tls_certificate = server->path("tls_certificate").value_or("");
    config.tls_private_key = server->path("tls_private_key").value_or("");
    if (config.tls_certificate.empty() != config.tls_private_key.empty())
      server->problem(config.tls_certificate.empty() ? "tls_private_key" : "tls_certificate",
                      "TLS needs both tls_certificate and tls_private_key; add the other one");
    else if (!config.tls_certificate.empty())
      check_tls_files(*server, config.tls_certificate, config.tls_private_key, "");
    constexpr std::int64_t mib = 1 << 20;
    config.request_memory = static_cast<std::size_t>(
        mib * server->number("request_memory_mib", 16, 65'536, static_cast<std::int64_t>(config.request_memory) / mib));
    server->finish();
  }
  read_store(root, config);
  read_rules_table(root, config);
}

void read_tokens(Section& root, Config& config) {
  Claims names("the token name", "decisions are signed with it, so give each its own");
  for (auto& table : root.each("api_token")) {
    web::ApiToken token;
    token.name = table.required("name");
    const auto word = table.required("role");
    if (const auto role = web::parse_role(word))
      token.role = *role;
    else if (!word.empty())
      table.problem("role", role.error().message);
    token.secret = table.secret("token");
    if (token.secret.empty() && !table.has("token_file") && !table.has("token_env"))
      table.problem("", "[[api_token]] needs a secret; add token_file = \"…\"");
    names.claim(table, "name", token.name, token.name);
    if (is_source(config, token.name))
      table.problem("name", fmt::format("'{}' is the name of a source; give the token another, for its events bear it",
                                        one_line(token.name, 60)));
    table.finish();
    if (!token.name.empty() && !token.secret.empty()) config.tokens.push_back(std::move(token));
  }
}

}  // namespace countersign::cli

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "main/config/reading.hpp"
#include "main/zones.hpp"

namespace countersign::cli {
namespace {

constexpr std::array<std::string_view, 4> witnesses{"log", "kernel", "pam", "api"};

std::optional<webhooks::JsonPath> read_json_path(Section& table, std::string_view key, std::string_view text) {
  if (text.empty()) return std::nullopt;
  auto path = webhooks::JsonPath::parse(text);
  if (path) return *std::move(path);
  table.problem(key, path.error().message);
  return std::nullopt;
}

/// [webhook.NAME.fields]: over what the preset says, key by key.
void read_template_fields(Section& table, webhooks::TemplateFields& fields) {
  auto section = table.section("fields");
  if (!section) return;
  struct {
    std::string_view key;
    std::optional<webhooks::JsonPath>& target;
  } const paths[] = {{"records", fields.records}, {"line", fields.line}, {"pid", fields.pid}, {"time", fields.time}};
  for (const auto& [key, target] : paths)
    if (section->has(key)) target = read_json_path(*section, key, section->text(key, ""));
  struct {
    std::string_view key;
    std::vector<webhooks::JsonPath>& target;
  } const lists[] = {{"host", fields.host}, {"program", fields.program}, {"id", fields.id}};
  for (const auto& [key, target] : lists) {
    if (!section->has(key)) continue;
    target.clear();
    for (const auto& text : section->texts(key))
      if (auto path = read_json_path(*section, key, text)) target.push_back(*std::move(path));
  }
  if (const auto only = section->text("only")) {
    const auto equals = only->find('=');
    if (!only->empty() && equals == std::string::npos)
      section->problem("only", "write it as only = \"PATH=VALUE\", for instance \"status=firing\"");
    fields.only = read_json_path(*section, "only", only->substr(0, equals));
    fields.only_value = equals == std::string::npos ? "" : only->substr(equals + 1);
  }
  section->finish();
}

void read_template(Section& table, webhooks::Options& options) {
  if (const auto preset = table.text("preset")) {
    auto fields = webhooks::template_preset(*preset);
    if (fields)
      options.fields = *std::move(fields);
    else
      table.problem("preset", fields.error().message);
  }
  read_template_fields(table, options.fields);
  auto& signature = options.signature;
  signature.secret = table.secret("signature_secret");
  signature.header = table.text("signature_header", signature.header);
  signature.timestamp_header = table.text("signature_timestamp_header", "");
}

/// Everything, where it is not hosts' logs that the provider carries.
void read_json_rules_of(WebhookConfig& hook, Section& table) {
  const bool host_logs = webhooks::carries_host_logs(hook.provider);
  hook.json_rules = read_json_rules(table, host_logs ? std::vector<std::string>{} : std::vector<std::string>{"*"});
  if (!host_logs && !hook.default_program.empty() && !table.has("json_rules"))
    table.warn(
        "default_program",
        fmt::format("{} brings lines of {}, and one that holds JSON may pose as any event, a cloud's among them; "
                    "add json_rules = [], or the rules it brings: [\"aws.*\"]",
                    table.name(), hook.default_program));
}

}  // namespace

WebhookConfig read_webhook(const std::string& name, Section& table) {
  WebhookConfig hook;
  hook.name = name;
  hook.provider = table.required("provider");
  hook.token_header = table.text("token_header", "");
  hook.tokens = table.secrets("token");
  hook.witness = table.text("class", "log");
  if (std::ranges::find(witnesses, hook.witness) == witnesses.end())
    table.problem("class", fmt::format("'{}' is no class of witness; write log, kernel, pam or api", hook.witness));
  hook.hosts = read_hosts(table);
  hook.default_program = table.text("default_program", "");
  read_json_rules_of(hook, table);

  auto& options = hook.options;
  if (auto zone = find_zone(table.text("timezone", "UTC")))
    options.zone = *std::move(zone);
  else
    table.problem("timezone", zone.error().message);
  if (hook.provider == "template") read_template(table, options);
  if (hook.provider == "sns") {
    options.topics = table.texts("topics");
    options.certificate = read_named_file(table, "certificate_file");
  }
  if (hook.provider == "pubsub") {
    options.audience = table.text("audience", "");
    options.email = table.text("email", "");
    options.keys = read_named_file(table, "keys_file");
  }
  constexpr std::int64_t most_mib = 1024;
  if (const auto mib = table.number("max_body_mib", 1, most_mib, 0); mib > 0) {
    hook.max_body = static_cast<std::size_t>(mib) << 20;
    options.bound.bytes = std::max(options.bound.bytes, hook.max_body);
  }
  const bool has_token = table.has("token_file") || table.has("token_env") || table.has("token");
  if (!hook.provider.empty()) {
    const auto decoder = webhooks::make_decoder(hook.provider, options);
    if (!decoder) table.problem("provider", decoder.error().message);
    if (decoder && !(*decoder)->proves() && !has_token)
      table.problem("", fmt::format("{} has no token, so nobody may post to it; add token_file = \"…\"", table.name()));
  }
  table.finish();
  return hook;
}

}  // namespace countersign::cli

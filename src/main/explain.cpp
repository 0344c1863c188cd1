#include "main/explain.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/structure.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "core/approval.hpp"
#include "core/rules/reading.hpp"
#include "main/policy.hpp"

namespace countersign::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view usual_program = "sshd";

/// A JSON object that no program is named of is read as what it says itself, where a rule knows it.
core::Interpretation read_as(const core::Engine& engine, core::Record& record,
                             const std::optional<std::string>& program) {
  const auto now = SystemClock().now();
  record.program = program.value_or("");
  if (!program) {
    if (auto structured = core::read_structured(engine, record, now)) return *std::move(structured);
    record.program = usual_program;
  }
  return core::read(engine, record, now);
}

std::string why_unread(const core::Engine& engine, const core::Classified& classified, const core::Record& record) {
  const auto& program = record.program;
  if (classified.reading == core::Reading::quarantined)
    return fmt::format(
        "no rule {}{}reads this: it would be quarantined, shown and counted. Write a rule for it, or "
        "an ignore rule where it means nothing.",
        record.fields ? "for JSON " : "",
        program.empty() ? "" : fmt::format("{}for {} ", record.fields ? "or " : "", program));
  return classified.rule || engine.watches(program)
             ? "an ignore rule reads this: it is counted and not kept."
             : fmt::format("no rule names the program {}: its messages are ignored. Pass --program if it is another.",
                           program);
}

ordered_json fields_of(const core::Event& event) {
  ordered_json fields = ordered_json::object();
  core::for_each_field(event, [&](std::string_view name, std::string_view text, bool is_number) {
    if (is_number)
      fields[std::string(name)] = std::stoll(std::string(text));
    else
      fields[std::string(name)] = std::string(text);
  });
  return fields;
}

ordered_json whom(const core::Attribution& attribution) {
  ordered_json json{{"person", attribution.person.empty() ? ordered_json() : ordered_json(attribution.person)},
                    {"by", attribution.basis},
                    {"asked", attribution.expected         ? "nobody"
                              : attribution.person.empty() ? "security_channel"
                                                           : attribution.person}};
  if (!attribution.service_account.empty()) json["service_account"] = attribution.service_account;
  if (!attribution.told.empty()) json["told"] = attribution.told;
  if (attribution.to_channel) json["security_channel"] = true;
  if (attribution.unknown_key) json["unknown_key"] = true;
  if (!attribution.reason.empty()) json["reason"] = attribution.reason;
  return json;
}

void print_text(const ordered_json& json) {
  const auto line = [](std::string_view name, std::string_view value) {
    fmt::print("{:<26}{}\n", name, one_line(value, 2000));
  };
  for (const auto& [name, value] : json.items()) {
    if (!value.is_object()) {
      line(name, value.is_string() ? value.get<std::string>() : value.is_null() ? "none" : value.dump());
      continue;
    }
    fmt::print("{}\n", name);
    for (const auto& [inner, content] : value.items())
      line("  " + inner, content.is_string() ? content.get<std::string>()
                         : content.is_null() ? "nobody"
                                             : content.dump());
  }
}

}  // namespace

int run_explain(const ExplainOptions& options) {
  LoadedConfig loaded;
  if (!options.config_file.empty()) loaded = load_config(options.config_file);
  const auto made = make_policy(loaded);
  if (!made.policy) {
    for (const auto& problem : made.problems)
      fmt::print(stderr, "{}\n", to_text(problem));
    return 2;
  }
  const auto& engine = made.policy->engine;
  core::Record record;
  record.host = options.host;
  record.message = options.message;
  app::read_structure(record);
  const auto read = read_as(engine, record, options.program);

  ordered_json json;
  const auto* rule = read.classified.rule;
  json["rule"] = rule ? ordered_json(rule->id) : ordered_json();
  if (rule) json["file"] = fmt::format("{}:{}", rule->file, rule->line);
  if (read.classified.reading != core::Reading::event) {
    json["reading"] = read.classified.reading == core::Reading::ignored ? "ignored" : "quarantined";
    json["why"] = why_unread(engine, read.classified, record);
  } else {
    json["reading"] = "event";
    json["event"] = fields_of(read.event);
    const auto terms = core::terms_of(*rule, read.event);
    json["asks"] = terms.ask;
    json["severity"] = core::to_text(terms.severity);
    if (terms.approvers > 1) json["approvers"] = terms.approvers;
    if (terms.reason) json["reason wanted"] = true;
    if (!terms.to.empty()) json["asked by rule"] = terms.to;
    if (!options.config_file.empty()) json["leads to"] = whom(made.policy->directory.attribute(read.event));
  }
  if (options.json)
    fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  else
    print_text(json);
  return rule ? 0 : 1;
}

void add_explain(CLI::App& app, int& status) {
  auto* explain = app.add_subcommand("explain", "Which rule reads a message, what it says, and whom it leads to");
  auto options = std::make_shared<ExplainOptions>();
  auto format = std::make_shared<std::string>("text");
  explain->add_option("MESSAGE", options->message, "The message, without its syslog header")->required();
  explain->add_option("--config", options->config_file, "Configuration file: adds whom it leads to");
  explain->add_option("--program", options->program,
                      "The program that logged it; without it a JSON object is read by the rules for JSON, "
                      "any other message as sshd's");
  explain->add_option("--host", options->host, "The host it was logged on");
  explain->add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  explain->callback([&status, options, format] {
    options->json = *format == "json";
    status = run_explain(*options);
  });
}

}  // namespace countersign::cli

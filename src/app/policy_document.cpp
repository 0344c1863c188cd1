#include "app/policy_document.hpp"

#include <fmt/chrono.h>

#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::app {
namespace {

using nlohmann::json;

std::string canonical(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <typename Rows, typename Shape>
json entries_of(const Rows& rows, Shape shape) {
  json out = json::array();
  for (const auto& row : rows)
    out.push_back(shape(row));
  return out;
}

json person_entry(const core::Person& person) {
  return {{"certificates", entries_of(person.certificates,
                                      [](const auto& one) { return json{{"ca", one.authority}, {"id", one.id}}; })},
          {"email", person.email},
          {"key_fingerprints", person.keys},
          {"name", person.name},
          {"slack_user", person.slack_user},
          {"unix_users", entries_of(person.accounts, [](const auto& one) {
             return one.host == "*" ? one.user : one.user + "@" + one.host;
           })}};
}

json service_entry(const core::ServiceAccount& service) {
  return {{"hosts", service.hosts},
          {"key_fingerprints", service.keys},
          {"networks", entries_of(service.networks, [](const auto& network) { return network.text(); })},
          {"owner", service.owner},
          {"purpose", service.purpose},
          {"review_by", service.review_by
                            ? json(fmt::format("{:%F}", std::chrono::system_clock::time_point(*service.review_by)))
                            : json()},
          {"unix_user", service.user}};
}

json host_entry(const core::Host& host) {
  return {{"agent", host.agent},   {"aliases", host.aliases},
          {"groups", host.groups}, {"log", host.log},
          {"name", host.name},     {"severity", host.severity ? json(core::to_text(*host.severity)) : json()}};
}

json expected_entry(const core::ExpectedChange& change) {
  return {{"account", change.account},
          {"author", change.author},
          {"from", change.from ? json(to_rfc3339(*change.from)) : json()},
          {"host", change.host},
          {"key", change.key},
          {"network", change.network ? json(change.network->text()) : json()},
          {"reason", change.reason},
          {"until", to_rfc3339(change.until)}};
}

json schedule_json(const core::Schedule& schedule) {
  json out{{"ask_within", countersign::to_text(schedule.ask_within)},
           {"pagers", schedule.pagers},
           {"publishers", schedule.publishers},
           {"shadow", schedule.shadow},
           {"trust_for", countersign::to_text(schedule.trust_for)}};
  for (const auto severity : {core::Severity::normal, core::Severity::high, core::Severity::critical}) {
    const auto& pace = schedule.pace(severity);
    out[std::string(core::to_text(severity))] = {{"escalate_after", countersign::to_text(pace.escalate_after)},
                                                 {"group_window", countersign::to_text(pace.group_window)},
                                                 {"page_after", countersign::to_text(pace.page_after)},
                                                 {"repeat_every", countersign::to_text(pace.repeat_every)}};
  }
  return out;
}

json files_json(const Policy& policy) {
  json files = json::object();
  for (const auto& [name, digest] : policy.files)
    files[name] = digest;
  return files;
}

}  // namespace

std::string policy_document(const Policy& policy) {
  const auto& entries = policy.directory.entries();
  json names = json::object();
  for (const auto& [key, name] : entries.key_names)
    names[key] = name;
  return canonical(
      {{"expected", entries_of(entries.expected, expected_entry)},
       {"files", files_json(policy)},
       {"hosts", entries_of(entries.hosts, host_entry)},
       {"key_names", std::move(names)},
       {"people", entries_of(entries.people, person_entry)},
       {"reconcile",
        {{"grace", countersign::to_text(policy.grace)}, {"match_window", countersign::to_text(policy.match_window)}}},
       {"rules", entries_of(policy.engine.rules(), [](const auto& rule) { return rule.id; })},
       {"schedule", schedule_json(policy.schedule)},
       {"service_accounts", entries_of(entries.services, service_entry)}});
}

std::string detail_of_load(const Policy& policy, const std::string& file) {
  const auto& entries = policy.directory.entries();
  return canonical({{"expected", entries_of(entries.expected, expected_entry)},
                    {"file", file},
                    {"files", files_json(policy)},
                    {"people", entries.people.size()},
                    {"policy", to_hex(crypto::sha256(policy_document(policy)))},
                    {"rules", policy.engine.rules().size()},
                    {"service_accounts", entries.services.size()}});
}

}  // namespace countersign::app

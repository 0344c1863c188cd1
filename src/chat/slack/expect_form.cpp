#include "chat/slack/expect_form.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "chat/slack/elements.hpp"
#include "chat/slack/json.hpp"
#include "chat/slack/modal.hpp"
#include "core/fingerprint.hpp"

namespace countersign::chat::slack {
namespace {

using nlohmann::json;

constexpr std::size_t form_title = 24;
constexpr std::size_t label_limit = 100;
constexpr std::size_t form_error = 200;
constexpr std::size_t note_limit = 300;
constexpr std::size_t reason_shown = 200;
constexpr std::size_t listed_changes = 40;
constexpr std::size_t list_budget = 5500;  // characters of the lines, with what stands around each
constexpr std::size_t around_a_line = 250;
constexpr std::size_t short_field = 200;  // characters
constexpr auto proposed = std::chrono::hours(4);

json input(const char* field, const std::string& label, json element, bool optional, const std::string& hint = {}) {
  element["action_id"] = "value";
  json out{{"type", "input"},
           {"block_id", field},
           {"label", plain_text(label, label_limit)},
           {"element", std::move(element)},
           {"optional", optional}};
  if (!hint.empty()) out["hint"] = plain_text(hint, note_limit);
  return out;
}

json text_field(std::size_t most, bool multiline = false) {
  return {{"type", "plain_text_input"}, {"multiline", multiline}, {"max_length", most}};
}

/// Trimmed; an error where it is longer than the form lets anybody write.
std::string text_of(const json& payload, const char* field, std::size_t most, ExpectForm& form) {
  const auto said = clean_utf8(string_at(payload, {"view", "state", "values", field, "value", "value"}));
  const auto first = said.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  auto text = said.substr(first, said.find_last_not_of(" \t\r\n") + 1 - first);
  if (length(text) > most) form.errors[field] = fmt::format("at most {} characters", most);
  return text;
}

/// The seconds that a datetimepicker gives; what no clock shows is none.
std::optional<Timestamp> time_of(const json& payload, const char* field) {
  const json* at = &payload;
  for (const auto* key : {"view", "state", "values", field, "value", "selected_date_time"}) {
    if (!at->is_object() || !at->contains(key)) return std::nullopt;
    at = &(*at)[key];
  }
  constexpr std::int64_t year_2100 = 4'102'444'800;
  if (!at->is_number_integer() || at->get<std::int64_t>() < 0 || at->get<std::int64_t>() > year_2100)
    return std::nullopt;
  return Timestamp(std::chrono::seconds(at->get<std::int64_t>()));
}

std::string scope_line(const core::ExpectedChange& change) {
  std::string text = change.person.empty() ? "*Anybody*" : "*" + name(change.person) + "*";
  if (!change.account.empty()) text += " as " + code(change.account);
  text += change.host == "*" ? " on any host" : " on " + code(change.host) + (change.trust ? " and its group" : "");
  if (change.network) text += " from " + code(change.network->text());
  if (!change.key.empty()) text += " with " + code(change.key);
  return text;
}

}  // namespace

json expect_view(bool security, Timestamp now) {
  const auto until = std::chrono::floor<std::chrono::minutes>(now + proposed).time_since_epoch();
  json until_field{{"type", "datetimepicker"},
                   {"initial_date_time", std::chrono::duration_cast<std::chrono::seconds>(until).count()}};
  json blocks = json::array();
  blocks.push_back(section(plain_text(
      security
          ? "Nobody is asked about logins that this covers. Fill in what narrows it; at least one of account, host, "
            "network and key."
          : "You are not asked about your own logins that this covers. Fill in what narrows it; at least one of "
            "account, host, network and key.",
      note_limit)));
  blocks.push_back(input("account", "Unix account", text_field(short_field), true));
  blocks.push_back(input("host", "Host", text_field(short_field), true, "A * stands for any text: web*"));
  blocks.push_back(input("network", "Source network", text_field(short_field), true, "203.0.113.0/24, or one address"));
  blocks.push_back(input("key", "Key fingerprint", text_field(short_field), true, "SHA256:\xE2\x80\xA6"));
  blocks.push_back(input("reason", "What is going on?", text_field(longest_reason, true), false));
  blocks.push_back(input("until", "Until", std::move(until_field), false, "At most 30 days ahead"));
  return {{"type", "modal"},
          {"callback_id", expect_callback},
          {"title", plain_text("Expected change", form_title)},
          {"submit", plain_text("Announce", form_title)},
          {"close", plain_text("Close", form_title)},
          {"blocks", std::move(blocks)}};
}

ExpectForm read_expect(const json& payload) {
  ExpectForm form;
  form.user = string_at(payload, {"user", "id"});
  auto& change = form.change;
  change.account = text_of(payload, "account", short_field, form);
  change.host = text_of(payload, "host", short_field, form);
  change.key = text_of(payload, "key", short_field, form);
  change.reason = text_of(payload, "reason", longest_reason, form);
  if (const auto text = text_of(payload, "network", short_field, form); !text.empty()) {
    if (const auto network = core::Network::parse(text))
      change.network = *network;
    else
      form.errors["network"] = "write 10.0.0.0/8 or an address";
  }
  if (!change.key.empty() && !core::is_fingerprint(change.key))
    form.errors["key"] = "a fingerprint begins with SHA256:";
  if (const auto until = time_of(payload, "until"))
    change.until = *until;
  else
    form.errors["until"] = "say until when";
  if (change.reason.empty()) form.errors["reason"] = "say what is going on";
  return form;
}

json refused_fields(const std::map<std::string, std::string>& errors) {
  json out = json::object();
  for (const auto& [field, why] : errors)
    out[field] = plain(why, form_error);
  return {{"response_action", "errors"}, {"errors", std::move(out)}};
}

std::string field_of(const Error& error) {
  if (error.message.find("scope") != std::string::npos || error.fault == Fault::forbidden) return "account";
  const bool about_end =
      error.message.find("the end") != std::string::npos || error.message.find("lasts") != std::string::npos;
  return about_end ? "until" : "reason";
}

json announced_view(const core::ExpectedChange& change) {
  json blocks = json::array();
  blocks.push_back(section(mrkdwn(scope_line(change) + "\nis expected until " + when(change.until) + ": " +
                                  code(change.reason, reason_shown))));
  blocks.push_back(
      context(json::array({plain_text("End it before its time with /countersign expected.", note_limit)})));
  return {{"response_action", "update"},
          {"view",
           {{"type", "modal"},
            {"title", plain_text("Announced", form_title)},
            {"close", plain_text("Close", form_title)},
            {"blocks", std::move(blocks)}}}};
}

json expected_blocks(const std::vector<core::ExpectedChange>& changes) {
  json out = json::array();
  out.push_back(header(changes.empty() ? "Nothing is expected just now" : "Expected, and so not asked about"));
  std::size_t shown = 0, written = 0;
  for (; shown < std::min(changes.size(), listed_changes) && written < list_budget; ++shown) {
    const auto& change = changes[shown];
    auto line = scope_line(change) + "\nuntil " + when(change.until) + ", by " + name(change.author);
    if (!change.reason.empty()) line += ": " + code(change.reason, reason_shown / 2);
    written += length(line) + around_a_line;
    auto block = section(mrkdwn(line));
    if (change.id) block["accessory"] = button("end_expected", "End it", nullptr, to_text(change.id));
    out.push_back(std::move(block));
  }
  if (changes.size() > shown)
    out.push_back(context(json::array({plain_text(fmt::format("and {} more", changes.size() - shown), note_limit)})));
  return out;
}

}  // namespace countersign::chat::slack

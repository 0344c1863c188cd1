#include "chat/slack/command.hpp"

#include <array>
#include <map>
#include <memory>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "chat/slack/actor.hpp"
#include "chat/slack/elements.hpp"
#include "chat/slack/expect_form.hpp"
#include "chat/slack/json.hpp"
#include "chat/slack/read_waiting.hpp"
#include "chat/slack/waiting.hpp"
#include "chat/slack/words.hpp"

namespace countersign::chat::slack {
namespace {

using nlohmann::json;

constexpr int most_fields = 100;
constexpr std::size_t most_found = 15;
constexpr std::size_t found_limit = 48;
constexpr std::size_t said_limit = 600;
constexpr std::array<std::string_view, 5> verbs{"pending", "find", "expect", "expected", "help"};
constexpr const char* help_text =
    "*/countersign pending*: what waits for you, and for the security team all that waits\n"
    "*/countersign find QUERY*: the newest events, for the security team: "
    "`event.action=ssh_login AND user.name=oswaldo AND NOT host.name=web*`\n"
    "*/countersign expect*: announce a change, so that nobody is asked about its logins\n"
    "*/countersign expected*: what is expected just now, and how to end it\n"
    "*/countersign help*: this";

json whispered(const std::string& text, json blocks) {
  return {{"response_type", "ephemeral"}, {"text", text}, {"blocks", std::move(blocks)}};
}

/// A sentence that may hold foreign values.
json said(const std::string& text) {
  const auto shown = plain_text(text, said_limit);
  return whispered(escape(shown["text"].get<std::string>()), json::array({section(shown)}));
}

json help(const std::string& before = {}) {
  json blocks = json::array();
  if (!before.empty()) blocks.push_back(section(plain_text(before, said_limit)));
  blocks.push_back(section(mrkdwn(help_text)));
  return whispered("/countersign pending, find QUERY, expect, expected, help", std::move(blocks));
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

/// As it was typed: without Slack's entities, and with the quotation marks that phones make curly.
std::string as_typed(std::string text) {
  replace_all(text, "\xE2\x80\x9C", "\"");
  replace_all(text, "\xE2\x80\x9D", "\"");
  replace_all(text, "&lt;", "<");
  replace_all(text, "&gt;", ">");
  replace_all(text, "&amp;", "&");
  return text;
}

std::string found_line(const app::ListedEvent& row) {
  const auto& event = row.stored.event;
  auto line = fmt::format("\xE2\x80\xA2 {}, {}", when(event.time), code(event.action, found_limit));
  if (!event.user.empty()) line += " as " + code(event.user, found_limit);
  if (!event.host.empty()) line += " on " + code(event.host, found_limit);
  if (!event.address.empty()) line += " from " + code(event.address, found_limit);
  if (row.approval_state) line += " *" + state_word(*row.approval_state) + "*";
  return line;
}

json found(const app::Page<app::ListedEvent>& page) {
  if (page.rows.empty()) return said("Nothing found.");
  json blocks = json::array();
  for (const auto& row : page.rows)
    blocks.push_back(section(mrkdwn(found_line(row))));
  const bool more = !page.next_cursor.empty();
  if (more) blocks.push_back(context(json::array({plain_text("These are the newest; there are more.", said_limit)})));
  return whispered(fmt::format("{}{} found", page.rows.size(), more ? " and more" : ""), std::move(blocks));
}

std::vector<app::OwedMessage> as_messages(const std::vector<app::FullApproval>& rows, const std::string& to) {
  std::vector<app::OwedMessage> out;
  out.reserve(rows.size());
  for (const auto& row : rows)
    out.push_back(as_message(row, to, {}));
  return out;
}

json busy() {
  return said("This can't be looked up just now: try again in a moment.");
}

}  // namespace

Result<json> fields_of(std::string_view form) {
  json fields = json::object();
  for (int count = 0; !form.empty(); ++count) {
    if (count == most_fields) return fail(Fault::invalid, "more than {} form fields", most_fields);
    const auto pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = from_form(pair.substr(0, equals));
    auto value = from_form(pair.substr(std::min(pair.size(), equals + 1)));
    if (!name || !value) return fail(Fault::invalid, "a form field has a bad escape");
    if (fields.contains(*name)) return fail(Fault::invalid, "a form field comes twice");
    fields[*name] = *std::move(value);
  }
  return fields;
}

Result<Command> read_command(const json& payload) {
  Command out{string_at(payload, {"user_id"}), string_at(payload, {"text"}), string_at(payload, {"trigger_id"})};
  if (string_at(payload, {"command"}).empty()) return fail(Fault::invalid, "the request names no command");
  if (out.user.empty()) return fail(Fault::invalid, "the command names no user");
  return out;
}

void Commands::answer(const Command& command, Done done) {
  const auto text = as_typed(command.text);
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  const auto end = std::min(text.find(' ', begin), text.size());
  auto verb = text.substr(begin, end - begin);
  for (auto& c : verb)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto rest = text.substr(std::min(text.find_first_not_of(' ', end), text.size()));
  auto reader = actor_of(settings_, policy_.current()->directory, command.user);
  if (verb == "pending") return pending(std::move(reader), std::move(done));
  if (verb == "find") return find(reader, rest, std::move(done));
  if (verb == "expect") return expect(reader, command.trigger, std::move(done));
  if (verb == "expected") return expected(std::move(reader), std::move(done));
  if (verb.empty() || verb == "help") return done(help());
  const auto meant = nearest(verb, verbs);
  done(help(meant.empty()
                ? fmt::format("There is no \"{}\".", one_line(verb, found_limit))
                : fmt::format("There is no \"{}\"; did you mean \"{}\"?", one_line(verb, found_limit), meant)));
}

void Commands::pending(std::optional<core::Actor> reader, Done done) {
  auto shared = std::make_shared<Done>(std::move(done));
  const bool queued = store_.read([shared, reader = std::move(reader), now = clock_.now()](app::View& view) {
    const auto rows = read_waiting(view, reader, now);
    if (!rows) return (*shared)(busy());
    Waiting waiting{{}, {}, rows->total_mine, rows->total, reader.has_value(), reader && reader->security};
    if (reader) waiting.mine = as_messages(rows->mine, reader->name);
    waiting.all = as_messages(rows->all, std::string(core::security_channel));
    (*shared)(whispered(fmt::format("{} waiting", waiting.security ? rows->total : rows->total_mine),
                        waiting_blocks(waiting)));
  });
  if (!queued) (*shared)(busy());
}

void Commands::expect(const std::optional<core::Actor>& reader, const std::string& trigger, Done done) {
  if (!reader) return done(said("You are not among the people this Countersign knows."));
  api_.call("views.open", {{"trigger_id", trigger}, {"view", expect_view(reader->security, clock_.now())}},
            [done = std::move(done)](const Api::Answer& opened) mutable {
              done(opened ? json() : said("The form could not be opened: try again."));
            });
}

/// The security team sees all, others what is theirs.
void Commands::expected(std::optional<core::Actor> reader, Done done) {
  if (!reader) return done(said("You are not among the people this Countersign knows."));
  const auto now = clock_.now();
  auto configured = policy_.current()->directory.entries().expected;
  std::erase_if(configured, [&](const core::ExpectedChange& one) { return one.until <= now; });
  auto shared = std::make_shared<Done>(std::move(done));
  const bool queued = store_.read([shared, reader = *std::move(reader), now, configured](app::View& view) {
    auto changes = view.expected_changes(now, false);
    if (!changes) return (*shared)(busy());
    changes->insert(changes->end(), configured.begin(), configured.end());
    if (!reader.security)
      std::erase_if(*changes, [&](const core::ExpectedChange& one) {
        return one.person != reader.name && one.author != reader.name;
      });
    (*shared)(whispered(fmt::format("{} expected", changes->size()), expected_blocks(*changes)));
  });
  if (!queued) (*shared)(busy());
}

void Commands::find(const std::optional<core::Actor>& reader, const std::string& query, Done done) {
  if (!reader || !reader->security) return done(said("Only the security team can search the events."));
  auto parsed = core::parse_query(query);
  if (!parsed) return done(said("That is no query: " + parsed.error().message));
  app::EventFilter filter;
  filter.query = *std::move(parsed);
  filter.limit = most_found;
  auto shared = std::make_shared<Done>(std::move(done));
  const bool queued = store_.read([shared, filter = std::move(filter)](app::View& view) {
    const auto page = view.events(filter);
    (*shared)(page                                   ? found(*page)
              : page.error().fault == Fault::invalid ? said("That is no query: " + page.error().message)
                                                     : busy());
  });
  if (!queued) (*shared)(busy());
}

}  // namespace countersign::chat::slack

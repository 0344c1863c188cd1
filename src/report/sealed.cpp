#include "report/sealed.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "report/cell.hpp"

namespace countersign::report {
namespace {

using Json = nlohmann::ordered_json;

std::string counted(std::int64_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

/// "oswaldo@bastion of 2026-11-20T12:00:00Z is matched now: late by 7 min".
std::string change_words(const app::StoredEvent& login) {
  const auto& event = login.event;
  return fmt::format("{} of {} is {} now{}{}", one_line(fmt::format("{}@{}", event.user, event.host), 120),
                     to_rfc3339(event.time), login.verdict, login.reasons.empty() ? "" : ": ",
                     one_line(login.reasons, 300));
}

std::string seal_words(const app::Seal& seal) {
  auto words = fmt::format("Sealed by {} at {}", one_line(seal.made_by, 60), to_rfc3339(seal.as_of));
  if (seal.waiting > 0) words += fmt::format(", while {} had no verdict yet", counted(seal.waiting, "login", "logins"));
  return words;
}

std::string in_json(std::string body, const app::Seal& seal, const app::Amendments& since) {
  Json changed = Json::array();
  for (const auto& login : since.changed)
    changed.push_back({{"id", countersign::to_text(login.id)},
                       {"@timestamp", to_rfc3339(login.event.time)},
                       {"user.name", login.event.user},
                       {"host.name", login.event.host},
                       {"verdict", login.verdict},
                       {"reasons", login.reasons}});
  const Json sealed{{"id", countersign::to_text(seal.id)},
                    {"at", to_rfc3339(seal.as_of)},
                    {"by", seal.made_by},
                    {"digest", to_hex(seal.digest)},
                    {"waiting", seal.waiting},
                    {"amendments",
                     {{"late_lines", since.late_lines},
                      {"late_logins", since.late_logins},
                      {"uncounted_logins", since.uncounted},
                      {"changed_verdicts", since.changed_verdicts},
                      {"decisions", since.decisions},
                      {"changed", std::move(changed)}}}};
  if (!body.empty()) body.pop_back();  // the object's closing brace
  return body + ",\"sealed\":" + sealed.dump(-1, ' ', false, Json::error_handler_t::replace) + "}";
}

std::string in_text(std::string body, const app::Seal& seal, const app::Amendments& since) {
  body += fmt::format("\nSeal\n  {}\n  SHA-256 of its JSON {}\n  {}\n", seal_words(seal), to_hex(seal.digest),
                      words_of(since));
  for (const auto& login : since.changed)
    body += fmt::format("    {}\n", change_words(login));
  return body;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

/// Before the page's end, which no foreign text can hold: there it is escaped.
std::string in_page(std::string body, const app::Seal& seal, const app::Amendments& since) {
  auto section = fmt::format("<section>\n<h2>Seal</h2>\n<p>{}; SHA-256 of its JSON <code>{}</code></p>\n<p>{}</p>\n",
                             escaped(seal_words(seal)), to_hex(seal.digest), escaped(words_of(since)));
  if (!since.changed.empty()) {
    section += "<ul>\n";
    for (const auto& login : since.changed)
      section += fmt::format("<li>{}</li>\n", escaped(change_words(login)));
    section += "</ul>\n";
  }
  section += "</section>\n";
  const auto end = body.rfind("</main>");
  return body.insert(end == std::string::npos ? body.size() : end, section);
}

/// A line with the cells given by their columns' names, which the table's own first line says.
std::string csv_line(std::string_view header, const std::vector<std::pair<std::string_view, std::string>>& cells) {
  std::string line;
  while (true) {
    const auto end = header.find(',');
    const auto name = header.substr(0, end);
    for (const auto& [column, text] : cells)
      if (column == name) line += cell(text);
    if (end == std::string_view::npos) return line + "\r\n";
    line += ',';
    header.remove_prefix(end + 1);
  }
}

std::string in_csv(std::string body, const app::Seal& seal, const app::Amendments& since) {
  const auto header = body.substr(0, body.find("\r\n"));
  body += csv_line(header, {{"record", "seal"},
                            {"name", to_hex(seal.digest)},
                            {"from", to_rfc3339(seal.from)},
                            {"to", to_rfc3339(seal.to)},
                            {"reason", seal_words(seal)}});
  body += csv_line(header, {{"record", "amendment"}, {"reason", words_of(since)}});
  for (const auto& login : since.changed)
    body += csv_line(header, {{"record", "amendment"},
                              {"name", login.event.host},
                              {"from", to_rfc3339(login.event.time)},
                              {"kind", login.verdict},
                              {"user", login.event.user},
                              {"source_ip", login.event.address},
                              {"reason", login.reasons}});
  return body;
}

}  // namespace

std::string with_seal(Form form, std::string body, const app::Seal& seal, const app::Amendments& since) {
  switch (form) {
    case Form::json:
      return in_json(std::move(body), seal, since);
    case Form::text:
      return in_text(std::move(body), seal, since);
    case Form::html:
      return in_page(std::move(body), seal, since);
    case Form::csv:
      return in_csv(std::move(body), seal, since);
  }
  return body;
}

std::string words_of(const app::Amendments& since) {
  if (since.none()) return "since sealed: nothing";
  std::string words;
  const auto add = [&words](std::int64_t n, std::string_view one, std::string_view many) {
    if (n > 0) words += (words.empty() ? "" : ", ") + counted(n, one, many);
  };
  add(since.late_lines, "late line", "late lines");
  add(since.late_logins, "login nobody had told of", "logins nobody had told of");
  add(since.uncounted, "login of a kind that reports did not count then",
      "logins of kinds that reports did not count then");
  add(since.changed_verdicts, "verdict changed", "verdicts changed");
  add(since.decisions, "decision", "decisions");
  return "since sealed: " + words;
}

std::string_view style_of(std::string_view page) {
  constexpr std::string_view opens = "<style>";
  const auto begin = page.find(opens);
  const auto end = page.find("</style>");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  return page.substr(begin + opens.size(), end - begin - opens.size());
}

bool sealed_findings(std::string_view document) {
  const auto report = Json::parse(document, nullptr, false);
  if (!report.is_object() || !report.contains("findings") || !report.contains("summary")) return true;
  if (!report["findings"].empty()) return true;
  const auto& sum = report["summary"];
  return sum.value("missing_log", 0) + sum.value("missing_kernel", 0) + sum.value("mismatch", 0) > 0;
}

}  // namespace countersign::report

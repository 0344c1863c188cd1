#include "chat/pager/mail.hpp"

#include <fmt/chrono.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "chat/pager/words.hpp"

namespace countersign::chat::pager {
namespace {

constexpr std::size_t subject_limit = 200;
constexpr std::size_t bytes_in_word = 45;  // 60 in base64, and 75 with the word's frame: RFC 2047 section 2
constexpr std::size_t base64_line = 76;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
}

/// RFC 5322 3.3, in UTC.
std::string date(Timestamp at) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", std::chrono::floor<std::chrono::seconds>(at));
}

std::string domain_of(std::string_view address) {
  return std::string(address.substr(address.rfind('@') + 1));
}

void add_row(std::string& body, std::string_view name, const std::string& what) {
  if (!what.empty()) body += fmt::format("{:<9}{}\r\n", name, what);
}

std::string who(const app::OwedMessage& message, const core::Event& event) {
  const auto& person = message.approval.subject.empty() ? message.approval.person : message.approval.subject;
  const auto user = value(event.user);
  return person.empty() ? user : fmt::format("{} ({})", user, value(person, 80));
}

std::string origin(const core::Event& event) {
  const auto address = value(event.address);
  return event.port ? fmt::format("{} port {}", address, *event.port) : address;
}

std::string manner(const core::Event& event) {
  auto out = value(event.method, 40);
  if (!event.key.empty()) out += fmt::format(", {} {}", value(event.key_type, 40), value(event.key, 100));
  if (!event.certificate.empty()) out += ", certificate " + value(event.certificate, 100);
  return out;
}

void add_events(std::string& body, const app::OwedMessage& message) {
  if (message.events.size() == 1) {
    const auto& event = message.events.front().event;
    add_row(body, "Who", who(message, event));
    add_row(body, "Where", value(event.host));
    add_row(body, "From", origin(event));
    add_row(body, "How", manner(event));
    add_row(body, "When", to_rfc3339(event.time));
    add_row(body, "New", value(message.events.front().news));
    return;
  }
  const auto total = std::max(message.events.size(), message.approval.events.size());
  const auto shown = std::min(message.events.size(), events_shown);
  for (std::size_t i = 0; i < shown; ++i)
    body += event_line(message.events[i].event) + "\r\n";
  if (shown < total) body += fmt::format("and {} more\r\n", total - shown);
}

std::string approval_body(const app::OwedMessage& message, std::string_view link) {
  const auto& approval = message.approval;
  auto body = headline(message) + "\r\n\r\n";
  add_events(body, message);
  add_row(body, "Asked",
          fmt::format("{}, {}",
                      approval.addressed_to == core::security_channel ? "the security channel"
                                                                      : value(approval.addressed_to, 80),
                      to_rfc3339(approval.created_at)));
  add_row(body, "Why", value(approval.reason));
  for (const auto& line : decision_lines(approval))
    add_row(body, "Decision", line);
  body += fmt::format("\r\nApproval {}\r\n", to_text(approval.id));
  if (!link.empty()) body += fmt::format("{}\r\n", link);
  return body;
}

std::string in_base64(std::string_view body) {
  const auto encoded = to_base64(body);
  std::string lines;
  for (std::size_t at = 0; at < encoded.size(); at += base64_line)
    lines += encoded.substr(at, base64_line) + "\r\n";
  return lines;
}

}  // namespace

bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || text.size() > 254) return false;
  return text.find('@', at + 1) == std::string_view::npos && std::ranges::all_of(text, [](char c) {
           return c > ' ' && c < 0x7F && std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos;
         });
}

std::string header_text(std::string_view text) {
  auto line = one_line(text, subject_limit);
  if (is_ascii(line) && line.find("=?") == std::string::npos) return line;
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    auto end = std::min(at + bytes_in_word, line.size());
    while (end < line.size() && !begins_character(line[end]))
      --end;
    if (!out.empty()) out += "\r\n ";
    out += fmt::format("=?UTF-8?B?{}?=", to_base64(std::string_view(line).substr(at, end - at)));
    at = end;
  }
  return out;
}

std::string mail_text(const app::OwedMessage& message, const EmailPagerSettings& settings, std::string_view link) {
  const auto& notification = message.notification;
  const auto domain = domain_of(settings.from);
  const bool asks = static_cast<bool>(message.approval.id);
  const auto body = asks ? approval_body(message, link) : value(notification.detail, 800) + "\r\n";
  auto mail = fmt::format("Date: {}\r\nFrom: Countersign <{}>\r\nTo: {}\r\nSubject: [Countersign] {}\r\n",
                          date(notification.created_at), settings.from, fmt::join(settings.to, ",\r\n "),
                          header_text(headline(message)));
  mail += fmt::format("Message-ID: <{}@{}>\r\n", to_text(notification.id), domain);
  if (asks) mail += fmt::format("References: <approval-{}@{}>\r\n", to_text(message.approval.id), domain);
  mail += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n";
  const bool plain = is_ascii(body);
  mail += fmt::format("Content-Transfer-Encoding: {}\r\n\r\n", plain ? "7bit" : "base64");
  mail += plain ? body : in_base64(body);
  return mail;
}

}  // namespace countersign::chat::pager

#include <doctest/doctest.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "chat/pager/mail.hpp"
#include "chat/pager/smtp.hpp"
#include "unit/chat/hostile.hpp"
#include "unit/chat/messages.hpp"

using namespace countersign;
using namespace countersign::test;

namespace {

chat::EmailPagerSettings settings() {
  chat::EmailPagerSettings out;
  out.from = "countersign@example.com";
  out.to = {"security@example.com", "boss@example.com"};
  return out;
}

app::OwedMessage paged() {
  auto message = asked();
  message.notification.purpose = "page";
  message.notification.to = "pager:email";
  return message;
}

std::string mail(const app::OwedMessage& message) {
  return chat::pager::mail_text(message, settings(), "https://c.example/inbox/approvals/0000000000006");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find("\r\n", at);
    REQUIRE(end != std::string::npos);
    lines.push_back(text.substr(at, end - at));
    at = end + 2;
  }
  return lines;
}

/// Header names in order, folded lines joined to theirs.
std::vector<std::string> header_names(const std::string& text) {
  std::vector<std::string> names;
  for (const auto& line : lines_of(text)) {
    if (line.empty()) break;
    if (line[0] != ' ') names.push_back(line.substr(0, line.find(':')));
  }
  return names;
}

const std::vector<std::string> our_headers{
    "Date",       "From",           "To",           "Subject",      "Message-ID",
    "References", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"};

}  // namespace

TEST_CASE("a page as a mail, whole") {
  CHECK(mail(paged()) ==
        "Date: Fri, 20 Nov 2026 12:00:02 +0000\r\n"
        "From: Countersign <countersign@example.com>\r\n"
        "To: security@example.com,\r\n boss@example.com\r\n"
        "Subject: [Countersign] Undecided: SSH login as oswaldo on bastion\r\n"
        "Message-ID: <0000000000007@example.com>\r\n"
        "References: <approval-0000000000006@example.com>\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "\r\n"
        "Undecided: SSH login as oswaldo on bastion\r\n"
        "\r\n"
        "Who      oswaldo (Oswaldo)\r\n"
        "Where    bastion\r\n"
        "From     203.0.113.7 port 51234\r\n"
        "How      publickey, ED25519 SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG\r\n"
        "When     2026-11-20T12:00:00Z\r\n"
        "Asked    Oswaldo, 2026-11-20T12:00:02Z\r\n"
        "\r\n"
        "Approval 0000000000006\r\n"
        "https://c.example/inbox/approvals/0000000000006\r\n");
}

TEST_CASE("an outage as a mail: its words, no approval") {
  app::OwedMessage outage;
  outage.notification.id = Id{9};
  outage.notification.purpose = "outage";
  outage.notification.created_at = at(noon);
  outage.notification.detail = "Slack takes no messages: 3 wait.";
  const auto text = mail(outage);
  CHECK(text.find("Subject: [Countersign] Messages are not delivered\r\n") != std::string::npos);
  CHECK(text.find("References:") == std::string::npos);
  CHECK(text.ends_with("\r\n\r\nSlack takes no messages: 3 wait.\r\n"));
}

TEST_CASE("a burst lists its events, and counts those it doesn't show") {
  auto message = asked(14);
  message.notification.purpose = "page";
  const auto text = mail(message);
  CHECK(text.find("Subject: [Countersign] Undecided: 14 times SSH login as oswaldo on bastion\r\n") !=
        std::string::npos);
  CHECK(std::ranges::count(lines_of(text), std::string("and 4 more")) == 1);
}

TEST_CASE("nothing a foreign value holds makes a header, a line, a link or an encoded word") {
  auto values = hostile_texts();
  for (const auto* more : {"x\r\nBcc: evil@example.com", "x\nSubject: forged", "x\r\n\r\nforged body", "x\r\n.\r\nQUIT",
                           ".", "=?UTF-8?B?Zm9yZ2Vk?=", "\r", "J\xC3\xBCrgen",
                           "\xE2\x80\xA8"
                           "line"})
    values.emplace_back(more);
  for (const auto& hostile : values) {
    CAPTURE(hostile);
    for (const auto* purpose : {"page", "denial"}) {
      auto message = paged();
      message.notification.purpose = purpose;
      auto& event = message.events[0].event;
      event.user = event.host = event.address = event.method = event.key_type = event.key = event.certificate = hostile;
      event.more = {{"user.effective.name", hostile}, {"process.command_line", hostile}, {"aws.trail", hostile}};
      message.events[0].news = message.approval.subject = message.approval.reason = hostile;
      message = decided(std::move(message), core::Act::deny, hostile, hostile);
      const auto text = mail(message);
      CHECK(header_names(text) == our_headers);
      CHECK(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
      const auto lines = lines_of(text);
      for (const auto& line : lines) {
        CHECK(line.size() <= 998);
        CHECK(line.find_first_of("\r\n") == std::string::npos);
        if (line.starts_with("Subject: ")) CHECK(line.find("?Zm9yZ2Vk?") == std::string::npos);
      }
      auto body = text.substr(text.find("\r\n\r\n") + 4);
      if (text.find("Content-Transfer-Encoding: base64") != std::string::npos) {
        std::erase(body, '\r');
        std::erase(body, '\n');
        body = *from_base64(body);
      }
      const auto shown = lines_of(body);
      CHECK(shown.size() <= 16);
      CHECK(clean_utf8(body) == body);
      CHECK(std::ranges::count_if(shown, [](const auto& line) { return line.find("://") != std::string::npos; }) == 1);
      CHECK(shown.back() == "https://c.example/inbox/approvals/0000000000006");
    }
  }
}

TEST_CASE("a subject beyond ASCII is in encoded words of at most 75 characters that cut no character") {
  std::string umlauts;
  while (umlauts.size() < 190)
    umlauts += "\xC3\xBC";
  const auto text = chat::pager::header_text("x" + umlauts);
  std::string decoded;
  for (const auto& line : lines_of(text + "\r\n")) {
    const auto word = line.starts_with(' ') ? line.substr(1) : line;
    CHECK(word.size() <= 75);
    REQUIRE(word.starts_with("=?UTF-8?B?"));
    REQUIRE(word.ends_with("?="));
    const auto part = *from_base64(word.substr(10, word.size() - 12));
    CHECK(clean_utf8(part) == part);
    decoded += part;
  }
  CHECK(decoded == "x" + umlauts);
  CHECK(chat::pager::header_text("plain words") == "plain words");
}

TEST_CASE("what is a mail address") {
  for (const auto* good : {"a@b", "security+page@mail.example.com", "o'brien@example.com"})
    CHECK(chat::pager::is_mail_address(good));
  for (const auto* bad : {"", "a", "@b", "a@", "a@b@c", "A <a@b>", "a@b\r\nRCPT TO:<c@d>", "a@b,c@d", "\"a\"@b",
                          "a b@c", "j\xC3\xBCrgen@b"})
    CHECK_FALSE(chat::pager::is_mail_address(bad));
}

TEST_CASE("a line to this machine needs no TLS, any other does") {
  for (const auto* here :
       {"smtp://localhost", "smtp://localhost:2525", "smtp://127.0.0.1:25", "smtp://127.9.9.9", "smtp://[::1]:25"})
    CHECK(chat::pager::is_loopback(here));
  for (const auto* elsewhere :
       {"smtp://mail.example.com", "smtp://127.0.0.1.example.com", "smtp://localhost.example.com", "smtp://10.0.0.1",
        "smtp://user@10.0.0.1", "smtp://127.0.0.1@mail.example.com", "nonsense://", ""})
    CHECK_FALSE(chat::pager::is_loopback(elsewhere));
}

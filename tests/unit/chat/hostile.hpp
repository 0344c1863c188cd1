// Values an attacker would choose, for every test that shows one. Pure.
#pragma once

#include <string>
#include <vector>

namespace countersign::test {

inline std::vector<std::string> hostile_texts() {
  std::vector<std::string> out{"<!channel>",
                               "<!here|here>",
                               "<!everyone>",
                               "<@U0ALICE>",
                               "<#C1|general>",
                               "<!subteam^S1>",
                               "<!date^1^{date}|x>",
                               "<https://evil.example|https://bank.example>",
                               "https://evil.example",
                               "evil.example",
                               "mailto:a@b.example",
                               "@channel",
                               "@here",
                               "#general",
                               ":smile: :warning:",
                               "*bold* _italic_ ~gone~",
                               "`",
                               "``",
                               "```code```",
                               "` <!channel> `",
                               "`*approved* by Alice`",
                               "a\nb\r\nc",
                               "\n\n> quoted",
                               "\t",
                               "\x1b[31mred\x1b[0m",
                               std::string("nul\0nul", 7),
                               "\xE2\x80\xAE"
                               "fdp.exe",
                               "\xE2\x80\x8B",
                               "a\xE2\x80\x8B"
                               "b",
                               "\xEF\xBB\xBF",
                               "\xE2\x81\xA6"
                               "x\xE2\x81\xA9",
                               "\xF3\xA0\x81\xA1",
                               "\xFF\xFE\xFD",
                               "\xC0\xBC!channel\xC0\xBE",
                               "\xED\xA0\x80",
                               "&lt;!channel&gt;",
                               "&amp;lt;",
                               "&",
                               "&&&&&&&&&&&&",
                               "'",
                               "\"",
                               "\\",
                               "\\u003c!channel>",
                               "{\"text\":\"x\"}",
                               "${jndi:ldap://x}",
                               "%3C!channel%3E",
                               "",
                               " ",
                               "  x  ",
                               "|",
                               "<",
                               ">",
                               "<<<>>>",
                               "\xF0\x9F\x98\x80\xF0\x9F\x98\x80",
                               "\xC3\xA9\xCC\x81"};
  for (const auto* unit :
       {"x", "<", "&", "`", "*", "\xE2\x80\xAE", "\xF0\x9F\x98\x80", "\xFF", "<!channel>", "\\", "\""})
    for (const std::size_t size : {std::size_t{4096}, std::size_t{50'000}}) {
      std::string text;
      while (text.size() < size)
        text += unit;
      out.push_back(std::move(text));
    }
  return out;
}

}  // namespace countersign::test

#include "chat/slack/text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "unit/chat/hostile.hpp"

using namespace countersign;
using namespace countersign::chat::slack;

TEST_CASE("values as code spans") {
  struct {
    std::string in, out;
  } const rows[] = {
      {"oswaldo", "`oswaldo`"},
      {"", "\xE2\x80\x93"},
      {"   ", "\xE2\x80\x93"},
      {"<!channel>", "`&lt;!channel&gt;`"},
      {"<@U1>", "`&lt;@U1&gt;`"},
      {"<https://evil.example|https://good.example>", "`&lt;https://evil.example|https://good.example&gt;`"},
      {"a&amp;b", "`a&amp;amp;b`"},
      {"`x` *bold*", "`'x' *bold*`"},
      {"a\nb",
       "`a\xEF\xBF\xBD"
       "b`"},
      {"a\xE2\x80\xAE"
       "b",
       "`a\xEF\xBF\xBD"
       "b`"},
      {"\xFF", "`\xEF\xBF\xBD`"},
      {std::string(81, 'x'), "`" + std::string(79, 'x') + "\xE2\x80\xA6`"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.in);
    CHECK(code(row.in) == row.out);
  }
}

TEST_CASE("configured names are bare where nothing in them is markup") {
  CHECK(name("Oswaldo Payá-O'Neil 2") == "Oswaldo Payá-O'Neil 2");
  for (const auto* odd :
       {"alice@example.com", "*bold*", "_it_", "~no~", ":smile:", "<@U1>", "a.com", "#general", "@here", "a|b", "x&y"})
    CHECK(name(odd).starts_with('`'));
}

TEST_CASE("nothing hostile gets out of a code span, whatever its length") {
  for (const auto& value : test::hostile_texts()) {
    CAPTURE(value.substr(0, 40));
    for (const auto& out : {code(value), code(value, 5), name(value)}) {
      CHECK(out.find('<') == std::string::npos);
      CHECK(out.find('>') == std::string::npos);
      CHECK(out.find('\n') == std::string::npos);
      CHECK(length(out) <= 2 + value_limit * 2);
      if (out.starts_with('`')) {
        CHECK(out.size() > 2);
        CHECK(std::count(out.begin(), out.end(), '`') == 2);
        CHECK(out.back() == '`');
      } else {
        CHECK(out.find_first_of("`*_~:&@#|./") == std::string::npos);
      }
    }
    CHECK(length(plain(value, 50)) <= 100);
    CHECK(plain(value, 50).find_first_of("<>\n") == std::string::npos);
    CHECK_FALSE(plain(value, 50).empty());
  }
}

TEST_CASE("times are the reader's own, with UTC where Slack can't tell") {
  CHECK(when(Timestamp(std::chrono::seconds(1795136523)) + std::chrono::milliseconds(250)) ==
        "<!date^1795136523^{date_short_pretty} {time_secs}|2026-11-20T01:02:03Z>");
}

TEST_CASE("length counts UTF-16 units") {
  CHECK(length("") == 0);
  CHECK(length("abc") == 3);
  CHECK(length("\xC3\xA9") == 1);
  CHECK(length("\xE2\x82\xAC") == 1);
  CHECK(length("\xF0\x9F\x98\x80") == 2);
}

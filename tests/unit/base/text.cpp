#include "base/text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <vector>

namespace countersign {
namespace {

using namespace std::string_literals;

constexpr std::string_view bad = "\xEF\xBF\xBD";

/// Each '?' of `text` as U+FFFD.
std::string with_bad(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '?' ? std::string(bad) : std::string(1, c);
  return out;
}

TEST_CASE("bytes that are no UTF-8 become U+FFFD, one for each byte") {
  const struct {
    std::string bytes;
    std::string clean;
  } table[] = {
      {"", ""},
      {"plain\n\t\0text"s, "plain\n\t\0text"s},
      {"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"},
      {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
      {"a\x80z", with_bad("a?z")},
      {"a\xFFz", with_bad("a?z")},
      {"\xC0\xAF", with_bad("??")},            // overlong '/'
      {"\xC1\xBF", with_bad("??")},            // overlong
      {"\xE0\x80\xAF", with_bad("???")},       // overlong
      {"\xF0\x80\x80\xAF", with_bad("????")},  // overlong
      {"\xED\xA0\x80", with_bad("???")},       // a surrogate
      {"\xF4\x90\x80\x80", with_bad("????")},  // beyond U+10FFFF
      {"\xF8\x88\x80\x80\x80", with_bad("?????")},
      {"\xC3", with_bad("?")},  // cut short
      {"\xE2\x82", with_bad("??")},
      {"\xE2\x82z", with_bad("??z")},
      {"\xC3\xC3\xA9", with_bad("?") + "\xC3\xA9"},
  };
  for (const auto& row : table) {
    CAPTURE(row.bytes);
    CHECK(clean_utf8(row.bytes) == row.clean);
    CHECK(clean_utf8(row.clean) == row.clean);
  }
}

TEST_CASE("nothing that moves, hides or ends a line gets through") {
  const struct {
    std::string bytes;
    std::string line;
  } table[] = {
      {"oswaldo", "oswaldo"},
      {"Jos\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC", "Jos\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC"},
      {"a\nb\rc\td", with_bad("a?b?c?d")},
      {"\x1B[31mred\x1B[0m", with_bad("?[31mred?[0m")},
      {"nul\0!"s, with_bad("nul?!")},
      {"del\x7F", with_bad("del?")},
      {"\xC2\x9B"s + "31m", with_bad("?31m")},         // a C1 control sequence introducer
      {"abc\xE2\x80\xAEtxt", with_bad("abc?txt")},     // right-to-left override
      {"\xE2\x81\xA6x\xE2\x81\xA9", with_bad("?x?")},  // isolates
      {"\xD8\x9Cx", with_bad("?x")},                   // Arabic letter mark
      {"ro\xE2\x80\x8Bot", with_bad("ro?ot")},         // zero-width space
      {"ro\xE2\x80\x8Dot", with_bad("ro?ot")},         // zero-width joiner
      {"\xEF\xBB\xBFroot", with_bad("?root")},         // byte order mark
      {"a\xE2\x80\xA8z", with_bad("a?z")},             // line separator
      {"a\xC2\xADz", with_bad("a?z")},                 // soft hyphen
      {"\xF3\xA0\x81\x81x", with_bad("?x")},           // a tag
      {"x\xFF", with_bad("x?")},
  };
  for (const auto& row : table) {
    CAPTURE(row.bytes);
    CHECK(one_line(row.bytes) == row.line);
  }
}

TEST_CASE("a long line is cut between characters and says so") {
  CHECK(one_line("12345", 5) == "12345");
  CHECK(one_line("123456", 5) == "1234\xE2\x80\xA6");
  CHECK(one_line("\xC3\xA9\xC3\xA9\xC3\xA9", 2) == "\xC3\xA9\xE2\x80\xA6");
  CHECK(one_line("\xFF\xFF\xFF", 2) == with_bad("?") + "\xE2\x80\xA6");
  CHECK(one_line("ab", 1) == "\xE2\x80\xA6");
  CHECK(one_line("a", 0).empty());
  CHECK(one_line("", 0).empty());
  CHECK(one_line(std::string(1'000'000, 'x')).size() == 199 + 3);
}

TEST_CASE("no output is above four times its input") {
  std::string hostile;
  for (int i = 0; i < 4096; ++i)
    hostile += static_cast<char>(i * 167 + i / 256);
  CHECK(clean_utf8(hostile).size() <= 4 * hostile.size());
  CHECK(one_line(hostile, 1'000'000).size() <= 4 * hostile.size());
  CHECK(undo_vis(hostile).size() <= hostile.size());
}

TEST_CASE("vis(3) escapes are undone once") {
  const struct {
    std::string_view text;
    std::string plain;
  } table[] = {
      {"oswaldo", "oswaldo"},
      {R"(DOM\\user)", R"(DOM\user)"},
      {R"(\\n)", R"(\n)"},
      {R"(\\\\)", R"(\\)"},
      {R"(a\nb)", "a\nb"},
      {R"(\a\b\t\v\f\r\s)", "\a\b\t\v\f\r "},
      {R"(\033[31m)", "\033[31m"},
      {R"(\303\251)", "\xC3\xA9"},
      {R"(\377\000)", "\xFF\0"s},
      {R"(a\0b)", "a\0b"s},
      {R"(\0003)",
       "\0"
       "3"s},
      {R"(\400)", R"(\400)"},  // no byte
      {R"(\12)", R"(\12)"},
      {R"(\08)",
       "\0"
       "8"s},
      {R"(\q\x41)", R"(\q\x41)"},
      {R"(end\)", R"(end\)"},
      {R"(\30)", R"(\30)"},
      {"", ""},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    CHECK(undo_vis(row.text) == row.plain);
  }
}

TEST_CASE("globs") {
  const struct {
    std::string_view pattern;
    std::string_view text;
    bool matches;
  } table[] = {
      {"*", "", true},
      {"*", "anything", true},
      {"", "", true},
      {"", "x", false},
      {"bastion", "bastion", true},
      {"bastion", "bastion2", false},
      {"web-*", "web-1", true},
      {"web-*", "web-", true},
      {"web-*", "web", false},
      {"*.prod", "a.prod", true},
      {"*.prod", "a.prod.x", false},
      {"a*a", "a", false},
      {"a*a", "aa", true},
      {"*a*b*", "xxaxxbxx", true},
      {"*a*b*", "xxbxxaxx", false},
      {"ab*ba", "aba", false},
      {"a**b", "ab", true},
      {"***", "", true},
      {"*ab", "aab", true},
      {"*ab*ab", "ab", false},
      {"*ab*ab", "abab", true},
      {"?", "x", false},
      {"[a]", "a", false},
      {"a.c", "abc", false},
      {"W*", "web", false},
      {"*\xC3\xA9", "caf\xC3\xA9", true},
  };
  for (const auto& row : table) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(glob(row.pattern, row.text) == row.matches);
  }
  CHECK(glob("a*\0b"s, "axx\0b"s));
  CHECK_FALSE(glob("a\0b"s, "a"s));
}

TEST_CASE("a glob made to backtrack takes linear time") {
  std::string stars;
  for (int i = 0; i < 2000; ++i)
    stars += "a*";
  const std::string runs = "*" + std::string(100'000, 'a') + "b*b";
  const std::string text(200'000, 'a');
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(glob(stars + "b", text));
  CHECK(glob(stars, text));
  CHECK_FALSE(glob(runs, text));  // 10^10 steps for a match that starts over at every character
  // A quadratic match needs minutes; the bound is wide enough for a sanitizer on a busy machine.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("edit distance") {
  const struct {
    std::string_view a;
    std::string_view b;
    std::size_t distance;
  } table[] = {{"", "", 0},
               {"", "abc", 3},
               {"abc", "abc", 0},
               {"kitten", "sitting", 3},
               {"listen", "lisen", 1},
               {"flaw", "lawn", 2},
               {"escalate_after", "escalte_after", 1}};
  for (const auto& row : table) {
    CHECK(edit_distance(row.a, row.b) == row.distance);
    CHECK(edit_distance(row.b, row.a) == row.distance);
  }
  const std::string endless(10'000'000, 'x');
  CHECK(edit_distance(endless, "x") == endless.size());
  CHECK(edit_distance(endless, endless) == 0);
}

TEST_CASE("the nearest known word, where one is near enough to be meant") {
  const std::vector<std::string> known{"listen", "public_url", "tls_certificate"};
  CHECK(nearest("lisen", known) == "listen");
  CHECK(nearest("publicurl", known) == "public_url");
  CHECK(nearest("tls_certifcate", known) == "tls_certificate");
  CHECK(nearest("colour", known).empty());
  CHECK(nearest("", std::array<std::string_view, 0>{}).empty());
}

}  // namespace
}  // namespace countersign

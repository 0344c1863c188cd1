// Streams of syslog messages by table, each also split at every byte.
#include "intake/syslog_framing.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

using namespace countersign;
using namespace countersign::intake;

namespace {

constexpr std::size_t longest = 20;

struct Outcome {
  std::vector<std::string> frames;  // "TEXT", or "TEXT+N" where N bytes were left out
  std::string unfinished;
  bool broken = false;
  bool operator==(const Outcome&) const = default;
};

std::string to_string(const Outcome& outcome) {
  return fmt::format("[{}] ~{}{}", fmt::join(outcome.frames, "|"), outcome.unfinished, outcome.broken ? " broken" : "");
}

Outcome take(const std::vector<std::string_view>& pieces, std::size_t most = longest) {
  SyslogFraming framing(most);
  Outcome outcome;
  for (const auto piece : pieces) {
    const auto taken = framing.take(piece, [&](const SyslogFrame& frame) {
      outcome.frames.push_back(std::string(frame.text) +
                               (frame.left_out == 0 ? "" : fmt::format("+{}", frame.left_out)));
    });
    if (taken) continue;
    outcome.broken = true;
    return outcome;
  }
  outcome.unfinished = framing.unfinished();
  return outcome;
}

const std::string nul("a\0b", 3);

}  // namespace

TEST_CASE("messages out of streams, however they are split") {
  struct Case {
    const char* what;
    std::string stream;
    Outcome expected;
  };
  const Case cases[] = {
      {"lines", "<38>one\n<38>two\r\n<38>th", {{"<38>one", "<38>two"}, "<38>th"}},
      {"counted", "7 <38>one8 <38>four3 <3", {{"<38>one", "<38>four"}, "<3"}},
      {"counted, with newlines inside", "9 <38>a\nb\nc7 <38>two", {{"<38>a\nb\nc", "<38>two"}, ""}},
      {"counted, its newline counted", "8 <38>one\n8 <38>two\n", {{"<38>one", "<38>two"}, ""}},
      {"counted, and a newline after each", "7 <38>one\n7 <38>two\r\n", {{"<38>one", "<38>two"}, ""}},
      {"empty lines", "\n\r\n<38>one\n\n", {{"<38>one"}, ""}},
      {"a line too long: cut, the next is good",
       "<38>" + std::string(30, 'x') + "\n<38>two\n",
       {{"<38>" + std::string(16, 'x') + "+15", "<38>two"}, ""}},
      {"one too long by its newline alone is whole", std::string(19, 'x') + "\nb\n", {{std::string(19, 'x'), "b"}, ""}},
      {"a counted message too long",
       "34 <38>" + std::string(30, 'x') + "7 <38>two",
       {{"<38>" + std::string(16, 'x') + "+14", "<38>two"}, ""}},
      {"a giant length", "99999999999 <38>x", {{}, "", true}},
      {"a long one that never ends", "99999999 <38>x", {{}, "<38>x"}},
      {"a length of nothing", "7 <38>one0 7 <38>two", {{"<38>one"}, "", true}},
      {"a length with leading zeros", "7 <38>one07 <38>two", {{"<38>one"}, "", true}},
      {"no length after a counted message", "7 <38>one<38>two\n", {{"<38>one"}, "", true}},
      {"no blank after a length", "7 <38>one7<38>two", {{"<38>one"}, "", true}},
      {"a counted message among lines is a line",
       "<38>one\n7 <38>two\n<38>three\n",
       {{"<38>one", "7 <38>two", "<38>three"}, ""}},
      {"a line cannot swallow what follows it",
       "<38>one\n99 <38>x\n<38>two\n",
       {{"<38>one", "99 <38>x", "<38>two"}, ""}},
      {"NULs and invalid UTF-8 are kept", nul + "\n\xff\xfe\n", {{nul, "\xff\xfe"}, ""}},
      {"NULs in counted ones", "3 " + nul + "2 \xff\xfe", {{nul, "\xff\xfe"}, ""}},
      {"a stamp without PRI is a line, unless it begins with digits and a blank", "Nov 20 x\n", {{"Nov 20 x"}, ""}},
  };
  for (const auto& test : cases) {
    CAPTURE(test.what);
    const std::string_view stream = test.stream;
    CHECK_MESSAGE(take({stream}) == test.expected, to_string(take({stream})));
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < stream.size(); ++at) {
      bytes.push_back(stream.substr(at, 1));
      const auto split = take({stream.substr(0, at), stream.substr(at)});
      CHECK_MESSAGE(split == test.expected, at << ": " << to_string(split));
    }
    CHECK_MESSAGE(take(bytes) == test.expected, to_string(take(bytes)));
  }
}

TEST_CASE("ten thousand messages in one piece") {
  std::string lines, counted;
  for (int i = 0; i < 10'000; ++i) {
    const auto message = fmt::format("<38>message {}", i);
    lines += message + "\n";
    counted += fmt::format("{} {}", message.size(), message);
  }
  for (const auto& stream : {lines, counted}) {
    const auto outcome = take({stream});
    REQUIRE(outcome.frames.size() == 10'000);
    CHECK(outcome.frames.back() == "<38>message 9999");
  }
}

TEST_CASE("what is kept of a message without an end is bounded") {
  SyslogFraming framing(longest);
  for (int i = 0; i < 10'000; ++i)
    REQUIRE(framing.take("never an end ", [](const SyslogFrame&) { FAIL("there is none"); }));
  CHECK(framing.unfinished().size() == longest);
  CHECK_FALSE(framing.whole());
}

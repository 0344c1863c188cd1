// The whole built-in pack: dispatch, direct matching and capturing held against every rule by RE2 alone, on lines made
// of the pack's own lines, cut, spliced and disturbed. COUNTERSIGN_FUZZ_LINES=1000000 for the long run.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "main/rules_file.hpp"

using namespace countersign;
using namespace countersign::cli;

namespace {

class Lines {
 public:
  explicit Lines(const core::Engine& engine) {
    for (const auto& rule : engine.rules()) {
      if (!rule.where.empty()) continue;
      for (const auto& program : rule.programs) {
        for (const auto& example : rule.matches)
          from_.emplace_back(program, example.message);
        for (const auto& line : rule.rejects)
          from_.emplace_back(program, line);
      }
    }
  }

  /// A program and a message.
  std::pair<std::string, std::string> next() {
    auto [program, message] = any();
    for (auto n = random_() % 4; n > 0; --n)
      disturb(message);
    return {program, message};
  }

 private:
  const std::pair<std::string, std::string>& any() { return from_[random_() % from_.size()]; }
  std::size_t place(const std::string& text) { return random_() % (text.size() + 1); }

  void disturb(std::string& message) {
    static const std::string bits[] = {" ",      ":",        "(",
                                       ")",      "'",        "\"",
                                       " from ", " port 22", " for ",
                                       "\n",     "error: ",  "message repeated 2 times: [ ",
                                       "]",      "\xff",     "invalid user "};
    const auto at = place(message);
    const auto& other = any().second;
    switch (random_() % 6) {
      case 0:
        message.resize(at);
        break;
      case 1:
        message.insert(at, bits[random_() % std::size(bits)]);
        break;
      case 2:
        message = message.substr(0, at) + other.substr(place(other));
        break;
      case 3:
        if (at < message.size()) message[at] = static_cast<char>(random_() % 256);
        break;
      case 4:
        if (at < message.size()) message.erase(at, 1 + random_() % 5);
        break;
      default:
        message.insert(at, other);
    }
    if (message.size() > 4000) message.resize(4000);
  }

  std::vector<std::pair<std::string, std::string>> from_;
  std::mt19937 random_{20261120};
};

/// Every field by name, a line each.
std::string fields_of(const core::Event& event) {
  std::string all;
  core::for_each_field(event, [&](std::string_view name, std::string_view text, bool /*is_number*/) {
    all.append(name).append("=").append(text).append("\n");
  });
  return all;
}

}  // namespace

TEST_CASE("differential: the fast path reads every line as the naive one does, and takes the same fields") {
  const auto compiled = compile_rules(built_in_rules(), false);
  REQUIRE(compiled.engine.has_value());
  const char* const wanted = std::getenv("COUNTERSIGN_FUZZ_LINES");
  const int lines = wanted == nullptr ? 20'000 : std::atoi(wanted);
  Lines source(*compiled.engine);
  int read = 0;
  int captured = 0;
  for (int i = 0; i < lines; ++i) {
    const auto [program, message] = source.next();
    const auto fast = compiled.engine->classify(program, message);
    const auto naive = compiled.engine->classify_naively(program, message);
    read += fast.rule != nullptr ? 1 : 0;
    if (fast.rule != naive.rule || fast.reading != naive.reading || fast.count != naive.count)
      FAIL_CHECK(program << ": \"" << message << "\": the fast path says " << (fast.rule ? fast.rule->id : "none")
                         << ", the naive one " << (naive.rule ? naive.rule->id : "none"));
    if (fast.reading != core::Reading::event || fast.rule != naive.rule) continue;
    const auto taken = fields_of(compiled.engine->extract(fast));
    const auto expected = fields_of(compiled.engine->extract_naively(naive));
    captured += taken.contains("user.name=") ? 1 : 0;
    if (taken != expected)
      FAIL_CHECK(program << ": \"" << message << "\": the fast path takes\n" << taken << "the naive one\n" << expected);
  }
  CHECK(captured > lines / 50);
  CHECK(read > lines / 10);
  CHECK(read < lines);
}

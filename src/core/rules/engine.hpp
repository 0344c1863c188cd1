// The rules engine: message in, event out, or why not. Compiled once from rules; immutable afterwards and safe for
// concurrent access. Cost: one table look-up by program, a literal prefix to pick candidates, one match for each.
// The first rule that matches the whole message wins: event rules in the order given, then ignore rules in theirs, so
// that no ignore rule, however broad, can hide an event. A structured message (JSON) is read by the rules that say
// `where` alone; one that none of them knows is read as text.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/fields.hpp"
#include "core/rules/rule.hpp"

namespace countersign::core {

enum class Reading { event, ignored, quarantined };

inline const std::vector<std::string> every_rule{"*"};

struct Classified {
  Reading reading = Reading::ignored;
  const Rule* rule = nullptr;      // the rule that matched (an ignore rule too); null where none did. Of a quarantined
                                   // message: whose event it would be, had its source been allowed to bring it
  std::string_view message;        // the part the rule matched: inside "message repeated N times: [ … ]" where folded
  std::int64_t count = 1;          // N of a folded repeat
  const Fields* fields = nullptr;  // of a structured message: what the rule read
};

class Engine {
 public:
  /// Fault::invalid has a line for every fault, with the rule's file and line: bad pattern, unknown group in `fields`,
  /// id given twice, no program, both pattern and where.
  static Result<Engine> compile(std::vector<Rule> rules);

  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  /// Which rule reads this message; no captures, so this is the fast half.
  [[nodiscard]] Classified classify(std::string_view program, std::string_view message) const;

  /// The same of a structured message. A named program's is read by the rules that list it, as its text is. Where
  /// nothing names it (`program` is empty) every structured rule may read it, but events come only of those whose id
  /// one of the patterns in `allowed` holds: what another would make an event of is quarantined. nullopt where none
  /// reads it.
  [[nodiscard]] std::optional<Classified> classify(std::string_view program, const Fields& fields,
                                                   std::span<const std::string> allowed = every_rule) const;

  /// What classify(program, message) must agree with: every rule of the program in order, by RE2 alone.
  [[nodiscard]] Classified classify_naively(std::string_view program, std::string_view message) const;

  /// The event a classified message means: rule's fields captured, vis escapes undone, addresses normalised.
  /// Precondition: reading is `event`. Time, host, process and pid are the record's unless a structured rule reads
  /// them, and left to the caller.
  [[nodiscard]] Event extract(const Classified& classified) const;

  /// What extract() must agree with: captured by RE2 alone.
  [[nodiscard]] Event extract_naively(const Classified& classified) const;

  [[nodiscard]] std::span<const Rule> rules() const;
  /// A program that some rule names: its unread messages are quarantined.
  [[nodiscard]] bool watches(std::string_view program) const;

 private:
  struct Impl;
  [[nodiscard]] Event extract(const Classified& classified, bool naively) const;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::core

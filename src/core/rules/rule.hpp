// A rule: which messages it reads (a program's text by pattern, or a structured message by its fields), what they
// mean, how grave that is and whom it asks, and the lines that prove it.
// Passive data; made by the rule file reader (main/rules_file.hpp) or by hand in tests.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "core/rules/condition.hpp"

namespace countersign::core {

/// A line with what must come of it; held against the rule by `countersign check` and by the tests.
struct Example {
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields;  // ECS name, expected text; those not named may be anything
  std::optional<Severity> severity;                         // what its cases make of it
  std::optional<bool> ask;
};

/// What is asked about an event: severity, and who must say what.
struct Terms {
  Severity severity = Severity::normal;
  bool ask = true;      // a human's word is wanted (a failure's rule says so only where it means to)
  int approvers = 1;    // 2: two people other than the subject
  bool reason = false;  // an approval must say why
  std::string to;       // empty: whom it leads to; else security_channel or a person's name
};

/// Where the condition holds, what is set here replaces the rule's own terms.
struct Case {
  Condition condition;
  std::optional<Severity> severity;
  std::optional<bool> ask;
  std::optional<int> approvers;
  std::optional<bool> reason;
  std::optional<std::string> to;
};

/// Which kind of agent's observation can confirm the event.
enum class Witness { none, sshd };

struct Rule {
  std::string id;                     // "sshd.accepted"
  std::string about;                  // in words, for readers of the reference
  std::vector<std::string> programs;  // "sshd", "sshd-session"; a structured rule without any reads what names none
  std::string pattern;                // RE2, whole message (anchored at both ends), bytes as Latin-1
  std::vector<Comparison> where;      // instead of a pattern: a structured message's leaves by path, all must hold
  bool ignore = false;                // recognised and of no interest: neither event nor quarantine
  std::string action;                 // event.action
  std::string outcome = "success";    // event.outcome
  Terms terms;
  std::vector<Case> cases;  // the first whose condition holds
  Witness witness = Witness::none;
  // A message of at least this many bytes may have been cut there by its writer (sshd: 500; 0: never): what a group
  // that reaches the end of such a message holds may be incomplete, or forged by padding, and gives no field.
  std::size_t cut_at = 0;
  std::vector<std::pair<std::string, std::string>> fields;  // ECS name ← capture group's name or leaf's path; a name
                                                            // given twice takes the first that holds something
  std::vector<std::pair<std::string, std::string>> set;     // ECS name ← that text
  std::vector<Example> matches;
  std::vector<std::string> rejects;
  std::string file;  // where it was written, for messages
  int line = 0;
};

/// What the rule asks about this event of its own.
Terms terms_of(const Rule& rule, const Event& event);

}  // namespace countersign::core
